"""Who decided on an old version is told what came in between: in words, version by version."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from api.changes import MOST
from tests.support.engines import RATIONALE, RESPONDER, Client, client_in


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with client_in(tmp_path_factory.mktemp("changes") / "home") as found:
        yield found


def ask(client: Client, incident: str, action: str, body: dict[str, Any], **options: Any) -> Any:
    return client.post(f"/v1/incidents/{incident}/actions/{action}", body, **options)


@pytest.mark.req("R-WF-31")
def test_of_two_people_at_once_the_second_is_told_what_the_first_did(client: Client) -> None:
    incident = client.open()
    seen = client.get(f"/v1/incidents/{incident}").json()["version"]
    first = ask(client, incident, "declare", {"rationale": RATIONALE, "expected_version": seen})
    second = ask(
        client, incident, "declare", {"rationale": RATIONALE, "expected_version": seen}, token=RESPONDER
    )
    problem = second.json()
    assert (first.status_code, second.status_code, problem["code"]) == (200, 409, "STALE_VERSION")
    recorded = first.json()["entries"]
    assert [(change["version"], change["type"]) for change in problem["changes"]] == [
        (entry["version"], entry["type"]) for entry in recorded
    ]
    assert {change["by"] for change in problem["changes"]} == {"p-commander"}
    assert problem["changes"][0]["text"].startswith("Alerts judged real by p-commander. Reason: ⟦sealed:")
    assert RATIONALE not in second.text


@pytest.mark.req("R-WF-31")
def test_a_failed_precondition_tells_them_too_and_a_version_ahead_has_none(client: Client) -> None:
    incident = client.open()
    ask(client, incident, "add-timeline-entry", {"text": "Traffic moved."})
    late = ask(client, incident, "declare", {"rationale": RATIONALE}, headers={"If-Match": '"1"'}).json()
    assert (late["status"], [change["version"] for change in late["changes"]]) == (412, [2])
    ahead = ask(client, incident, "declare", {"rationale": RATIONALE}, headers={"If-Match": '"9"'}).json()
    assert (ahead["status"], ahead.get("changes")) == (412, None)


@pytest.mark.req("R-WF-31")
def test_who_missed_much_is_told_the_oldest_of_it(client: Client) -> None:
    incident = client.open()
    for number in range(MOST + 2):
        ask(client, incident, "add-timeline-entry", {"text": f"Note {number}."})
    body = {"rationale": RATIONALE, "expected_version": 1}
    changes = ask(client, incident, "declare", body).json()["changes"]
    assert [change["version"] for change in changes] == list(range(2, MOST + 2))
