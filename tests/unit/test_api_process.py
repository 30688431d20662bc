"""Gates, decisions, severity, notices, plan, next step, protocol, policies and templates over HTTP."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest

from domain.actions import TABLE
from tests.support.engines import COMMANDER, INTAKE, NOBODY, RATIONALE, RESPONDER, Client, client_in

PARTS = ("gates", "decisions", "severity", "communications", "plan", "evidence", "next")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with client_in(tmp_path_factory.mktemp("process") / "home") as found:
        yield found


@pytest.fixture(scope="module")
def planned(client: Client) -> str:
    """An incident that waits for its approvals."""
    incident = client.open(title="Payments fail", environment="planned")
    for action, body in (
        ("declare", {"rationale": RATIONALE}),
        ("propose-severity", {"severity": "SEV-1", "rationale": RATIONALE}),
        ("confirm-scope", {"services": ["pay"], "regulated_data": False, "customer_notification": False}),
        (
            "attest-notice",
            {"roles": ["incident_commander", "sre_on_call", "product_owner"], "channel": "phone"},
        ),
        ("propose-plan", {"template": "rollback", "to_version": "1.2.3"}),
    ):
        answer = client.post(f"/v1/incidents/{incident}/actions/{action}", body)
        assert answer.status_code == 200, answer.text
    return incident


@pytest.mark.req("R-SVC-08")
@pytest.mark.parametrize("part", PARTS)
def test_every_view_is_read_now_and_as_of_any_version(client: Client, planned: str, part: str) -> None:
    path = f"/v1/incidents/{planned}/{part}"
    now = client.get(path)
    assert now.status_code == 200
    assert now.headers["etag"] == f'"{now.json()["version"]}"'
    assert now.json()["number"].startswith("INC-")
    first = client.get(f"{path}?at_version=1").json()
    assert first["version"] == 1
    assert client.get(path, params={"at": first["as_of"]}).json()["version"] == 1
    for query in ("at_version=999", "at=2001-01-01T00:00:00Z"):
        assert client.get(f"{path}?{query}").json()["code"] == "NOT_FOUND"
    assert client.get(f"{path}?at_verison=1").json()["code"] == "QUERY_INVALID"


@pytest.mark.req("R-SVC-13", "R-VIS-01")
@pytest.mark.parametrize("part", PARTS)
def test_only_readers_who_see_the_incident_see_its_process(client: Client, planned: str, part: str) -> None:
    assert client.get(f"/v1/incidents/{planned}/{part}", token=RESPONDER).status_code == 200
    for token in (NOBODY, INTAKE):
        assert client.get(f"/v1/incidents/{planned}/{part}", token=token).status_code == 403
    hidden = client.open(visibility="restricted")
    assert client.get(f"/v1/incidents/{hidden}/{part}", token=RESPONDER).status_code == 404


@pytest.mark.req("R-STEP-23")
def test_what_is_next_can_be_sent_as_it_stands(client: Client, planned: str) -> None:
    found = client.get(f"/v1/incidents/{planned}/next").json()
    assert (found["state"], found["next"]["action"]) == ("aligning", "approve")
    path = f"/v1/incidents/{planned}/actions/{found['next']['action']}"
    assert client.post(path, found["next"]["example"]).status_code == 200
    assert [blocker["code"] for blocker in found["blockers"]] == ["APPROVAL_MISSING"] * 2


@pytest.mark.req("R-ROL-01")
def test_what_is_allowed_depends_on_who_asks(client: Client, planned: str) -> None:
    found = [
        {row["action"] for row in client.get(f"/v1/incidents/{planned}/next", token=token).json()["allowed"]}
        for token in (COMMANDER, RESPONDER)
    ]
    assert "select-option" in found[0] - found[1]
    assert "propose-plan" in found[0] & found[1]


@pytest.mark.req("R-EVT-04")
def test_texts_are_in_their_places(client: Client, planned: str) -> None:
    for part in ("severity", "plan", "decisions"):
        assert "⟦sealed" not in client.get(f"/v1/incidents/{planned}/{part}").text
    assert RATIONALE in client.get(f"/v1/incidents/{planned}/severity").text


def test_the_list_is_filtered_by_severity_and_phase(client: Client, planned: str) -> None:
    number = client.get(f"/v1/incidents/{planned}").json()["number"]

    def names(query: str) -> list[str]:
        found = client.get(f"/v1/incidents?environment=planned&{query}").json()["incidents"]
        return [one["number"] for one in found]

    assert names("severity=SEV-1") == names("phase=2") == [number]
    assert names("severity=SEV-2") == names("phase=1") == []
    assert client.get("/v1/incidents?severity=SEV-9").json()["code"] == "QUERY_INVALID"


@pytest.mark.req("R-GLO-01")
def test_the_protocol_says_who_it_is_and_what_the_tables_say(client: Client) -> None:
    found = client.get("/v1/protocol", token=RESPONDER).json()
    assert found["protocol"] == {
        "id": "17",
        "name": "INCIDENT RESPONSE & ROLLBACK (OPERATIONS RESILIENCE COMPLIANT)",
        "version": "2.0",
        "owner_role": "incident_commander",
        "created": "2025-01-01",
        "updated": "2025-11-06",
        "category": "Operations",
        "criticality": "Critical",
        "complexity": "High",
        "scope": "Module",
        "predecessor": "16",
        "successor": "18",
    }
    assert [step["step"] for step in found["steps"]][:3] == ["1.1", "1.2", "1.3"]
    assert {action["action"] for action in found["actions"]} == TABLE.keys()
    assert all(gate["criteria"] for gate in found["gates"])
    assert "R-TRN-05" in {row["requirement"] for row in found["transitions"]}


@pytest.mark.req("R-CFG-04")
def test_a_pinned_policy_is_served_as_the_bytes_that_its_name_says(client: Client, planned: str) -> None:
    sha256 = client.get(f"/v1/incidents/{planned}").json()["policy_sha256"]
    answer = client.get(f"/v1/config/{sha256}")
    assert answer.headers["content-type"] == "text/yaml; charset=utf-8"
    assert hashlib.sha256(answer.content).hexdigest() == sha256
    assert client.get(f"/v1/config/{'0' * 64}").json()["code"] == "NOT_FOUND"


def test_the_templates_say_what_they_ask_for(client: Client) -> None:
    plans = {plan["name"]: plan for plan in client.get("/v1/plans").json()["plans"]}
    (needed,) = [row for row in plans["rollback"]["variables"] if row["name"] == "to_version"]
    assert needed["required"]
    assert plans["rollback"]["options"]
