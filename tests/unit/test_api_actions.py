"""Writes over HTTP: receipts, versions, idempotency, waiting for publication, what the rules refuse."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from api.limits import Limits
from ledger.note import parse_vkey
from ledger.proof import parse_proof, verify_proof
from tests.support.engines import (
    AUDITOR,
    INTAKE,
    NOBODY,
    OPENING,
    RATIONALE,
    RESPONDER,
    Client,
    alert_body,
    client_in,
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    limits = Limits(published_seconds=0.3)
    with client_in(tmp_path_factory.mktemp("actions") / "home", limits) as found:
        yield found


def _entry(client: Client, incident: str, text: str = "Noted.", **options: Any) -> Any:
    return client.post(f"/v1/incidents/{incident}/actions/add-timeline-entry", {"text": text}, **options)


@pytest.mark.req("R-SVC-12", "R-TRN-01")
def test_an_incident_is_opened_with_a_place_a_version_and_a_receipt(client: Client) -> None:
    answer = client.post("/v1/incidents", OPENING)
    receipt = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/incidents/{receipt['incident']}"
    assert answer.headers["etag"] == '"1"'
    assert receipt["version"] == 1
    assert [entry["type"] for entry in receipt["entries"]] == ["tallystick.incident-opened.v1"]
    assert client.get(answer.headers["location"]).json()["number"] == receipt["number"]


@pytest.mark.req("R-SVC-12")
def test_a_receipt_holds_the_signed_envelopes_byte_for_byte(client: Client) -> None:
    receipt = client.post("/v1/incidents", OPENING).json()
    for entry in receipt["entries"]:
        envelope = entry["envelope"].encode()
        assert hashlib.sha256(b"\0" + envelope).hexdigest() == entry["leaf"]
        stored = client.engine.store.rows(entry["position"], 1)[0]
        assert stored.envelope == envelope
        event = json.loads(base64.b64decode(json.loads(envelope)["payload"]))
        assert (event["id"], event["type"], event["subject"]) == (entry["id"], entry["type"], entry["stream"])
        assert event["authid"] == "p-commander"
    assert receipt["positions"] == [entry["position"] for entry in receipt["entries"]]


@pytest.mark.parametrize("by_path", [True, False])
def test_an_action_by_path_and_by_the_union_do_the_same(client: Client, *, by_path: bool) -> None:
    incident = client.open()
    body: dict[str, Any] = {"rationale": RATIONALE}
    path = f"/v1/incidents/{incident}/actions"
    answer = (
        client.post(f"{path}/declare", body) if by_path else client.post(path, {"action": "declare", **body})
    )
    assert answer.status_code == 200
    assert [entry["type"] for entry in answer.json()["entries"]] == [
        "tallystick.alert-validity-confirmed.v1",
        "tallystick.incident-declared.v1",
        "tallystick.commander-assigned.v1",
        "tallystick.responder-joined.v1",
    ]
    assert answer.headers["etag"] == '"5"'


def test_an_incident_is_addressed_by_its_number_as_well(client: Client) -> None:
    receipt = client.post("/v1/incidents", OPENING).json()
    answer = _entry(client, receipt["number"].lower())
    assert answer.json()["incident"] == receipt["incident"]
    assert answer.json()["number"] == receipt["number"]


def test_actions_of_the_beginning_can_be_done(client: Client) -> None:
    delivered = client.post("/v1/signals/alertmanager", alert_body("Elsewhere"), token=INTAKE).json()
    elsewhere = client.get(f"/v1/incidents/{delivered['incidents'][0]}").json()
    alert = elsewhere["alerts"][0]["alert"]
    incident = client.open()
    entry = _entry(client, incident).json()["entries"][0]
    payload = json.loads(base64.b64decode(json.loads(entry["envelope"])["payload"]))
    bodies = {
        "attach-alert": {"alert": alert, "why": "The queue backs up here."},
        "add-timeline-entry": {
            "text": "Traffic moved.",
            "category": "command",
            "at": "2026-03-01T02:25:00+01:00",
        },
        "correct-timeline-entry": {"entry_id": payload["data"]["entry_id"], "text": "No.", "reason": "Typo"},
        "declare": {"rationale": RATIONALE},
    }
    for action, body in bodies.items():
        answer = client.post(f"/v1/incidents/{incident}/actions/{action}", body)
        assert answer.status_code == 200, answer.text


@pytest.mark.req("R-WF-31")
def test_a_stale_expected_version_is_a_conflict_and_records_nothing(client: Client) -> None:
    incident = client.open()
    size = client.engine.store.head().size
    answer = client.post(
        f"/v1/incidents/{incident}/actions/declare", {"rationale": RATIONALE, "expected_version": 2}
    )
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (409, "STALE_VERSION")
    assert (problem["pointer"], problem["expected"], problem["found"]) == ("/expected_version", "2", "1")
    assert answer.headers["etag"] == '"1"'
    assert client.engine.store.head().size == size


@pytest.mark.req("R-WF-31")
def test_a_failed_if_match_is_a_failed_precondition_and_records_nothing(client: Client) -> None:
    incident = client.open()
    size = client.engine.store.head().size
    answer = _entry(client, incident, headers={"If-Match": '"7"'})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (412, "PRECONDITION_FAILED")
    assert (problem["place"], problem["expected"], problem["found"]) == ("header If-Match", "7", "1")
    assert client.engine.store.head().size == size


@pytest.mark.req("R-WF-31")
def test_the_version_that_was_seen_is_accepted_by_member_and_by_header(client: Client) -> None:
    incident = client.open()
    tag = client.get(f"/v1/incidents/{incident}").headers["etag"]
    assert _entry(client, incident, headers={"If-Match": tag}).status_code == 200
    body = {"action": "declare", "rationale": RATIONALE, "expected_version": 2}
    assert client.post(f"/v1/incidents/{incident}/actions", body).status_code == 200
    assert _entry(client, incident, headers={"If-Match": "*"}).status_code == 200


@pytest.mark.parametrize("given", ["7", 'W/"7"', '"seven"', '"1", "2"', '""'])
def test_an_if_match_that_is_no_tag_of_ours_is_refused(client: Client, given: str) -> None:
    problem = _entry(client, client.open(), headers={"If-Match": given}).json()
    assert (problem["status"], problem["code"]) == (400, "HEADER_MALFORMED")
    assert (problem["place"], problem["found"]) == ("header If-Match", given)


def test_header_and_body_may_not_contradict_each_other(client: Client) -> None:
    body = {"rationale": RATIONALE, "expected_version": 1}
    path = f"/v1/incidents/{client.open()}/actions/declare"
    problem = client.post(path, body, headers={"If-Match": '"2"'}).json()
    assert (problem["status"], problem["code"]) == (412, "PRECONDITION_FAILED")
    assert (problem["expected"], problem["found"]) == ('the version of the body, "1"', '"2"')


@pytest.mark.req("R-WF-32")
def test_a_repeated_request_gets_the_same_answer_and_records_nothing_more(client: Client) -> None:
    headers = {"Idempotency-Key": "open-once"}
    first = client.post("/v1/incidents", OPENING, headers=headers)
    size = client.engine.store.head().size
    # Spelled differently, but the same request.
    again = client.post(
        "/v1/incidents", json.dumps({"action": "open", **OPENING}, indent=2).encode(), headers=headers
    )
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert (again.headers["location"], again.headers["etag"]) == (first.headers["location"], '"1"')
    assert client.engine.store.head().size == size


@pytest.mark.req("R-WF-31", "R-WF-32")
def test_a_key_is_looked_up_before_the_version_is_compared(client: Client) -> None:
    incident = client.open()
    headers = {"Idempotency-Key": "seen-1", "If-Match": '"1"'}
    first = _entry(client, incident, headers=headers)
    again = _entry(client, incident, headers=headers)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.content == first.content


@pytest.mark.req("R-WF-32")
@pytest.mark.parametrize("change", ["body", "version", "path"])
def test_a_key_used_for_another_request_is_refused(client: Client, change: str) -> None:
    incident = client.open()
    headers = {"Idempotency-Key": f"reused-{change}"}
    assert _entry(client, incident, headers=headers).status_code == 200
    other = client.open() if change == "path" else incident
    text = "Another text." if change == "body" else "Noted."
    more = {"If-Match": '"2"'} if change == "version" else {}
    answer = _entry(client, other, text, headers={**headers, **more})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (409, "IDEMPOTENCY_KEY_REUSED")
    assert (problem["place"], problem["found"]) == ("header Idempotency-Key", f"reused-{change}")


@pytest.mark.req("R-WF-32")
def test_a_key_belongs_to_the_principal(client: Client) -> None:
    incident = client.open()
    headers = {"Idempotency-Key": "shared"}
    assert _entry(client, incident, headers=headers).status_code == 200
    answer = _entry(client, incident, "By somebody else.", headers=headers, token=RESPONDER)
    assert answer.status_code == 200
    assert "idempotent-replayed" not in answer.headers


@pytest.mark.parametrize("key", ["", "x" * 201, "two words", "nul\x7f"])
def test_a_key_that_is_no_key_is_refused(client: Client, key: str) -> None:
    problem = client.post("/v1/incidents", OPENING, headers={"Idempotency-Key": key}).json()
    assert (problem["status"], problem["code"]) == (400, "HEADER_MALFORMED")
    assert problem["place"] == "header Idempotency-Key"


def _publish_soon(client: Client) -> threading.Thread:
    def publish() -> None:
        time.sleep(0.1)
        client.publish()

    thread = threading.Thread(target=publish)
    thread.start()
    return thread


@pytest.mark.req("R-SVC-12")
@pytest.mark.parametrize("by", ["query", "header"])
def test_who_waits_for_publication_gets_a_proof_of_every_entry(client: Client, by: str) -> None:
    incident = client.open()
    publishing = _publish_soon(client)
    path = f"/v1/incidents/{incident}/actions/declare" + ("?wait=published" if by == "query" else "")
    headers = {"Prefer": "published"} if by == "header" else {}
    answer = client.post(path, {"rationale": RATIONALE}, headers=headers)
    publishing.join()
    assert answer.status_code == 200, answer.text
    assert answer.headers["preference-applied"] == "published"
    vkey = parse_vkey(client.engine.vkey)
    for entry in answer.json()["entries"]:
        proof = parse_proof(entry["proof"].encode())
        assert proof.index == entry["position"]
        assert verify_proof(proof, bytes.fromhex(entry["leaf"]), vkey).size > entry["position"]


@pytest.mark.req("R-SVC-12")
def test_who_waits_too_long_is_told_that_it_is_recorded_but_not_published(client: Client) -> None:
    answer = client.post("/v1/incidents?wait=published", OPENING)
    assert answer.status_code == 202
    assert "proof" not in answer.json()["entries"][0]
    assert client.get(answer.headers["location"]).status_code == 200


def test_a_wait_may_be_shortened(client: Client) -> None:
    started = time.monotonic()
    headers = {"Prefer": "published, wait=0"}
    assert client.post("/v1/incidents", OPENING, headers=headers).status_code == 202
    assert time.monotonic() - started < 0.25


def test_a_parameter_that_nobody_knows_is_refused(client: Client) -> None:
    problem = client.post("/v1/incidents?wait=forever", OPENING).json()
    assert (problem["status"], problem["code"]) == (422, "QUERY_INVALID")
    assert problem["place"] == "query parameter wait"
    problem = client.post("/v1/incidents?await=published", OPENING).json()
    assert problem["place"] == "query parameter await"


@pytest.mark.req("R-TRN-03")
def test_a_refusal_by_state_is_a_conflict_with_a_code_of_its_own(client: Client) -> None:
    incident = client.open()
    path = f"/v1/incidents/{incident}/actions/declare"
    assert client.post(path, {"rationale": RATIONALE}).status_code == 200
    problem = client.post(path, {"rationale": RATIONALE}).json()
    assert (problem["status"], problem["code"]) == (409, "ALREADY_DECLARED")
    assert (problem["expected"], problem["found"]) == ("detecting", "assessing")


def test_what_the_rules_do_not_find_is_not_found(client: Client) -> None:
    incident = client.open()
    alert = "alert-" + "0" * 32
    body = {"alert": alert, "why": "It looks related to me."}
    problem = client.post(f"/v1/incidents/{incident}/actions/attach-alert", body).json()
    assert (problem["status"], problem["code"], problem["found"]) == (404, "ALERT_UNKNOWN", alert)


@pytest.mark.req("R-WF-33")
def test_a_time_in_the_future_is_refused(client: Client) -> None:
    incident = client.open()
    body = {"text": "Not yet.", "at": "2099-01-01T00:00:00Z"}
    problem = client.post(f"/v1/incidents/{incident}/actions/add-timeline-entry", body).json()
    assert (problem["status"], problem["code"], problem["place"]) == (422, "TIME_AHEAD", "at")


@pytest.mark.req("R-ROL-21", "R-SVC-13")
@pytest.mark.parametrize("token", [AUDITOR, NOBODY])
def test_who_has_no_role_for_it_is_refused(client: Client, token: str) -> None:
    headers = {"X-Roles": "incident_commander", "X-Forwarded-User": "p-commander"}
    answer = client.post("/v1/incidents", OPENING, token=token, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "ROLE_MISSING")


@pytest.mark.parametrize("name", ["INC-999999", "incident-" + "0" * 32, "INC-0", "nonsense", "keys"])
def test_an_incident_that_is_not_there_is_not_found(client: Client, name: str) -> None:
    answer = _entry(client, name)
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


def test_many_writers_at_once_all_get_their_receipts(client: Client) -> None:
    incident = client.open()
    answers: list[Any] = []
    threads = [
        threading.Thread(target=lambda i=i: answers.append(_entry(client, incident, f"Note {i}.")))
        for i in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [200] * 8
    assert sorted(answer.json()["version"] for answer in answers) == list(range(2, 10))
