"""Alertmanager's webhook and its recorder beside one another: one source, one episode, one incident."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.engines import INTAKE, Client, alert_body, client_in

EVENTS = "/v1/signals/alertmanager-events"
WEBHOOK = "/v1/signals/alertmanager"
AT = "2026-03-01T02:10:01Z"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with client_in(tmp_path_factory.mktemp("told-twice") / "home") as found:
        yield found


def event(kind: str, body: object) -> bytes:
    return json.dumps({"@timestamp": AT, "data": {kind: body}}).encode()


def silence(**changes: object) -> dict[str, Any]:
    times = {"startsAt": "2026-03-01T02:00:00Z", "endsAt": "2026-03-01T04:00:00Z"}
    return {"silence": {"id": "d126b58b", **times, "matchers": [{"rendered": 'a="b"'}], **changes}}


@pytest.mark.req("R-EVT-10")
@pytest.mark.parametrize("first", [EVENTS, WEBHOOK])
def test_whoever_tells_an_alert_second_repeats_it(client: Client, first: str) -> None:
    webhook = alert_body(f"Told by {first}")
    (alert,) = webhook["alerts"]
    bodies: dict[str, Any] = {WEBHOOK: webhook, EVENTS: event("alertCreated", {"alert": alert})}
    second = next(path for path in bodies if path != first)
    told = client.post(first, bodies[first], token=INTAKE).json()
    again = client.post(second, bodies[second], token=INTAKE).json()
    assert (told["received"], len(told["incidents"])) == (1, 1)
    assert (again["received"], again["duplicates"], again["incidents"]) == (0, 1, [])
    assert {entry["stream"] for entry in told["entries"] + again["entries"]} == {"source-alertmanager"}


@pytest.mark.req("R-EVT-10")
def test_a_silence_is_on_record_without_any_alert(client: Client) -> None:
    answer = client.post(EVENTS, event("silenceCreated", silence()), token=INTAKE)
    assert answer.status_code == 200
    types = [entry["type"] for entry in answer.json()["entries"]]
    assert types == ["tallystick.delivery-received.v1", "tallystick.silence-reported.v1"]


def test_a_silence_beside_what_cannot_be_read_is_not_sent_again(client: Client) -> None:
    both = event("silenceUpdated", silence()) + b"\n" + event("silenceUpdated", {})
    answer = client.post(EVENTS, both, token=INTAKE)
    assert (answer.status_code, answer.json()["rejected"]) == (200, 1)
    assert client.post(EVENTS, event("silenceUpdated", {}), token=INTAKE).status_code == 422
