"""Deliveries at the same time, from threads and other processes: no alert lost, none twice, one incident."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from application import insisting
from application.engine import Engine
from application.steps import LIGHT
from domain.intake.facts import IncidentOpened, SignalAttached
from domain.source_facts import DeliveryReceived
from ledger.errors import StoreBusy
from tests.support.use_cases import (
    an_alert,
    appends,
    deliver,
    do,
    history,
    kinds,
    meddle,
    note,
    open_home,
    stream_of,
    whole_log,
)

SOURCE = "source-alertmanager"
ALERT = stream_of(an_alert())


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    with open_home(home) as opened:
        yield opened


def test_a_delivery_of_very_many_alerts_is_one_append(engine: Engine) -> None:
    pods = [an_alert(pod=str(n)) for n in range(LIGHT * 3)]
    told = deliver(engine, *pods)
    assert told.received == len(pods)
    positions = [row.position for row in told.receipt.rows]
    assert positions == list(range(positions[0], positions[0] + 2 + 2 * len(pods)))


def once_each(engine: Engine, alerts: list[dict[str, Any]], deliveries: int) -> str:
    """Check that each alert is received once, attached once, and counted every time; return the incident."""
    log = whole_log(engine)
    assert sum(isinstance(item.fact, DeliveryReceived) for item in log) == deliveries
    (opened,) = (item for item in log if isinstance(item.fact, IncidentOpened))
    attached = [item.fact.alert for item in log if isinstance(item.fact, SignalAttached)]
    assert sorted(attached) == sorted(stream_of(alert) for alert in alerts)
    for alert in alerts:
        assert kinds(engine, stream_of(alert)) == [
            "SignalReceived",
            *["SignalDeduplicated"] * (deliveries - 1),
        ]
    return opened.stream


def test_the_same_delivery_from_many_threads_is_received_once(engine: Engine) -> None:
    alerts = [an_alert(pod=str(n)) for n in range(3)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: deliver(engine, *alerts), range(12)))
    once_each(engine, alerts, 12)


def test_the_same_delivery_in_two_engines_at_once_is_received_once(engine: Engine, home: Path) -> None:
    alerts = [an_alert(pod=str(n)) for n in range(3)]
    with open_home(home) as other, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: deliver((engine, other)[n % 2], *alerts), range(12)))
        once_each(other, alerts, 12)
    once_each(engine, alerts, 12)


@pytest.mark.parametrize("many", [1, LIGHT * 2])
def test_where_another_process_was_first_the_alerts_join_its_incident(
    engine: Engine, home: Path, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    alerts = [an_alert(pod=str(n)) for n in range(many)]
    with open_home(home) as other:
        meddle(engine, monkeypatch, lambda: deliver(other, *alerts), lambda: deliver(other, *alerts[:1]))
        told = deliver(engine, *alerts)
    assert (told.received, told.duplicates) == (0, many)
    attached = [item.fact.alert for item in whole_log(engine) if isinstance(item.fact, SignalAttached)]
    assert sorted(attached) == sorted(stream_of(alert) for alert in alerts)


def test_alerts_get_into_an_incident_that_others_write_to_all_the_time(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    (incident,) = deliver(engine, an_alert(pod="a")).incidents
    submit, noting = engine.writer.submit, ThreadPoolExecutor(1)
    noted: list[Any] = []

    def busy(appending: Any) -> Any:
        # Before each append of the intake, a command of this process tries to be first.
        if any(draft.authid == "p-intake" for part in appending.parts for draft in part.drafts):
            noted.append(noting.submit(do, engine, note(), incident))
            with contextlib.suppress(TimeoutError):
                noted[-1].result(0.3)
        return submit(appending)

    monkeypatch.setattr(engine.writer, "submit", busy)
    assert deliver(engine, an_alert(pod="b")).incidents == (incident,)
    noting.shutdown()
    assert len(noted) == 2
    assert kinds(engine, incident).count("SignalAttached") == 2
    assert kinds(engine, incident).count("TimelineEntryRecorded") == 2


def test_where_others_are_always_first_the_sender_may_come_again(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    (incident,) = deliver(engine, an_alert(pod="a")).incidents
    always: list[Callable[[], object]] = [appends(engine, incident)] * insisting.ATTEMPTS
    meddle(engine, monkeypatch, *always)
    with pytest.raises(StoreBusy, match="others were first 64 times, nothing was recorded"):
        deliver(engine, an_alert(pod="b"))
    assert history(engine, stream_of(an_alert(pod="b"))) == ()
    assert deliver(engine, an_alert(pod="b")).received == 1
