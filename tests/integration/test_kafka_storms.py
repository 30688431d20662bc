"""Storms on a real broker: repetitions become a fact a second, and every record is accounted for."""

from __future__ import annotations

import json
import resource
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from application.aggregating import messages
from application.engine import Engine
from application.unsealing import open_content
from domain.alert_facts import SignalDeduplicated, SignalReceived, SignalsAggregated
from domain.intake.facts import IncidentOpened
from domain.source_facts import DeliveriesAggregated, DeliveryReceived
from tests.support.broker import Cluster
from tests.support.engines import alert_body
from tests.support.kafka import cluster, config_of, taking_in
from tests.support.processes import wait_until
from tests.support.use_cases import make_home, open_home, whole_log

__all__ = ["cluster"]

CONDITIONS = 20


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with open_home(make_home(tmp_path / "home")) as opened:
        yield opened


def alert(number: int, conditions: int = CONDITIONS) -> bytes:
    condition = number % conditions
    return json.dumps(alert_body(f"Alert{condition}", groupKey=str(condition % 5))).encode()


def offsets(engine: Engine) -> Counter[tuple[int, int]]:
    """Return how often each record was taken in, by partition and offset, by itself or with others."""
    found: Counter[tuple[int, int]] = Counter()
    for item in whole_log(engine):
        fact = item.fact
        if isinstance(fact, DeliveryReceived) and fact.origin is not None:
            found[fact.origin.partition, fact.origin.offset] += 1
        elif isinstance(fact, DeliveriesAggregated):
            assert fact.raw.blob is not None
            kept: list[Any] = [
                each.value
                for each in messages(open_content(fact.raw.blob, engine.vault, engine.blobs).content, "raw")
            ]
            assert len(kept) == fact.count == sum(part.count for part in fact.records)
            found.update((value["origin"]["partition"], value["origin"]["offset"]) for value in kept)
    return found


def facts(engine: Engine, kind: type) -> list[Any]:
    return [item.fact for item in whole_log(engine) if isinstance(item.fact, kind)]


def test_a_storm_becomes_a_fact_a_second_for_each_alert_and_every_record_is_there_once(
    cluster: Cluster, engine: Engine
) -> None:
    topic, count = cluster.topic("storm", 2), 4_000
    for part in (0, 1):
        cluster.produce(topic, *(alert(n) for n in range(count // 2)), partition=part)
    with taking_in(engine, config_of(cluster, topic, storm_per_second=50)) as meters:
        wait_until(lambda: meters.records == count, 60)
    assert meters.signals + meters.duplicates == count
    assert len(facts(engine, SignalReceived)) == CONDITIONS
    assert len(facts(engine, IncidentOpened)) == 1
    told = facts(engine, SignalsAggregated)
    assert sum(fact.added for fact in told) + len(facts(engine, SignalDeduplicated)) == count - CONDITIONS
    assert len(whole_log(engine)) < count // 2
    assert offsets(engine) == {(part, offset): 1 for part in (0, 1) for offset in range(count // 2)}


def test_in_a_storm_what_is_new_is_not_held_back(cluster: Cluster, engine: Engine) -> None:
    topic = cluster.topic("news")
    with taking_in(engine, config_of(cluster, topic, storm_per_second=1)) as meters:
        cluster.produce(topic, *(alert(n) for n in range(CONDITIONS * 2)))
        wait_until(lambda: meters.records == CONDITIONS * 2)
        with cluster.producing() as producer:
            for turn in range(20):
                for condition in range(CONDITIONS):
                    producer.send(topic, alert(condition))
                if turn == 10:
                    producer.send(topic, json.dumps(alert_body("New", groupKey="new")).encode())
                producer.flush()
                time.sleep(0.02)
        wait_until(lambda: meters.records == CONDITIONS * 22 + 1)
    names = [fact.alert_name for fact in facts(engine, SignalReceived)]
    assert names.count("New") == 1
    assert facts(engine, SignalsAggregated)


def test_what_is_held_when_the_consumer_stops_is_recorded(cluster: Cluster, engine: Engine) -> None:
    topic = cluster.topic("stopped")
    cluster.produce(topic, *(alert(n) for n in range(200)))
    with taking_in(engine, config_of(cluster, topic, storm_per_second=1, max_poll_records=20)) as meters:
        wait_until(lambda: meters.records > 0)
    taken = offsets(engine)
    assert set(taken.values()) == {1}
    with taking_in(engine, config_of(cluster, topic, storm_per_second=1), "two"):
        wait_until(lambda: len(offsets(engine)) == 200)
    assert offsets(engine) == {(0, offset): 1 for offset in range(200)}


@pytest.mark.soak
def test_a_million_signals_of_a_hundred_conditions_are_a_hundred_alerts_in_bounded_memory(
    cluster: Cluster, engine: Engine
) -> None:
    topic, count = cluster.topic("million", 4), 1_000_000
    values = [alert(n, 100) for n in range(100)]
    with cluster.producing() as producer:
        for number in range(count):
            producer.send(topic, values[number % 100], partition=number % 4)
        producer.flush()
    with taking_in(engine, config_of(cluster, topic)) as meters:
        wait_until(lambda: meters.records >= count // 10, 600)
        early = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        wait_until(lambda: meters.records == count, 3_600)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < early + 100 * 1024
    assert len(facts(engine, SignalReceived)) == 100
    assert len(facts(engine, IncidentOpened)) == 1
    assert meters.signals + meters.duplicates == count
    assert offsets(engine) == {(part, offset): 1 for part in range(4) for offset in range(count // 4)}
