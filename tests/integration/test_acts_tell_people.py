"""`act` on a home that nobody serves tells people once; where somebody serves, that one tells them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tallystick.home import Home
from tallystick.serving_lock import is_served, serving_lock
from tests.support.commandline import Tally
from tests.support.hook import Hook, hooked
from tests.support.processes import free_port
from tests.support.use_cases import make_home


@pytest.fixture
def tally(home: Path) -> Tally:
    return Tally(make_home(home))


@pytest.fixture
def hook() -> Iterator[Hook]:
    with hooked() as served:
        yield served


def add(tally: Tally, name: str, role: str, webhook: str) -> str:
    words = ("--role", role, "--contact", f"webhook:{webhook}", "--json")
    return str(tally("people", "add", name, *words).fine().json["principal"])


def severe(tally: Tally) -> Any:
    """Open and declare an incident, agree on SEV-1, and return the receipt of that."""
    number = tally.opened(services="checkout")
    tally("act", number, "declare", "rationale=Confirmed by hand.").fine()
    words = ("severity=SEV-1", "rationale=A third of payments fail.")
    return tally("act", number, "propose-severity", *words, "--json").fine().json


def timeline(tally: Tally) -> str:
    return tally("timeline", "INC-1").fine().out


def written(tally: Tally) -> list[dict[str, Any]]:
    path = Home(tally.home).notices
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.mark.req("R-DIR-01", "R-COM-31")
def test_a_command_on_a_home_tells_whom_it_concerns_before_it_ends(tally: Tally, hook: Hook) -> None:
    add(tally, "Ada", "sre_on_call", hook.url)
    add(tally, "Bob", "product_owner", hook.url)
    receipt = severe(tally)
    assert sorted(body["roles"] for _, _, body in hook.got) == [["product_owner"], ["sre_on_call"]]
    assert {body["number"] for _, _, body in hook.got} == {receipt["number"]} == {"INC-1"}
    # The operator commands, who is not in the directory.
    assert [(line["recipient"], line["roles"]) for line in written(tally)] == [
        ("p-admin", ["incident_commander"])
    ]
    said = timeline(tally)
    assert said.count("Told ") == 3
    assert tally("doctor").out.count("none waits to be delivered") == 1
    # What came of it is published like the command itself.
    assert "not published" not in tally("doctor").out


@pytest.mark.req("R-GATE-54", "R-COM-31")
def test_a_refusal_that_a_gate_gives_is_told_to_whom_it_concerns(tally: Tally, hook: Hook) -> None:
    add(tally, "Lea", "on_call_lead", hook.url)
    number = severe(tally)["number"]
    # Gate 1 is asked for by the plan, and fails: nobody was told yet.
    refused = tally("act", number, "propose-plan", "template=rollback", "to_version=1.2.3")
    assert refused.code == 1
    assert "GATE_NOT_PASSED" in refused.err
    assert [body["purpose"] for _, _, body in hook.got] == ["gate_failed"]


@pytest.mark.req("R-COM-31")
def test_a_command_does_not_wait_for_later_attempts(tally: Tally) -> None:
    add(tally, "Ada", "sre_on_call", f"http://127.0.0.1:{free_port()}/hooks/secret-path")
    start = time.monotonic()
    severe(tally)
    assert time.monotonic() - start < 20
    said = timeline(tally)
    assert said.count("not delivered (attempt 1 by webhook, again at ") == 1
    assert "secret-path" not in said
    # The next command on the incident tries again; Bob's role, which nobody holds, is written down.
    time.sleep(1)
    tally("act", "INC-1", "add-timeline-entry", "text=Still here.").fine()
    assert timeline(tally).count("not delivered") == 2
    assert "nobody holds product_owner" in "".join(line["subject"] for line in written(tally))


def test_a_home_that_somebody_serves_is_left_to_that_one(tally: Tally, hook: Hook) -> None:
    add(tally, "Ada", "sre_on_call", hook.url)
    home = Home(tally.home)
    assert not is_served(home)
    with serving_lock(home):
        assert is_served(home)
        severe(tally)
        assert hook.got == []
        assert written(tally) == []
    assert not is_served(home)
    tally("act", "INC-1", "add-timeline-entry", "text=Nobody serves any more.").fine()
    assert len(hook.got) == 1


def test_undelivered_notices_show_in_the_doctors_report(
    tally: Tally, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving_lock(Home(tally.home)):
        severe(tally)
    # One for the commander, one for the two roles that nobody holds.
    assert "2 are on their way" in tally("doctor").out
    monkeypatch.setattr("tallystick.doctor.LAG", timedelta())
    assert "2 are not delivered, the oldest for " in tally("doctor").out
