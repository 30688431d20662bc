"""Everything at once, reconciled: what was produced is what was taken in and what was quarantined."""

from __future__ import annotations

import json
import sqlite3
import time
from collections import Counter
from contextlib import closing
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from application.dead_letters import dead_letters
from application.engine import Engine
from domain.alert_facts import SignalDeduplicated, SignalReceived
from domain.source_facts import DeliveryReceived
from tests.support.broker import Cluster
from tests.support.engines import alert_body
from tests.support.kafka import cluster, config_of, consume
from tests.support.processes import Child, Children, wait_until
from tests.support.use_cases import make_home, open_home, whole_log

__all__ = ["cluster"]

PATIENCE_S = 90
PARTS = 4


def alert(number: int) -> bytes:
    return json.dumps(alert_body(f"Alert{number}", groupKey=str(number))).encode()


def facts(engine: Engine, kind: type) -> list[Any]:
    return [item.fact for item in whole_log(engine) if isinstance(item.fact, kind)]


class Sent:
    """Mixed messages that were produced, and by partition and offset the alerts in each, -1 in poison."""

    def __init__(self, cluster: Cluster, topic: str, seed: int) -> None:
        self._cluster, self._topic, self._random = cluster, topic, Random(seed)
        self._bodies: list[tuple[bytes, int]] = []
        self.alerts: dict[tuple[int, int], int] = {}

    def more(self, count: int) -> None:
        with self._cluster.producing() as producer:
            sent = []
            for _ in range(count):
                body, alerts = self._next()
                part = self._random.randrange(PARTS)
                sent.append((part, alerts, producer.send(self._topic, body, partition=part)))
            for part, alerts, future in sent:
                self.alerts[part, future.get(timeout=60).offset] = alerts

    def _next(self) -> tuple[bytes, int]:
        chance = self._random.random()
        if chance < 0.1 and self._bodies:
            return self._random.choice(self._bodies)  # a producer that sends again
        number = len(self._bodies)
        if chance < 0.2:
            made = self._random.choice((b"", b"\xff\xfe", b"{", b"[" * 50_000, b'{"alerts": 7}')), -1
        elif chance < 0.3:
            count = self._random.randrange(2, 12)
            body = alert_body(f"Batch{number}", groupKey=str(number))
            (one,) = body["alerts"]
            labels = [
                {**one["labels"], "alertname": f"Batch{number % 40}", "pod": str(n)} for n in range(count)
            ]
            made = json.dumps({**body, "alerts": [{**one, "labels": it} for it in labels]}).encode(), count
        else:
            made = alert(number % 500), 1
        self._bodies.append(made)
        return made


def far(home: Path) -> int:
    """Return up to where all partitions were taken in, together."""
    with closing(sqlite3.connect(f"{(home / 'ledger.db').as_uri()}?mode=ro", uri=True)) as ledger:
        (count,) = ledger.execute("SELECT coalesce(sum(next_offset), 0) FROM source_offset").fetchone()
    return int(count)


def reconcile(home: Path, sent: Sent) -> str:
    """Check that what was produced is what was taken in and quarantined, offset by offset; return figures."""
    with open_home(home) as engine:
        came = facts(engine, DeliveryReceived)
        places = Counter((fact.origin.partition, fact.origin.offset) for fact in came)
        assert set(places.values()) == {1}
        assert {place: alerts for place, alerts in sent.alerts.items() if alerts >= 0} == {
            (fact.origin.partition, fact.origin.offset): fact.alerts for fact in came if fact.alerts
        }
        dead = {
            (it.origin.partition, it.origin.offset) for it in dead_letters(engine) if it.origin is not None
        }
        assert dead == {place for place, alerts in sent.alerts.items() if alerts < 0}
        assert set(places) == set(sent.alerts)
        signals, again = len(facts(engine, SignalReceived)), len(facts(engine, SignalDeduplicated))
        assert signals + again == sum(alerts for alerts in sent.alerts.values() if alerts > 0)
    said = f"{len(sent.alerts)} produced = {len(came) - len(dead)} taken in + {len(dead)} quarantined"
    return f"{said}; {signals} signals and {again} repetitions"


def reaches(home: Path, count: int) -> bool:
    return far(home) >= count


def stopped(child: Child) -> None:
    """Have a consumer end as an operator does, once it runs."""
    wait_until(lambda: child.process.poll() is not None or "Taking in" in child.output(), PATIENCE_S)
    assert child.stop(60) == 0, child.output()


def kill_and_reconcile(cluster: Cluster, children: Children, home: Path, messages: int, turns: int) -> None:
    """Have two consumers take mixed messages in while they are killed, stopped, and joined by a third."""
    topic, random = cluster.topic("mixed", PARTS), Random(messages)
    config, sent = config_of(cluster, topic), Sent(cluster, topic, messages)
    cluster.create(f"{topic}.dlq")  # without it a consumer waits for it when it is stopped
    running = {name: consume(children, home, config, name) for name in ("one", "two")}
    for turn in range(turns):
        sent.more(messages // turns)
        wait_until(partial(reaches, home, turn * messages // turns + 1), PATIENCE_S)
        time.sleep(random.uniform(0, 1))
        name = random.choice(sorted(running))
        if random.random() < 0.3:
            stopped(running[name])
        else:
            running[name].kill()
        running[name] = consume(children, home, config, name)
        if turn % 3 == 1:
            ended = running.pop("three", None)
            if ended is None:
                running["three"] = consume(children, home, config, "three")
            else:
                stopped(ended)
    wait_until(partial(reaches, home, messages), 600, "everything is taken in")
    for child in running.values():
        stopped(child)
    print(reconcile(home, sent))


def test_mixed_messages_are_reconciled_by_their_offsets_though_consumers_come_and_go(
    cluster: Cluster, children: Children, home: Path
) -> None:
    kill_and_reconcile(cluster, children, make_home(home), messages=300, turns=2)


@pytest.mark.soak
def test_fifty_thousand_mixed_messages_are_reconciled_by_their_offsets_though_consumers_come_and_go(
    cluster: Cluster, children: Children, home: Path
) -> None:
    kill_and_reconcile(cluster, children, make_home(home), messages=50_000, turns=20)
