"""Reading incidents and alerts over HTTP: the present, every past, pages of the list, the document."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.engines import (
    AUDITOR,
    INTAKE,
    OPENING,
    RATIONALE,
    RESPONDER,
    Client,
    alert_body,
    client_in,
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with client_in(tmp_path_factory.mktemp("reads") / "home") as found:
        yield found


@pytest.fixture(scope="module")
def declared(client: Client) -> str:
    """An incident of three versions, then a note: four."""
    incident = client.open(title="Payments fail")
    client.post(f"/v1/incidents/{incident}/actions/declare", {"rationale": RATIONALE})
    client.post(f"/v1/incidents/{incident}/actions/add-timeline-entry", {"text": "Traffic moved to B."})
    return incident


def _names(answer: Any) -> list[str]:
    return [one["number"] for one in answer.json()["incidents"]]


@pytest.mark.req("R-WF-35")
def test_an_incident_is_read_as_of_any_version(client: Client, declared: str) -> None:
    states = []
    for version in (1, 2, 3, 6):
        answer = client.get(f"/v1/incidents/{declared}?at_version={version}")
        assert answer.headers["etag"] == f'"{version}"'
        states.append(answer.json()["state"])
    assert states == ["detecting", "detecting", "assessing", "assessing"]
    now = client.get(f"/v1/incidents/{declared}")
    assert now.json()["version"] == 6
    assert now.json()["title"] == "Payments fail"


@pytest.mark.req("R-WF-35")
def test_an_incident_is_read_as_of_a_recorded_time(client: Client, declared: str) -> None:
    entries = client.get(f"/v1/incidents/{declared}/timeline").json()["entries"]
    recorded = {entry["version"]: entry["recordedtime"] for entry in entries}
    before = client.get(f"/v1/incidents/{declared}", params={"at": recorded[1]}).json()
    assert (before["state"], before["version"]) == ("detecting", 1)
    early = client.get(f"/v1/incidents/{declared}?at=2026-01-01T00:00:00%2B01:00")
    assert (early.status_code, early.json()["code"]) == (404, "NOT_FOUND")


def test_a_version_that_was_never_is_not_found(client: Client, declared: str) -> None:
    for path in (declared, f"{declared}/timeline"):
        problem = client.get(f"/v1/incidents/{path}?at_version=7").json()
        assert (problem["status"], problem["code"], problem["found"]) == (404, "NOT_FOUND", "at_version=7")


def test_the_timeline_shows_texts_and_who_said_them(client: Client, declared: str) -> None:
    view = client.get(f"/v1/incidents/{declared}/timeline").json()
    assert view["version"] == 6
    assert "Traffic moved to B." in view["entries"][-1]["text"]
    assert view["entries"][-1]["by"] == "p-commander"
    short = client.get(f"/v1/incidents/{declared}/timeline?at_version=3").json()
    assert len(short["entries"]) == 3


@pytest.mark.req("R-ART-20")
def test_the_document_comes_canonical_and_as_a_readable_copy(client: Client, declared: str) -> None:
    path = f"/v1/incidents/{declared}/artifacts/incident-timeline.md"
    canonical, readable = client.get(path), client.get(f"{path}?copy=readable")
    assert canonical.headers["content-type"] == "text/markdown; charset=utf-8"
    assert "⟦sealed:" in canonical.text
    assert "Payments fail" not in canonical.text
    assert "Payments fail" in readable.text
    assert client.get(path, token=RESPONDER).content == canonical.content
    assert client.get(f"{path}?at_version=1").content != canonical.content


def test_the_list_is_cut_into_pages(client: Client) -> None:
    for _ in range(3):
        client.open(environment="paged")
    first = client.get("/v1/incidents?environment=paged&limit=2").json()
    assert len(first["incidents"]) == 2
    rest = client.get(f"/v1/incidents?environment=paged&limit=2&after={first['next']}").json()
    assert len(rest["incidents"]) == 1
    assert rest["next"] is None
    numbers = [int(one["number"][4:]) for one in first["incidents"] + rest["incidents"]]
    assert numbers == sorted(set(numbers))


def test_the_list_is_filtered(client: Client) -> None:
    client.open(environment="staging", services=["search"], drill=True)
    number = _names(client.get("/v1/incidents?environment=staging"))
    assert _names(client.get("/v1/incidents?service=search")) == number
    assert _names(client.get("/v1/incidents?drill=true")) == number
    assert number[0] not in _names(client.get("/v1/incidents?drill=false"))
    assert number[0] not in _names(client.get("/v1/incidents?state=assessing"))


@pytest.mark.req("R-WF-35")
def test_the_list_is_read_as_of_a_size_of_the_log(client: Client) -> None:
    before = client.engine.store.head().size
    names = _names(client.get(f"/v1/incidents?at_size={before}&limit=1000"))
    client.open()
    assert _names(client.get(f"/v1/incidents?at_size={before}&limit=1000")) == names
    assert len(_names(client.get("/v1/incidents?limit=1000"))) == len(names) + 1
    assert _names(client.get("/v1/incidents?at_size=1")) == []
    assert _names(client.get("/v1/incidents?at=2026-01-01T00:00:00Z")) == []


def test_a_size_that_the_log_never_had_is_not_found(client: Client) -> None:
    problem = client.get("/v1/incidents?at_size=1000000").json()
    assert (problem["status"], problem["place"]) == (404, "query parameter at_size")


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=2.5", "limit"),
        ("after=-1", "after"),
        ("at=yesterday", "at"),
        ("at=2026-01-01T00:00:00", "at"),
        ("drill=maybe", "drill"),
        ("at_verison=3", "at_verison"),
        ("limit=1&limit=2", "limit"),
    ],
)
def test_a_query_that_is_wrong_is_refused_not_ignored(client: Client, query: str, name: str) -> None:
    problem = client.get(f"/v1/incidents?{query}").json()
    assert (problem["status"], problem["code"]) == (422, "QUERY_INVALID")
    assert problem["place"] == f"query parameter {name}"
    assert problem["errors"][0]["pointer"] == name


@pytest.mark.req("R-VIS-01")
def test_a_restricted_incident_is_not_there_for_others(client: Client) -> None:
    incident = client.open(visibility="restricted", environment="secret")
    number = client.get(f"/v1/incidents/{incident}").json()["number"]
    for token in (AUDITOR,):
        assert _names(client.get("/v1/incidents?environment=secret", token=token)) == [number]
    assert _names(client.get("/v1/incidents?environment=secret", token=RESPONDER)) == []
    for path in (incident, number, f"{incident}/timeline", f"{incident}/artifacts/incident-timeline.md"):
        hidden = client.get(f"/v1/incidents/{path}", token=RESPONDER)
        absent = client.get(f"/v1/incidents/{path.replace(number, 'INC-999')}", token=RESPONDER)
        assert (hidden.status_code, hidden.json()["code"]) == (404, "NOT_FOUND")
        assert hidden.json().keys() == absent.json().keys()
    body = {"text": "I should not see this."}
    answer = client.post(f"/v1/incidents/{incident}/actions/add-timeline-entry", body, token=RESPONDER)
    assert answer.status_code == 404


@pytest.mark.req("R-VIS-01")
def test_who_opened_a_restricted_incident_sees_it(client: Client) -> None:
    body = {**OPENING, "visibility": "restricted", "environment": "own"}
    incident = client.post("/v1/incidents", body, token=RESPONDER).json()["incident"]
    assert client.get(f"/v1/incidents/{incident}", token=RESPONDER).status_code == 200
    assert len(_names(client.get("/v1/incidents?environment=own", token=RESPONDER))) == 1


def test_an_alert_says_why_it_did_or_did_not_page(client: Client) -> None:
    client.post("/v1/signals/alertmanager", alert_body("Slow"), token=INTAKE)
    client.post("/v1/signals/alertmanager", alert_body("Slow"), token=INTAKE)
    incident = client.get("/v1/incidents?service=checkout&limit=1000").json()["incidents"][-1]
    answer = client.get(f"/v1/alerts/{incident['alerts'][0]['alert']}", token=RESPONDER)
    view = answer.json()
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert view["alert_name"] == "Slow"
    assert [signal["kind"] for signal in view["signals"]] == ["received", "duplicate"]
    assert view["signals"][0]["why"]


@pytest.mark.parametrize("name", ["alert-" + "0" * 32, "keys", "source-alertmanager"])
def test_an_alert_that_is_not_there_is_not_found(client: Client, name: str) -> None:
    answer = client.get(f"/v1/alerts/{name}")
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


def test_what_is_read_is_kept_by_no_cache(client: Client, declared: str) -> None:
    assert client.get(f"/v1/incidents/{declared}").headers["cache-control"] == "no-store"


@pytest.mark.req("R-ART-01", "R-STO-02")
def test_the_artifacts_are_listed_with_the_hash_of_their_canonical_bytes(
    client: Client, declared: str
) -> None:
    path = f"/v1/incidents/{declared}/artifacts"
    answer = client.get(path)
    listed = {item["name"]: item for item in answer.json()["artifacts"]}
    assert answer.headers["etag"] == '"6"'
    assert {"incident-timeline.md", "evidence-manifest.json"} <= listed.keys()
    for name, item in listed.items():
        file = client.get(f"{path}/{name}")
        assert file.headers["content-type"].partition(";")[0] == item["media_type"]
        assert (hashlib.sha256(file.content).hexdigest(), len(file.content)) == (
            item["sha256"],
            item["size_bytes"],
        )
    assert "severity-assessment.json" in answer.json()["missing"]
    assert len(client.get(f"{path}?at_version=1").json()["artifacts"]) <= len(listed)


def test_an_artifact_is_found_by_its_label_and_what_is_none_is_not_found(
    client: Client, declared: str
) -> None:
    path = f"/v1/incidents/{declared}/artifacts"
    assert client.get(f"{path}/timeline").content == client.get(f"{path}/incident-timeline.md").content
    for absent in ("nothing.md", "decision-log.json", "incident-timeline.md?at_version=99"):
        assert client.get(f"{path}/{absent}").json()["code"] == "NOT_FOUND"
    assert client.get(f"{path}?at_version=99").status_code == 404
