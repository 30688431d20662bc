"""Alerts attached by a person: as they are, and told their end wherever and whenever that is (R-STEP-11)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from application.engine import Engine
from domain.intake.commands import AttachAlert
from domain.intake.facts import SignalAttached, SignalCleared
from domain.refusal import Refusal
from ledger.errors import ReadOnly
from tests.support.use_cases import (
    LATER,
    an_alert,
    appends,
    ask,
    deliver,
    do,
    history,
    kinds,
    meddle,
    open_home,
    open_one,
    resolved,
    stream_of,
)

pytestmark = pytest.mark.req("R-STEP-11")

ALERT = stream_of(an_alert())
ATTACH = AttachAlert(alert=ALERT, why="The queue backs up because checkout retries.")


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    with open_home(home) as opened:
        yield opened


def test_a_firing_alert_is_attached_by_hand_with_the_reason(engine: Engine) -> None:
    deliver(engine, an_alert())
    stream = open_one(engine)
    receipt = do(engine, ATTACH, stream)
    assert kinds(engine, stream) == ["IncidentOpened", "SignalAttached"]
    assert [row.stream for row in receipt.rows] == [stream]
    attached = history(engine, stream)[-1]
    assert isinstance(attached.fact, SignalAttached)
    assert attached.fact.why == "by-hand"
    assert (attached.authid, attached.causationid) == ("p-commander", None)


def test_the_end_of_an_alert_is_told_wherever_it_was_attached(engine: Engine) -> None:
    deliver(engine, an_alert())
    elsewhere, index_knows = open_one(engine), open_one(engine)
    do(engine, ATTACH, index_knows)
    engine.follower.catch_up()
    do(engine, ATTACH, elsewhere)
    told = deliver(engine, resolved())
    assert len(told.incidents) == 3
    for stream in told.incidents:
        assert kinds(engine, stream)[-1] == "SignalCleared"


def test_an_alert_that_has_ended_is_attached_with_its_end(engine: Engine) -> None:
    deliver(engine, an_alert())
    deliver(engine, resolved())
    end = history(engine, ALERT)[-1]
    stream = open_one(engine)
    do(engine, ATTACH, stream)
    *_, attached, cleared = history(engine, stream)
    assert [type(item.fact).__name__ for item in (attached, cleared)] == ["SignalAttached", "SignalCleared"]
    assert (cleared.causationid, cleared.correlationid) == (end.id, stream)


def test_an_alert_that_ends_while_it_is_attached_is_attached_with_its_end(
    engine: Engine, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(engine, an_alert())
    stream = open_one(engine)
    with open_home(home) as other:
        meddle(engine, monkeypatch, lambda: deliver(other, resolved()))
        do(engine, ATTACH, stream, expected=1)
    assert kinds(engine, stream) == ["IncidentOpened", "SignalAttached", "SignalCleared"]


def test_an_alert_that_fires_again_is_attached_as_firing(engine: Engine) -> None:
    for told in (an_alert(), resolved(), an_alert(starts_at=LATER)):
        deliver(engine, told)
    stream = open_one(engine)
    do(engine, ATTACH, stream)
    assert kinds(engine, stream) == ["IncidentOpened", "SignalAttached"]


def test_the_end_that_is_told_is_that_of_the_newest_firing(engine: Engine) -> None:
    for told in (an_alert(), resolved(), an_alert(starts_at=LATER), resolved(LATER, ends_at=LATER)):
        deliver(engine, told)
    stream = open_one(engine)
    do(engine, ATTACH, stream)
    *_, attached, cleared = (item.fact for item in history(engine, stream))
    assert isinstance(attached, SignalAttached)
    assert isinstance(cleared, SignalCleared)
    assert (attached.fired_at, cleared.cleared_at) == ("2026-03-01T04:00:00.000000Z",) * 2


def test_a_firing_alert_is_attached_once(engine: Engine) -> None:
    deliver(engine, an_alert())
    stream = open_one(engine)
    do(engine, ATTACH, stream)
    outcome = ask(engine, ATTACH, stream)
    assert isinstance(outcome, Refusal)
    assert outcome.code == "ALREADY_ATTACHED"


def test_alerts_attached_while_they_end_are_told_their_end(
    engine: Engine, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pods = [an_alert(pod="a"), an_alert(pod="b"), an_alert(pod="c")]
    deliver(engine, *pods)
    busy, quiet = open_one(engine), open_one(engine)

    def attach_meanwhile() -> None:
        for pod, stream in ((0, busy), (1, busy), (1, quiet), (2, quiet)):
            do(other, AttachAlert(alert=stream_of(pods[pod]), why=ATTACH.why), stream)

    with open_home(home) as other:
        meddle(engine, monkeypatch, attach_meanwhile)
        deliver(engine, resolved(pod="a"), resolved(pod="b"))
    ends = {item.fact.alert: item for item in history(engine, busy) if isinstance(item.fact, SignalCleared)}
    assert set(ends) == {stream_of(pods[0]), stream_of(pods[1])}
    assert {item.causationid for item in ends.values()} == {history(engine, alert)[-1].id for alert in ends}
    assert kinds(engine, quiet) == ["IncidentOpened", "SignalAttached", "SignalAttached", "SignalCleared"]


def test_a_late_end_meets_others_who_write_to_the_incident(
    engine: Engine, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(engine, an_alert())
    stream = open_one(engine)
    with open_home(home) as other:
        meddle(engine, monkeypatch, lambda: do(other, ATTACH, stream), appends(other, stream))
        deliver(engine, resolved())
    assert kinds(engine, stream) == ["IncidentOpened", "SignalAttached", "UnknownFact", "SignalCleared"]


def test_a_late_end_that_cannot_be_told_costs_no_delivery(
    engine: Engine, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(engine, an_alert())
    stream = open_one(engine)
    with open_home(home) as other:
        no_longer = partial(engine.writer.freeze, ReadOnly("now"))
        meddle(engine, monkeypatch, lambda: do(other, ATTACH, stream), no_longer)
        assert deliver(engine, resolved()).received == 1
    assert kinds(engine, stream)[-1] == "SignalAttached"


def test_an_alert_that_nobody_heard_of_cannot_be_attached(engine: Engine) -> None:
    stream = open_one(engine)
    outcome = ask(engine, AttachAlert(alert="alert-" + "0" * 32, why=ATTACH.why), stream)
    assert isinstance(outcome, Refusal)
    assert outcome.code == "ALERT_UNKNOWN"
