"""The directory over HTTP: who sees what, tokens that are shown once, what ends when somebody leaves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from api.app import create_app
from api.auth import COOKIE
from consumers.webhook import SOURCES
from domain.role_names import ROLES
from ledger.merkle import leaf_hash
from tests.support.engines import (
    ADMIN,
    AUDITOR,
    COMMANDER,
    INTAKE,
    NOBODY,
    RESPONDER,
    TOKENS,
    Client,
    client_in,
)
from tests.support.serving import served

WHY = {"rationale": "Because the tests need it."}
ADA = {
    "name": "Ada Lovelace",
    "contacts": [{"channel": "email", "address": "ada@example.org"}],
    "roles": ["responder", "auditor"],
}


@pytest.fixture
def client(home: Path) -> Iterator[Client]:
    with client_in(home) as found:
        yield found


def post(client: Client, path: str, body: Any = None, **options: Any) -> httpx2.Response:
    return client.post(f"/v1/people{path}", body, **{"token": ADMIN, **options})


def made(client: Client, **fields: Any) -> str:
    answer = post(client, "", {**ADA, **fields})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["principal"])


def token_of(client: Client, who: str) -> tuple[str, str]:
    answer = post(client, f"/{who}/tokens")
    assert answer.status_code == 201, answer.text
    return answer.json()["token"], answer.json()["token_id"]


@pytest.mark.req("R-DIR-01", "R-ROL-06")
def test_adding_somebody_is_one_request_with_a_receipt(client: Client) -> None:
    answer = post(client, "", ADA)
    found = answer.json()
    assert answer.headers["location"] == f"/v1/people/{found['principal']}"
    assert answer.headers["etag"] == f'"{found["version"]}"' == '"3"'
    assert [entry["type"] for entry in found["entries"]] == [
        "tallystick.person-added.v1",
        *["tallystick.role-granted.v1"] * 2,
    ]
    for entry in found["entries"]:
        assert leaf_hash(entry["envelope"].encode()).hex() == entry["leaf"]
    assert client.get(answer.headers["location"], token=ADMIN).json()["name"] == "Ada Lovelace"


@pytest.mark.req("R-SVC-13")
def test_a_token_is_shown_once_and_acts_for_its_owner_at_once(client: Client) -> None:
    who = made(client)
    headers = {"Idempotency-Key": "k"}
    first, again = (post(client, f"/{who}/tokens", headers=headers) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    token = first.json()["token"]
    assert (first.json()["note"], again.json()["token"]) == (None, None)
    assert "in the first answer" in again.json()["note"]
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json()["token_id"] == first.json()["token_id"]
    incident = client.post("/v1/incidents", {"title": "x", "environment": "p"}, token=token).json()
    assert incident["number"] == "INC-1"
    (event,) = client.get("/v1/events?after=4", token=token).json()["events"][-1:]
    assert (event["event"]["authid"], event["event"]["authroles"]) == (who, "responder")


@pytest.mark.req("R-ROL-06")
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("", ADA),
        ("/{who}/changes", {**WHY, "active": False}),
        ("/{who}/tokens", None),
        ("/{who}/tokens/{token}/revoke", WHY),
        ("/{who}/roles", {**WHY, "role": "sre_lead"}),
        ("/{who}/roles/responder/revoke", WHY),
    ],
)
def test_only_an_administrator_changes_the_directory(client: Client, path: str, body: Any) -> None:
    who = made(client)
    token, token_id = token_of(client, who)
    path = path.format(who=who, token=token_id)
    size = client.engine.store.head().size
    for other in (COMMANDER, RESPONDER, INTAKE, NOBODY, token):
        answer = post(client, path, body, token=other)
        assert (answer.status_code, answer.json()["code"]) == (403, "ROLE_MISSING")
    assert client.engine.store.head().size == size
    assert post(client, path, body).status_code in (200, 201)


@pytest.mark.req("R-DIR-01")
def test_names_are_for_readers_addresses_for_few(client: Client) -> None:
    who = made(client)
    token, _ = token_of(client, who)
    for reader, sees in ((ADMIN, True), (token, True), (RESPONDER, False), (AUDITOR, False)):
        answer = client.get("/v1/people", token=reader)
        (person,) = answer.json()["people"]
        assert (person["name"], [r["role"] for r in person["roles"]]) == (
            "Ada Lovelace",
            ["responder", "auditor"],
        )
        assert person["contacts"] == [{"channel": "email", "address": "ada@example.org" if sees else None}]
        assert (person["tokens"] is not None) == sees
        assert client.get("/v1/people/Ada%20Lovelace", token=reader).json() == person
        assert answer.headers["etag"] == '"4"'
    for stranger in (INTAKE, NOBODY):
        for path in ("/v1/people", f"/v1/people/{who}", "/v1/roles"):
            assert client.get(path, token=stranger).status_code == 403


@pytest.mark.req("R-SVC-13")
@pytest.mark.parametrize("end", ["leave", "revoke"])
def test_with_a_token_end_the_sessions_and_tickets_it_opened(client: Client, end: str) -> None:
    who = made(client)
    token, token_id = token_of(client, who)
    assert client.ask("POST", "/session", token=None, data={"token": token}).status_code == 303
    cookie = {"Cookie": f"{COOKIE}={client.http.cookies[COOKIE]}"}
    client.http.cookies.clear()
    ticket = client.post("/v1/stream/tickets", token=token).json()["ticket"]
    assert client.get("/v1/people", token=None, headers=cookie).status_code == 200
    if end == "leave":
        post(client, f"/{who}/changes", {**WHY, "active": False})
    else:
        post(client, f"/{who}/tokens/{token_id}/revoke", WHY)
    for answer in (
        client.get("/v1/people", token=token),
        client.get("/v1/people", token=None, headers=cookie),
        client.get(f"/v1/stream?ticket={ticket}", token=None),
    ):
        assert (answer.status_code, answer.json()["code"]) == (401, "TOKEN_UNKNOWN")
    page = client.get("/", token=None, headers=cookie)
    assert 'name="token"' in page.text
    assert client.ask("POST", "/session", token=None, data={"token": token}).status_code == 401


@pytest.mark.req("R-SVC-13", "R-ROL-06")
def test_a_session_has_the_roles_of_now(client: Client) -> None:
    who = made(client)
    token, _ = token_of(client, who)
    client.ask("POST", "/session", token=None, data={"token": token})
    assert client.get("/v1/events", token=None).status_code == 200
    post(client, f"/{who}/roles/auditor/revoke", WHY)
    assert client.get("/v1/events", token=None).status_code == 403
    assert client.get("/v1/incidents", token=None).status_code == 200


@pytest.mark.req("R-SVC-13")
def test_a_stream_that_is_being_followed_ends_with_the_token(client: Client) -> None:
    who = made(client)
    token, token_id = token_of(client, who)
    app = create_app(client.engine, TOKENS, sources=SOURCES, version="0")
    headers = {"Authorization": f"Bearer {token}"}
    with (
        served(app) as address,
        httpx2.Client(base_url=address, headers=headers, timeout=20) as http,
        http.stream("GET", "/v1/stream?after=0") as response,
    ):
        lines = response.iter_lines()
        assert next(line for line in lines if line.startswith("id")) == "id: 1"
        post(client, f"/{who}/tokens/{token_id}/revoke", WHY)
        # The connection is closed by the service: otherwise the lines would never end.
        rest = list(lines)
    assert not any("token-revoked" in line for line in rest)


def test_refusals_have_codes_place_expected_and_found(client: Client) -> None:
    who = made(client)
    for path, body, status, code in (
        ("/p-none/changes", {**WHY, "active": False}, 404, "PERSON_UNKNOWN"),
        (f"/{who}/changes", WHY, 409, "NOTHING_CHANGED"),
        (f"/{who}/roles", {**WHY, "role": "ci"}, 409, "ROLE_UNFIT"),
        (f"/{who}/roles", {**WHY, "role": "responder"}, 409, "ROLE_HELD"),
        (f"/{who}/roles", {**WHY, "role": "emperor"}, 422, "BODY_INVALID"),
        (f"/{who}/roles", {"role": "sre_lead"}, 422, "BODY_INVALID"),
        (f"/{who}/roles/ci/revoke", WHY, 409, "ROLE_NOT_HELD"),
        (f"/{who}/tokens/0/revoke", WHY, 404, "TOKEN_ID_UNKNOWN"),
        ("", {**ADA, "id": "p-mine"}, 422, "BODY_INVALID"),
    ):
        answer = post(client, path, body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    made(client)
    answer = client.get("/v1/people/Ada%20Lovelace", token=ADMIN)
    assert (answer.status_code, answer.json()["code"]) == (409, "PERSON_AMBIGUOUS")
    assert who in answer.json()["expected"]
    assert client.get("/v1/people/x?y=1", token=ADMIN).json()["code"] == "QUERY_INVALID"


@pytest.mark.req("R-WF-32")
def test_a_change_can_be_sent_again(client: Client) -> None:
    who = made(client)
    headers = {"Idempotency-Key": "once"}
    first, again = (
        post(client, f"/{who}/roles", {**WHY, "role": "sre_lead"}, headers=headers) for _ in range(2)
    )
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    other = post(client, f"/{who}/roles", {**WHY, "role": "sre_team"}, headers=headers)
    assert other.json()["code"] == "IDEMPOTENCY_KEY_REUSED"


def test_who_waits_gets_proofs_or_is_told_that_it_is_recorded(client: Client) -> None:
    answer = post(client, "?wait=published", ADA, headers={"Prefer": "published, wait=0"})
    assert answer.status_code == 202
    assert "proof" not in answer.json()["entries"][0]


@pytest.mark.req("R-ROL-01")
def test_roles_are_listed_with_what_they_may_do(client: Client) -> None:
    roles = {role["role"]: role for role in client.get("/v1/roles", token=RESPONDER).json()["roles"]}
    assert list(roles) == list(ROLES)
    assert {"add-person", "grant-role"} <= set(roles["ledger_admin"]["actions"])
    assert "declare" in roles["incident_commander"]["actions"]
    assert roles["signal_ingestor"] == {
        "role": "signal_ingestor",
        "kind": "service_account",
        "about": "Delivers signals of monitoring tools, and does nothing else.",
        "actions": [],
        "accesses": ["ingest"],
        "sees_restricted": False,
    }
    assert (roles["client"]["accesses"], roles["leadership"]["accesses"]) == ([], ["reader"])
    assert roles["auditor"]["sees_restricted"]
