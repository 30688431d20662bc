"""Laws of a storm: alerts and incidents are the same whether messages are told together or one by one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from kafka import TopicPartition

from application.engine import Engine
from consumers.kafka.holding import Hold
from domain.alert import Alert
from domain.alert_facts import SignalDeduplicated, SignalReceived, SignalsAggregated
from domain.episode import Told
from domain.intake.facts import IncidentOpened, SignalAttached, SignalCleared
from domain.source_facts import DeliveriesAggregated, DeliveryReceived
from tests.support.storms import record, take
from tests.support.use_cases import an_alert, message, open_home, stream_of, whole_log

PLACE = TopicPartition("alerts", 0)
NOW = 1_772_331_300
TOLD = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from(["firing", "resolved"]), st.integers(0, 2)), max_size=16
)


def body(pod: str, status: str, hour: int) -> bytes:
    start, end = f"2026-03-01T0{hour}:00:00Z", f"2026-03-01T0{hour}:30:00Z"
    return message(an_alert(status, start, ends_at=end, pod=pod))


@contextmanager
def ledger() -> Iterator[Engine]:
    with tempfile.TemporaryDirectory() as folder, open_home(Path(folder) / "home") as engine:
        yield engine


def one_by_one(engine: Engine, bodies: Sequence[bytes]) -> None:
    for number, told in enumerate(bodies):
        take(engine, [record(told, number)])


def in_a_storm(engine: Engine, bodies: Sequence[bytes], cuts: set[int]) -> None:
    hold = Hold(1, lambda stream: engine.states.alert(stream).state)
    for number, told in enumerate(bodies):
        hold.add(PLACE, number, record(told, number), NOW)
        if number in cuts or number == len(bodies) - 1:
            batch = hold.take()
            take(engine, batch.single, batch.together)


def told_of(alert: Alert) -> list[tuple[object, ...]]:
    episodes = alert.episodes
    return [(it.start, it.status, repeats(it.firing), repeats(it.resolved)) for it in episodes]


def repeats(told: Told | None) -> int | None:
    return None if told is None else told.repeats


def counted(engine: Engine) -> tuple[list[int], int, int]:
    """Return how many facts of each kind about alerts, repetitions and messages a ledger has."""
    facts = [item.fact for item in whole_log(engine)]
    kinds = SignalReceived, IncidentOpened, SignalAttached, SignalCleared
    repeats = sum(fact.added for fact in facts if isinstance(fact, SignalsAggregated))
    messages = sum(fact.count for fact in facts if isinstance(fact, DeliveriesAggregated))
    return (
        [sum(isinstance(fact, kind) for fact in facts) for kind in kinds],
        repeats + sum(isinstance(fact, SignalDeduplicated) for fact in facts),
        messages + sum(isinstance(fact, DeliveryReceived) for fact in facts),
    )


@settings(max_examples=15)
@given(told=TOLD, cuts=st.sets(st.integers(0, 16)))
def test_alerts_and_incidents_are_the_same_and_every_message_is_counted_once(
    told: list[tuple[str, str, int]], cuts: set[int]
) -> None:
    bodies = [body(*each) for each in told]
    with ledger() as one, ledger() as other:
        one_by_one(one, bodies)
        in_a_storm(other, bodies, cuts)
        for pod in "ab":
            stream = stream_of(an_alert(pod=pod))
            assert told_of(one.states.alert(stream).state) == told_of(other.states.alert(stream).state)
        assert counted(one) == counted(other)
        assert counted(one)[2] == len(bodies)
