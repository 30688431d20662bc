"""A storm: repetitions are told together, each can still be proven, and nothing is lost or counted twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kafka import TopicPartition

from application.aggregating import aggregated, messages, only_repeats, root_of
from application.engine import Engine
from application.unsealing import open_content
from consumers.kafka.holding import MOST_BYTES, Hold, Tide
from domain.alert_facts import SignalDeduplicated, SignalReceived, SignalsAggregated
from domain.intake.facts import SignalCleared
from domain.signal import RecordRange
from domain.source_facts import DeliveriesAggregated
from ledger.disclosure import check
from tests.support.storms import AT, record, take
from tests.support.use_cases import (
    LATER,
    an_alert,
    deliver,
    history,
    message,
    open_home,
    resolved,
    stream_of,
    whole_log,
)

SOURCE = "source-alertmanager"
ALERT = stream_of(an_alert())
PLACE = TopicPartition("alerts", 0)
SECOND = 1_000_000_000


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    with open_home(home) as opened:
        yield opened


def holding(engine: Engine, per_second: int = 1) -> Hold:
    return Hold(per_second, lambda stream: engine.states.alert(stream).state)


def test_repetitions_become_one_fact_for_the_messages_and_one_for_each_alert(engine: Engine) -> None:
    deliver(engine, an_alert(), an_alert(pod="b"))
    bodies = [message(an_alert()), message(an_alert(pod="b")), message(an_alert(), an_alert(pod="b"))] * 4
    taken = take(engine, together=[record(body, n) for n, body in enumerate(bodies)])
    assert (taken.received, taken.duplicates, len(taken.receipt.rows)) == (0, 16, 3)
    came = history(engine, SOURCE)[-1].fact
    assert isinstance(came, DeliveriesAggregated)
    assert (came.count, came.alerts, came.first_at, came.last_at) == (12, 16, AT.format(0), AT.format(11))
    first = next(item for item in history(engine, ALERT) if isinstance(item.fact, SignalReceived))
    told = history(engine, ALERT)[-1].fact
    assert isinstance(told, SignalsAggregated)
    assert isinstance(first.fact, SignalReceived)
    assert (told.duplicate_of, told.delivery_id) == (first.fact.signal_id, came.delivery_id)
    assert (told.added, told.count, told.first_at, told.last_at) == (8, 8, AT.format(0), AT.format(11))


def test_each_message_can_be_shown_and_proven_to_be_among_them(engine: Engine) -> None:
    deliver(engine, an_alert())
    odd = message(an_alert(annotations={"text": "line\nline ⟦ \u2028"}))
    bodies = [message(an_alert()), odd, message(an_alert())]
    take(engine, together=[record(body, n) for n, body in enumerate(bodies)])
    came, told = history(engine, SOURCE)[-1].fact, history(engine, ALERT)[-1].fact
    assert isinstance(came, DeliveriesAggregated)
    assert isinstance(told, SignalsAggregated)
    assert came.raw.blob is not None
    kept = list(messages(open_content(came.raw.blob, engine.vault, engine.blobs).content, "storm"))
    assert all(check(disclosure) for disclosure in kept)
    assert root_of(item.c for item in kept) == came.root == told.root
    assert len({item.c for item in kept}) == 3
    values: list[Any] = [item.value for item in kept]
    assert [value["body"].encode() for value in values] == bodies
    assert values[1] == {
        "body": odd.decode(),
        "headers": [["kafka-key", "1"]],
        "origin": {"cluster": "c", "topic": "alerts", "partition": 0, "offset": 1},
        "received_at": AT.format(1),
    }


def test_the_root_of_an_alert_is_over_the_messages_that_told_it_alone(engine: Engine) -> None:
    deliver(engine, an_alert(), an_alert(pod="b"))
    bodies = [message(an_alert()), message(an_alert(pod="b")), message(an_alert())]
    take(engine, together=[record(body, n) for n, body in enumerate(bodies)])
    came, told = history(engine, SOURCE)[-1].fact, history(engine, ALERT)[-1].fact
    assert isinstance(came, DeliveriesAggregated)
    assert isinstance(told, SignalsAggregated)
    assert came.raw.blob is not None
    kept = list(messages(open_content(came.raw.blob, engine.vault, engine.blobs).content, "storm"))
    assert told.root == root_of([kept[0].c, kept[2].c])


def test_which_records_they_were_is_said_by_partition(engine: Engine) -> None:
    deliver(engine, an_alert())
    take(engine, together=[record(message(an_alert()), n) for n in (7, 8, 11)])
    came = history(engine, SOURCE)[-1].fact
    assert isinstance(came, DeliveriesAggregated)
    expected = RecordRange(cluster="c", topic="alerts", partition=0, first_offset=7, last_offset=11, count=3)
    assert came.records == (expected,)


def test_repetitions_go_on_being_counted_one_by_one_and_together(engine: Engine) -> None:
    deliver(engine, an_alert())
    deliver(engine, an_alert())
    take(engine, together=[record(message(an_alert()), n) for n in range(5)])
    deliver(engine, an_alert())
    counts = [
        item.fact.count
        for item in history(engine, ALERT)
        if isinstance(item.fact, SignalDeduplicated | SignalsAggregated)
    ]
    assert counts == [1, 6, 7]


def test_what_is_news_by_the_time_it_is_recorded_is_news(engine: Engine) -> None:
    deliver(engine, an_alert())
    held = [record(message(an_alert()), n) for n in range(2)]
    assert all(only_repeats(item.delivery, lambda _: engine.states.alert(ALERT).state) for item in held)
    deliver(engine, resolved())  # somebody else was first
    taken = take(engine, together=held)
    assert (taken.received, taken.duplicates) == (1, 1)
    again, repeats = (item.fact for item in history(engine, ALERT)[-2:])
    assert isinstance(again, SignalReceived)
    assert (again.status, again.note) == ("firing", "refired")
    assert isinstance(repeats, SignalsAggregated)
    assert repeats.duplicate_of == again.signal_id


def test_what_comes_together_comes_before_what_comes_by_itself(engine: Engine) -> None:
    deliver(engine, an_alert())
    take(engine, [record(message(resolved()), 1)], [record(message(an_alert()), 0)])
    facts = [type(item.fact) for item in history(engine, ALERT)]
    assert facts == [SignalReceived, SignalsAggregated, SignalReceived]
    assert sum(isinstance(item.fact, SignalCleared) for item in whole_log(engine)) == 1


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (message(an_alert(starts_at=LATER)), "another episode"),
        (message(resolved()), "an end"),
        (message(an_alert(), {"status": "firing"}), "a part that cannot be read"),
        (message(an_alert(), truncatedAlerts=3), "a loss"),
        (b"no json", "nothing that can be read"),
        (message(), "no alert at all"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_message_with_anything_else_in_it_is_told_by_itself(engine: Engine, body: bytes, why: str) -> None:
    deliver(engine, an_alert())
    assert why
    assert not only_repeats(record(body).delivery, lambda _: engine.states.alert(ALERT).state)


def test_below_the_rate_nothing_is_held(engine: Engine) -> None:
    deliver(engine, an_alert())
    hold = holding(engine, per_second=3)
    for number in range(3):
        hold.add(PLACE, number, record(message(an_alert()), number), SECOND + number / 10)
        assert hold.is_due(SECOND + number / 10)
    batch = hold.take()
    assert (len(batch.single), len(batch.together), batch.upto) == (3, 0, {PLACE: 3})


def test_above_the_rate_repetitions_are_held_until_their_second_is_over(engine: Engine) -> None:
    deliver(engine, an_alert())
    hold = holding(engine)
    hold.add(PLACE, 0, record(message(an_alert())), SECOND)
    assert len(hold.take().single) == 1
    for number in range(1, 4):
        hold.add(PLACE, number, record(message(an_alert()), number), SECOND + 0.5)
    assert not hold.is_due(SECOND + 0.99)
    assert hold.is_due(SECOND + 1)
    batch = hold.take()
    assert (len(batch.single), len(batch.together), batch.upto) == (0, 3, {PLACE: 4})


def test_news_ends_the_wait_and_what_follows_of_that_alert_is_not_held(engine: Engine) -> None:
    deliver(engine, an_alert(), an_alert(pod="b"))
    hold = holding(engine)
    hold.add(PLACE, 0, record(message(an_alert())), SECOND)
    hold.take()
    for number, body in enumerate([an_alert(), resolved(), an_alert(), an_alert(pod="b")]):
        hold.add(PLACE, number, record(message(body), number), SECOND)
    assert hold.is_due(SECOND)
    batch = hold.take()
    assert [item.origin.offset for item in batch.together if item.origin] == [0, 3]
    assert [item.origin.offset for item in batch.single if item.origin] == [1, 2]


def test_what_is_held_of_a_partition_that_is_given_up_is_forgotten(engine: Engine) -> None:
    deliver(engine, an_alert())
    hold, other = holding(engine), TopicPartition("alerts", 1)
    for number in range(6):
        place = (PLACE, other)[number % 2]
        hold.add(place, number, record(message(an_alert()), number), SECOND)
    hold.drop([PLACE])
    batch = hold.take()
    assert batch.upto == {other: 6}
    assert len(batch.single) + len(batch.together) == 3
    assert not hold.is_due(SECOND + 10)


def test_what_is_held_has_a_limit(engine: Engine) -> None:
    deliver(engine, an_alert())
    hold, large = holding(engine), record(message(an_alert(annotations={"text": "x" * (MOST_BYTES // 2)})))
    assert hold.has_room(large)
    hold.add(PLACE, 0, large, SECOND)
    assert not hold.has_room(large)
    assert hold.has_room(record(message(an_alert())))
    many = record(message(*(an_alert(pod=str(n)) for n in range(1_000))))
    assert not hold.has_room(many)
    hold.take()
    assert hold.has_room(many)


def test_a_storm_lasts_until_a_whole_second_is_calm() -> None:
    tide = Tide(2)
    assert [tide.saw(1, SECOND) for _ in range(3)] == [False, False, True]
    assert tide.saw(1, SECOND + 1.9)
    assert not tide.saw(1, SECOND + 2)
    assert tide.saw(3, SECOND + 3)
    assert not tide.saw(1, SECOND + 5)


def test_messages_of_two_sources_are_told_apart() -> None:
    body, ids = message(an_alert()), iter("12")
    found = aggregated([record(body, source="b"), record(body)], ids.__next__)
    assert [(it.command.delivery_id, it.command.source) for it in found] == [
        ("1", "alertmanager"),
        ("2", "b"),
    ]
