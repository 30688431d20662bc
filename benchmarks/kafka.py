"""Signals from Apache Kafka to durable signed facts, against a loop that only consumes them."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from benchmarks.homes import new_home
from benchmarks.table import Table
from tallystick.wiring import open_engine
from tests.support.broker import Broker, Cluster
from tests.support.kafka import config_of, taking_in
from tests.support.processes import Children, wait_until

RECORDS = 20_000
CONDITIONS = 100
SIZE = 500
PROBES = 200
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
    for case, fresh in (("new episodes", True), (f"{CONDITIONS} conditions, repeated", False)):
        topic = cluster.topic("bench")
        cluster.produce(topic, *(_message(n, fresh=fresh) for n in range(RECORDS)))
        bare = _bare(cluster, topic)
        rate, processor = _taken(cluster, topic)
        shares = f"{rate / bare:.3f}", f"{processor * 1e6:,.0f} µs"
        rows.append((case, f"{bare:,.0f}/s", f"{rate:,.0f}/s", *shares))
    latencies = _latencies(cluster)
    p50, p99 = (f"{latencies[int(len(latencies) * share)] * 1000:.0f} ms" for share in (0.5, 0.99))
    rows.append((f"produced until recorded, {PER_SECOND} a second", "", "", "", f"p50 {p50}, p99 {p99}"))
    return Table(
        "Signals from Kafka",
        f"One consumer, messages of {SIZE} bytes with one alert each, the broker on the same machine; each message is "
        "encrypted and kept, and its facts are signed and on disk. The baseline only consumes. Aim: 5,000/s.",
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


def _taken(cluster: Cluster, topic: str) -> tuple[float, float]:
    """Return records a second and seconds of processor time for each."""
    with new_home() as settings, open_engine(settings) as engine:
        config = config_of(cluster, topic)
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
