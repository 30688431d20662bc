"""Signals from Apache Kafka to durable signed facts, against a loop that only consumes them."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from application.engine import Engine
from application.reading import recorded
from benchmarks.homes import new_home
from benchmarks.table import Table
from domain.alert_facts import SignalReceived
from domain.facts import NAMES
from domain.source_facts import DeliveriesAggregated, DeliveryReceived
from tallystick.wiring import open_engine
from tests.support.broker import Broker, Cluster
from tests.support.kafka import config_of, consume, taking_in
from tests.support.processes import Children, wait_until

RECORDS = 20_000
CONDITIONS = 100
SIZE = 500
PROBES = 200
STORM = 1_000_000
USUAL, NEVER = 200, 1_000_000
"""Above how many signals a second repetitions are told together: as configured by default, and never here."""
PER_SECOND = 100


def measure() -> Table:
    """Return the section on signals from Kafka."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=".") as folder:
        children = Children(Path(folder).absolute() / "children")
        try:
            cluster = Cluster(Broker(children, Path(folder).absolute() / "broker").servers)
            return _measured(cluster)
        finally:
            children.stop()


def _measured(cluster: Cluster) -> Table:
    rows: list[tuple[str, ...]] = []
    for case, fresh, storm in (
        ("new episodes", True, NEVER),
        (f"{CONDITIONS} conditions, repeated, each told by itself", False, NEVER),
        (f"{CONDITIONS} conditions, repeated, a storm", False, USUAL),
    ):
        topic = cluster.topic("bench")
        cluster.produce(topic, *(_message(n, fresh=fresh) for n in range(RECORDS)))
        bare = _bare(cluster, topic)
        rate, processor = _taken(cluster, topic, storm)
        shares = f"{rate / bare:.3f}", f"{processor * 1e6:,.0f} µs"
        rows.append((case, f"{bare:,.0f}/s", f"{rate:,.0f}/s", *shares))
    latencies = _latencies(cluster)
    p50, p99 = (f"{latencies[int(len(latencies) * share)] * 1000:.0f} ms" for share in (0.5, 0.99))
    rows.append((f"produced until recorded, {PER_SECOND} a second", "", "", "", f"p50 {p50}, p99 {p99}"))
    rows += _million(cluster)
    return Table(
        "Signals from Kafka",
        f"One consumer, messages of {SIZE} bytes with one alert each, the broker on the same machine; each message is "
        "encrypted and kept, and its facts are signed and on disk. In a storm repetitions are told together, each still "
        "committed to. The baseline only consumes. Aim: 5,000/s.",
        ("case", "consumed alone", "taken in", "ratio", "processor time each"),
        rows,
    )


def _message(number: int, *, fresh: bool) -> bytes:
    condition = number % CONDITIONS
    start = number // CONDITIONS if fresh else 0
    alert = {
        "status": "firing",
        "labels": {"alertname": f"Alert{condition}", "service": "checkout", "severity": "warning"},
        "annotations": {"summary": ""},
        "startsAt": f"2026-03-01T{start // 3600:02d}:{start // 60 % 60:02d}:{start % 60:02d}Z",
        "endsAt": "0001-01-01T00:00:00Z",
    }
    body: dict[str, Any] = {"version": "4", "groupKey": f"g{condition}", "alerts": [alert]}
    alert["annotations"] = {"summary": "x" * (SIZE - len(json.dumps(body)))}
    return json.dumps(body).encode()


def _bare(cluster: Cluster, topic: str) -> float:
    consumer = KafkaConsumer(bootstrap_servers=cluster.servers, enable_auto_commit=False)
    place = TopicPartition(topic, 0)
    try:
        consumer.assign([place])
        consumer.seek(place, 0)
        seen, start = 0, time.perf_counter()
        while seen < RECORDS:
            seen += sum(map(len, consumer.poll(500).values()))
        return RECORDS / (time.perf_counter() - start)
    finally:
        consumer.close()


def _million(cluster: Cluster) -> Iterator[tuple[str, ...]]:
    """Yield what a storm of a million signals comes to in a process of its own, and how much memory it takes."""
    topic = cluster.topic("million", 4)
    values = [_message(number, fresh=False) for number in range(CONDITIONS)]
    with cluster.producing() as producer:
        for number in range(STORM):
            producer.send(topic, values[number % CONDITIONS], partition=number % 4)
        producer.flush()
    with new_home() as settings, open_engine(settings) as engine:
        children = Children(settings.home.absolute() / "children")
        config = config_of(cluster, topic, storm_per_second=USUAL)
        try:
            begun = time.perf_counter()
            child = consume(children, settings.home.absolute(), config, "one")
            early = _peak_once(engine, child.pid, STORM // 10)
            late = _peak_once(engine, child.pid, STORM)
            seconds = time.perf_counter() - begun
        finally:
            children.stop()
        alerts = len(engine.store.rows_of_type([NAMES[SignalReceived]], 0, -1))
        facts = engine.store.head().size
    what = f"{alerts} alerts, {facts:,} facts in the log"
    yield f"a storm of {STORM:,}, its start included", "", f"{STORM / seconds:,.0f}/s", "", what
    memory = f"{early / 1024:.0f} MiB after {STORM // 10:,}, {late / 1024:.0f} MiB after all"
    yield "the most memory of its process", "", "", "", memory


def _peak_once(engine: Engine, pid: int, count: int) -> int:
    """Return the most memory that a process had, in KiB, once so many records of the storm are recorded."""
    wait_until(lambda: _recorded(engine) >= count, 3_600, f"{count} records are recorded")
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


def _recorded(engine: Engine) -> int:
    time.sleep(0.5)
    single = len(engine.store.rows_of_type([NAMES[DeliveryReceived]], 0, -1))
    told = engine.store.rows_of_type([NAMES[DeliveriesAggregated]], 0, -1)
    facts = (recorded(row).fact for row in told)
    return single + sum(fact.count for fact in facts if isinstance(fact, DeliveriesAggregated))


def _taken(cluster: Cluster, topic: str, storm: int) -> tuple[float, float]:
    """Return records a second and seconds of processor time for each."""
    with new_home() as settings, open_engine(settings) as engine:
        config = config_of(cluster, topic, storm_per_second=storm)
        with taking_in(engine, config) as meters:
            wait_until(lambda: meters.records > 0, 60)
            first, start, processor = meters.records, time.perf_counter(), time.process_time()
            wait_until(lambda: meters.records == RECORDS, 600)
            taken = RECORDS - first
            return taken / (time.perf_counter() - start), (time.process_time() - processor) / taken


def _latencies(cluster: Cluster) -> list[float]:
    """Return the seconds from producing an alert to its being recorded, in order of size."""
    topic = cluster.topic("latency")
    found: list[float] = []
    config = config_of(cluster, topic)
    with new_home() as settings, open_engine(settings) as engine, taking_in(engine, config) as meters:
        wait_until(lambda: meters.rebalances > 0, 60)
        with cluster.producing() as producer:
            for number in range(PROBES):
                began = time.perf_counter()
                producer.send(topic, _message(number, fresh=True)).get(30)
                while meters.records <= number:
                    time.sleep(0.0005)
                found.append(time.perf_counter() - began)
                time.sleep(max(0.0, 1 / PER_SECOND - (time.perf_counter() - began)))
    return sorted(found)
