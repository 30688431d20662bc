"""Why an alert did or did not open, join or end an incident, asked over HTTP; and a home's own rules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from application.settling import Settling
from consumers.webhook import SOURCES
from domain.moment import timestamp
from tests.support.engines import INTAKE, RESPONDER, TOKENS, Client
from tests.support.use_cases import SteppingClock, an_alert, make_home, message, open_home, stream_of

PATH = "/v1/signals/alertmanager"
OURS = ("services:", "join_within_minutes:", "flapping:")
RULES = """
services:
  - {service: payments, match: [checkout, "payment-*"]}
join_within_minutes: 60
flapping: {changes: 4, window_minutes: 30, settled_minutes: 10}
"""


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def client(home: Path, clock: SteppingClock) -> Iterator[Client]:
    rules = make_home(home) / "config" / "alert-rules.yaml"
    kept = [line for line in rules.read_text().splitlines() if not line.startswith(OURS)]
    rules.write_text("\n".join(kept) + RULES)
    with open_home(home, clock) as engine:
        app = create_app(engine, TOKENS, sources=SOURCES, version="0.0.0")
        with TestClient(app, follow_redirects=False) as http:
            yield Client(engine, http, home)


class Tool:
    """A monitoring tool that tells of conditions by the clock of the home."""

    def __init__(self, client: Client, clock: SteppingClock) -> None:
        self._client, self._clock = client, clock
        self._started: dict[str, str] = {}

    def tell(self, status: str, pod: str = "a", **labels: str) -> dict[str, Any]:
        now = timestamp(self._clock.now)
        start = self._started.setdefault(pod, now) if status == "resolved" else now
        self._started[pod] = start
        alert = an_alert(status, start, ends_at=now, pod=pod)
        alert["labels"].update(labels)
        answer = self._client.post(PATH, message(alert), token=INTAKE)
        assert answer.status_code == 200
        self._clock.forward(minutes=1)
        found: dict[str, Any] = answer.json()
        return {**found, "alert": stream_of(alert)}

    def asked(self, alert: str, token: str = RESPONDER) -> dict[str, Any]:
        found: dict[str, Any] = self._client.get(f"/v1/alerts/{alert}", token=token).json()
        return found


@pytest.fixture
def tool(client: Client, clock: SteppingClock) -> Tool:
    return Tool(client, clock)


@pytest.mark.req("R-STEP-11")
def test_an_alert_that_flaps_says_since_when_and_what_was_held_back(
    client: Client, tool: Tool, clock: SteppingClock
) -> None:
    began = timestamp(clock.now)[:16]
    first = tool.tell("firing")
    for status in ("resolved", "firing", "resolved", "firing", "resolved"):
        told = tool.tell(status)
    view = tool.asked(told["alert"])
    assert (view["status"], view["flapping"]["changes"], view["flapping"]["held"]) == ("resolved", 6, 3)
    assert view["flapping"]["since"][:16] == began
    assert (view["flapping"]["window_minutes"], view["flapping"]["settled_minutes"]) == (30, 10)
    assert [signal["kind"] for signal in view["signals"]] == [
        *["received"] * 3,
        "flapping-started",
        *["received"] * 3,
    ]
    assert [signal["held"] for signal in view["signals"]][4:] == ["clear", "open", "clear"]
    assert view["signals"][4]["reason"].startswith("The alert flaps, so its end is told once it settles.")
    (incident,) = first["incidents"]
    assert client.get(f"/v1/incidents/{incident}").json()["alerts_firing"] == 1

    clock.forward(minutes=10)
    Settling(client.engine).look()
    view = tool.asked(told["alert"])
    assert (view["flapping"], view["status"]) == (None, "resolved")
    last = view["signals"][-1]
    assert (last["kind"], last["outcome"], last["incident"]) == ("flapping-ended", "ended", incident)
    assert client.get(f"/v1/incidents/{incident}").json()["alerts_firing"] == 0


@pytest.mark.req("R-STEP-11")
def test_alerts_of_services_that_belong_together_join_one_incident_and_say_so(tool: Tool) -> None:
    opened = tool.tell("firing")
    joined = tool.tell("firing", pod="b", service="payment-gateway")
    assert joined["incidents"] == opened["incidents"]
    first, second = tool.asked(opened["alert"]), tool.asked(joined["alert"])
    assert (first["service"], second["service"]) == ("checkout", "payment-gateway")
    assert first["counts_as"] == second["counts_as"] == "payments"
    assert [view["signals"][0]["outcome"] for view in (first, second)] == ["opened", "joined"]
    assert "counts as payments" in second["signals"][0]["reason"]


@pytest.mark.req("R-STEP-11")
def test_a_candidate_that_was_quiet_for_too_long_is_not_joined_and_one_that_is_worked_on_is(
    client: Client, tool: Tool, clock: SteppingClock
) -> None:
    (first,) = tool.tell("firing", pod="a")["incidents"]
    clock.forward(minutes=60)
    late = tool.tell("firing", pod="b")
    (second,) = late["incidents"]
    assert second != first
    told = tool.asked(late["alert"])["signals"][0]
    assert (told["outcome"], told["join_within_minutes"]) == ("opened", 60)
    assert "in the 60 minutes before" in told["reason"]

    declared = client.post(f"/v1/incidents/{first}/actions/declare", {"rationale": "Confirmed by hand."})
    assert declared.status_code == 200
    clock.forward(minutes=600)
    assert tool.tell("firing", pod="c")["incidents"] == [first]


def test_repetitions_late_firings_and_ends_without_a_firing_are_told_apart(tool: Tool) -> None:
    told = tool.tell("firing")
    tool.tell("resolved")
    for _ in range(3):
        tool.tell("resolved")
    view = tool.asked(told["alert"])
    assert (view["repetitions"], view["signals"][-1]["count"]) == (3, 3)
    assert view["signals"][1]["outcome"] == "ended"
    unknown = tool.asked(tool.tell("resolved", pod="z")["alert"])
    assert unknown["signals"][0]["why"] == "resolved-without-firing"
    assert unknown["signals"][0]["outcome"] is None
