"""Apache Kafka: each record is taken in exactly once, in order, with where it came from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from application.engine import Engine
from domain.alert_facts import SignalReceived
from domain.source_facts import DeliveryReceived, SignalRejected
from tests.support.broker import Cluster
from tests.support.engines import alert_body
from tests.support.kafka import cluster, config_of, origins, taking_in
from tests.support.processes import wait_until
from tests.support.use_cases import make_home, open_home, whole_log

__all__ = ["cluster"]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with open_home(make_home(tmp_path / "home")) as opened:
        yield opened


def alert(number: int) -> bytes:
    return json.dumps(alert_body(f"Alert{number}", groupKey=str(number))).encode()


def facts(engine: Engine, kind: type) -> list[object]:
    return [item.fact for item in whole_log(engine) if isinstance(item.fact, kind)]


def test_records_become_facts_once_and_in_order_and_say_where_they_came_from(
    cluster: Cluster, engine: Engine
) -> None:
    topic = cluster.topic("alerts", 2)
    cluster.produce(topic, *(alert(n) for n in range(20)), partition=0)
    cluster.produce(
        topic, *(alert(n) for n in range(20, 30)), partition=1, key=b"k", headers=[("h", b"\xff")]
    )
    config = config_of(cluster, topic)
    with taking_in(engine, config) as meters:
        wait_until(lambda: meters.records == 30)
    expected = {(topic, 0, offset) for offset in range(20)} | {(topic, 1, offset) for offset in range(10)}
    assert set(origins(engine)) == expected
    assert len(origins(engine)) == 30
    first = [offset for name, partition, offset in origins(engine) if partition == 0]
    assert first == sorted(first)
    assert len(facts(engine, SignalReceived)) == 30
    with taking_in(engine, config, "two") as again:
        cluster.produce(topic, alert(30), partition=0)
        wait_until(lambda: again.records == 1)
    assert origins(engine)[-1] == (topic, 0, 20)


def test_what_cannot_be_read_is_kept_and_does_not_stop_the_topic(cluster: Cluster, engine: Engine) -> None:
    topic = cluster.topic("poison")
    deep = b"[" * 100_000
    numbers = b'{"alerts": [], "n": NaN}', b'{"alerts": [], "n": ' + b"9" * 30 + b"}"
    bad = (b"\xff\xfe", deep, b'{"alerts": [], "alerts": []}', b"", *numbers)
    cluster.produce(topic, alert(1), *bad, alert(2))
    with taking_in(engine, config_of(cluster, topic)) as meters:
        wait_until(lambda: meters.records == len(bad) + 2)
    came = facts(engine, DeliveryReceived)
    assert len(came) == len(bad) + 2
    assert len(facts(engine, SignalReceived)) == 2
    assert len(facts(engine, SignalRejected)) == meters.quarantined == len(bad) - 1
