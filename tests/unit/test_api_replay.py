"""Replay and the difference of two moments, asked over HTTP and on the command line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.commandline import Tally
from tests.support.engines import INTAKE, RATIONALE, RESPONDER, Client, client_in

PROPOSED = {"severity": "SEV-1", "rationale": RATIONALE}
SCOPE = {"services": ["pay"], "regulated_data": False, "customer_notification": False}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with client_in(tmp_path_factory.mktemp("replay") / "home") as found:
        yield found


@pytest.fixture(scope="module")
def incident(client: Client) -> str:
    """An incident whose severity and scope stand."""
    stream = client.open(title="Payments fail")
    for action, body in (
        ("declare", {"rationale": RATIONALE}),
        ("propose-severity", PROPOSED),
        ("confirm-scope", SCOPE),
    ):
        answer = client.post(f"/v1/incidents/{stream}/actions/{action}", body)
        assert answer.status_code == 200, answer.text
    return stream


def replayed(client: Client, incident: str, query: str = "") -> Any:
    answer = client.get(f"/v1/incidents/{incident}/replay{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def differing(client: Client, incident: str, query: str) -> Any:
    answer = client.get(f"/v1/incidents/{incident}/diff?{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.req("R-SVC-08")
def test_the_pages_of_a_replay_are_the_whole_of_it(client: Client, incident: str) -> None:
    whole = replayed(client, incident)
    steps: list[Any] = []
    after: int | None = 0
    while after is not None:
        page = replayed(client, incident, f"?after={after}&limit=3")
        assert len(page["steps"]) <= 3
        steps += page["steps"]
        after = page["next"]
    assert steps == whole["steps"]
    assert [step["version"] for step in steps] == list(range(1, whole["version"] + 1))
    assert replayed(client, incident, f"?after={whole['version']}")["steps"] == []


@pytest.mark.req("R-SVC-08", "R-CFG-04")
def test_each_step_has_its_words_its_state_and_the_policy_of_then(client: Client, incident: str) -> None:
    steps = replayed(client, incident)["steps"]
    declared = next(step for step in steps if step["type"] == "tallystick.incident-declared.v1")
    assert RATIONALE in declared["text"]
    assert declared["after"]["state"] == "assessing"
    assert {"pointer": "/state", "before": "detecting", "after": "assessing"} in declared["changed"]
    shown = client.get(f"/v1/incidents/{incident}?at_version={declared['version']}").json()
    assert declared["after"]["policy_sha256"] == shown["policy_sha256"]


@pytest.mark.req("R-SVC-08")
def test_a_replay_has_a_past_too(client: Client, incident: str) -> None:
    page = replayed(client, incident, "?at_version=2")
    assert (page["version"], [step["version"] for step in page["steps"]]) == (2, [1, 2])
    assert client.get(f"/v1/incidents/{incident}/replay?at_version=999").json()["code"] == "NOT_FOUND"


@pytest.mark.req("R-SVC-08")
def test_two_moments_differ_by_the_facts_in_between_and_by_part(client: Client, incident: str) -> None:
    found = differing(client, incident, "from=1")
    newest = replayed(client, incident)["version"]
    assert (found["before"]["version"], found["after"]["version"]) == (1, newest)
    assert [entry["version"] for entry in found["facts"]] == list(range(2, newest + 1))
    assert "⟦sealed" not in str(found)
    rows = {row["pointer"]: (row["before"], row["after"]) for row in found["changes"]}
    assert rows["/incident/state"] == ("detecting", "notifying")
    assert rows["/incident/severity"] == (None, "SEV-1")
    assert rows["/incident/commander"] == (None, "p-commander")
    assert rows["/crew/responders/p-commander"][0] is None
    assert any(pointer.startswith("/severity/rounds/1/scopes/") for pointer in rows)
    assert {pointer.split("/")[1] for pointer in rows} == {"incident", "crew", "severity", "communications"}


@pytest.mark.req("R-SVC-08")
def test_a_moment_is_a_version_or_a_time_and_the_order_may_be_either(client: Client, incident: str) -> None:
    steps = replayed(client, incident)["steps"]
    there = differing(client, incident, f"from={steps[0]['recordedtime']}&to=4")
    assert there == {**differing(client, incident, "from=1&to=4"), "before": there["before"]}
    back = differing(client, incident, "from=4&to=1")
    assert back["facts"] == there["facts"]
    turned = [
        {"pointer": row["pointer"], "before": row["after"], "after": row["before"]} for row in back["changes"]
    ]
    assert sorted(turned, key=str) == sorted(there["changes"], key=str)
    assert differing(client, incident, "from=4&to=4")["changes"] == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "QUERY_INVALID"),
        ("from=0", "QUERY_INVALID"),
        ("from=x", "QUERY_INVALID"),
        ("from=2026-03-01T02:10:00", "QUERY_INVALID"),
        ("from=1&to=99", "NOT_FOUND"),
        ("from=2001-01-01T00:00:00Z", "NOT_FOUND"),
    ],
)
def test_moments_that_are_none_are_refused(client: Client, incident: str, query: str, code: str) -> None:
    answer = client.get(f"/v1/incidents/{incident}/diff?{query}")
    assert answer.json()["code"] == code
    assert answer.json()["detail"]


@pytest.mark.req("R-SVC-13", "R-VIS-01")
@pytest.mark.parametrize("part", ["replay", "diff?from=1"])
def test_only_who_sees_the_incident_sees_its_past(client: Client, incident: str, part: str) -> None:
    assert client.get(f"/v1/incidents/{incident}/{part}", token=RESPONDER).status_code == 200
    assert client.get(f"/v1/incidents/{incident}/{part}", token=INTAKE).status_code == 403
    hidden = client.open(visibility="restricted")
    assert client.get(f"/v1/incidents/{hidden}/{part}", token=RESPONDER).status_code == 404


@pytest.mark.req("R-SVC-08")
def test_the_command_line_says_the_same(client: Client, incident: str) -> None:
    tally = Tally(client.home)
    asked = ("diff", incident, "--from", "1", "--to", "4")
    assert tally(*asked, "--json").fine().json == differing(client, incident, "from=1&to=4")
    said = tally(*asked).fine().out
    assert "incident / state: detecting -> assessing" in said
    assert "recorded in between: 3" in said
    assert tally("diff", incident, "--from", "4", "--to", "4").fine().out.endswith("changed: nothing\n")
    assert tally("diff", incident, "--from", "99").code == 1
    assert tally("diff", incident, "--from", "soon").code == 64
    assert tally("diff", incident, "--from", "9" * 5_000).code == 64
    steps = tally("replay", incident, "--json").fine().json
    assert steps == replayed(client, incident)["steps"]
