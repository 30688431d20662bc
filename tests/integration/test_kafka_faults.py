"""Producers that send twice, a broker that loses what it acknowledged, and everything at once, reconciled."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from application.engine import Engine
from consumers.kafka.config import Topic
from domain.alert_facts import SignalDeduplicated, SignalReceived
from domain.source_facts import DeliveryReceived, SourceGapFound
from tests.support.broker import Broker, Cluster
from tests.support.commandline import Tally
from tests.support.engines import alert_body
from tests.support.kafka import cluster, config_of, consume, origins, taken, taking_in
from tests.support.processes import Child, Children, wait_until
from tests.support.use_cases import make_home, open_home, whole_log

__all__ = ["cluster"]

PATIENCE_S = 90


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return make_home(tmp_path / "home")


@pytest.fixture
def engine(ledger: Path) -> Iterator[Engine]:
    with open_home(ledger) as opened:
        yield opened


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    folder = tmp_path_factory.mktemp("private")
    children = Children(folder / "children")
    try:
        yield Broker(children, folder / "broker")
    finally:
        children.stop()


@pytest.fixture
def own(private: Broker) -> Broker:
    """A running broker that no other module uses, so that it may be broken."""
    if private.child.process.poll() is not None:
        private.start()
    return private


def alert(number: int) -> bytes:
    return json.dumps(alert_body(f"Alert{number}", groupKey=str(number))).encode()


def facts(engine: Engine, kind: type) -> list[Any]:
    return [item.fact for item in whole_log(engine) if isinstance(item.fact, kind)]


def repeats(engine: Engine, count: int) -> None:
    """Check that there is one signal, and that each delivery after it says whose repetition it is."""
    (first,) = facts(engine, SignalReceived)
    again = facts(engine, SignalDeduplicated)
    assert [(fact.duplicate_of, fact.count) for fact in again] == [
        (first.signal_id, number) for number in range(1, count + 1)
    ]
    deliveries = [fact.delivery_id for fact in facts(engine, DeliveryReceived)]
    assert [fact.delivery_id for fact in (first, *again)] == deliveries


def test_what_a_producer_sends_again_is_a_delivery_that_repeats(cluster: Cluster, engine: Engine) -> None:
    topic = cluster.topic("retried")
    for _ in range(3):
        cluster.produce(topic, alert(1))
    with taking_in(engine, config_of(cluster, topic)) as meters:
        wait_until(lambda: meters.records == 3)
        assert (meters.signals, meters.duplicates) == (1, 2)
    repeats(engine, 2)
    assert [offset for _, _, offset in origins(engine.store)] == [0, 1, 2]


def test_an_event_that_comes_twice_by_source_and_id_repeats_in_whichever_mode(
    cluster: Cluster, engine: Engine
) -> None:
    topic = cluster.topic("events")
    data = {"state": "firing", "labels": {"alertname": "DiskFull", "service": "database"}}
    named = {
        "specversion": "1.0",
        "id": "A234",
        "source": "/checks/disk",
        "subject": "db-1",
        "type": "disk.state",
        "time": "2026-03-01T02:10:00Z",
    }
    binary = [(f"ce_{name}", text.encode()) for name, text in named.items()]
    structured = json.dumps({**named, "data": data}).encode()
    json_type = ("content-type", b"application/json")
    events_type = ("content-type", b"application/cloudevents+json")
    cluster.produce(topic, json.dumps(data).encode(), headers=[*binary, json_type])
    cluster.produce(topic, structured, structured, headers=[events_type])
    with taking_in(engine, config_of(cluster, topic, form="cloudevents")) as meters:
        wait_until(lambda: meters.records == 3)
    repeats(engine, 2)


def test_a_copy_of_the_topic_from_another_cluster_repeats_what_the_first_told(
    cluster: Cluster, engine: Engine
) -> None:
    topic = cluster.topic("mirrored")
    copy = f"west.{topic}"  # as MirrorMaker names it
    cluster.create(copy)
    cluster.produce(topic, alert(1), key=b"k", headers=[("traceparent", b"00-1")])
    config = config_of(cluster, topic, copy)
    rows = tuple(
        Topic(topic=name, source="alertmanager", format="alertmanager", start="earliest")
        for name in (topic, copy)
    )
    assert config.topics == rows
    with taking_in(engine, config) as meters:
        wait_until(lambda: meters.records == 1)
        cluster.produce(copy, alert(1), key=b"k", headers=[("traceparent", b"00-1")])
        wait_until(lambda: meters.records == 2)
    repeats(engine, 1)
    assert origins(engine.store) == [(topic, 0, 0), (copy, 0, 0)]


def test_a_broker_that_is_killed_and_comes_back_is_read_on(
    own: Broker, children: Children, ledger: Path
) -> None:
    cluster = Cluster(own.servers)
    topic = cluster.topic("restarted", 2)
    for part in range(2):
        cluster.produce(topic, *(alert(n) for n in range(10)), partition=part)
    child = consume(children, ledger, config_of(cluster, topic), "one")
    wait_until(lambda: len(taken(ledger)) == 20, PATIENCE_S)
    own.child.kill()
    own.start()
    for part in range(2):
        cluster.produce(topic, *(alert(n) for n in range(10)), partition=part)
    wait_until(lambda: len(taken(ledger)) == 40, PATIENCE_S)
    assert child.stop(30) == 0, child.output()
    assert len(set(taken(ledger))) == 40


def lose(broker: Broker, topic: str, kept: int) -> None:
    """Cut a killed broker's log after ``kept`` batches, as a disk does that had not written the rest."""
    folder = broker.data / f"{topic}-0"
    (log,) = folder.glob("*.log")
    data, end = log.read_bytes(), 0
    for _ in range(kept):
        end += 12 + int.from_bytes(data[end + 8 : end + 12], "big")  # first offset, length of the rest
    log.write_bytes(data[:end])
    for index in folder.glob("*index"):
        index.unlink()


def gap_of(home: Path, child: Child) -> SourceGapFound:
    """Return the one gap that a consumer finds, once it says so."""
    wait_until(lambda: "stands still" in child.output(), PATIENCE_S, "the loss is noticed")
    with open_home(home) as engine:
        (gap,) = facts(engine, SourceGapFound)
    assert isinstance(gap, SourceGapFound)
    return gap


def test_a_log_that_ends_before_what_was_taken_in_is_a_fact_and_stops_that_partition_alone(
    own: Broker, ledger: Path, children: Children
) -> None:
    cluster = Cluster(own.servers)
    topic, other = cluster.topic("lost"), cluster.topic("whole")
    for number in range(4):
        cluster.produce(topic, alert(number))
    child = consume(children, ledger, config_of(cluster, topic, other), "one")
    wait_until(lambda: len(taken(ledger)) == 4, PATIENCE_S)
    own.child.kill()
    lose(own, topic, kept=2)
    own.start()
    gap = gap_of(ledger, child)
    assert (gap.topic, gap.kind, gap.expected_offset, gap.end_offset) == (topic, "truncated", 4, 2)
    cluster.produce(topic, alert(11))
    cluster.produce(other, alert(10))
    wait_until(lambda: len(taken(ledger)) == 5, PATIENCE_S)
    resumed = Tally(ledger)("kafka", "resume", topic, "0", "--at", "2", "--why", "The broker lost two.")
    assert "taken in from 2 on" in resumed.fine().out
    wait_until(lambda: len(taken(ledger)) == 6, PATIENCE_S)
    assert [(name, offset) for name, _, offset in taken(ledger)][4:] == [(other, 0), (topic, 2)]
    assert child.stop(30) == 0, child.output()


def test_a_log_that_was_written_anew_past_what_was_taken_in_is_noticed_all_the_same(
    own: Broker, ledger: Path, children: Children
) -> None:
    cluster = Cluster(own.servers)
    topic = cluster.topic("anew")
    for number in range(4):
        cluster.produce(topic, alert(number))
    child = consume(children, ledger, config_of(cluster, topic, session_timeout_ms=30_000), "one")
    wait_until(lambda: len(taken(ledger)) == 4, PATIENCE_S)
    time.sleep(1)
    os.kill(child.pid, signal.SIGSTOP)  # it sees the broker again only when the log is longer than it was
    own.child.kill()
    lose(own, topic, kept=2)
    own.start()
    for number in range(10, 15):
        cluster.produce(topic, alert(number))
    os.kill(child.pid, signal.SIGCONT)
    gap = gap_of(ledger, child)
    assert (gap.kind, gap.expected_offset, gap.end_offset) == ("truncated", 4, 2)
    assert child.stop(30) == 0, child.output()
    assert len(taken(ledger)) == 4


@pytest.mark.soak
def test_a_broker_that_is_away_for_longer_than_a_stall_is_waited_for(
    own: Broker, ledger: Path, children: Children
) -> None:
    cluster = Cluster(own.servers)
    topic = cluster.topic("away")
    cluster.produce(topic, alert(1))
    child = consume(children, ledger, config_of(cluster, topic, stall_seconds=5), "one")
    wait_until(lambda: len(taken(ledger)) == 1, PATIENCE_S)
    own.child.kill()
    time.sleep(90)
    assert child.process.poll() is None, child.output()
    own.start()
    back = time.monotonic()
    cluster.produce(topic, alert(2))
    wait_until(lambda: len(taken(ledger)) == 2, PATIENCE_S)
    print(f"taken in {time.monotonic() - back:.1f} s after the broker was back")
    assert child.stop(30) == 0, child.output()
