"""Consumers that are killed, stopped and woken again: every record is taken in once."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from functools import partial
from pathlib import Path
from random import Random

import pytest

from consumers.kafka.config import KafkaConfig
from tests.support.broker import Cluster
from tests.support.engines import alert_body
from tests.support.kafka import cluster, config_of, consume, taken
from tests.support.processes import Child, Children, wait_until
from tests.support.use_cases import make_home

__all__ = ["cluster"]

PATIENCE_S = 90


def alert(number: int) -> bytes:
    return json.dumps(alert_body(f"Alert{number % 50}", groupKey=str(number % 50))).encode()


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return make_home(tmp_path / "home")


def written(cluster: Cluster, topic: str, count: int, partitions: int, first: int = 0) -> None:
    for part in range(partitions):
        values = (alert(n) for n in range(first + part, first + count, partitions))
        cluster.produce(topic, *values, partition=part)


def started(child: Child) -> bool:
    assert child.process.poll() is None, child.output()
    return "Taking in" in child.output()


def reached(home: Path, count: int) -> bool:
    return len(taken(home)) >= count


def all_once(home: Path, count: int) -> None:
    came = Counter(taken(home))
    assert len(came) == count
    assert set(came.values()) == {1}


def kill_and_count(cluster: Cluster, children: Children, home: Path, kills: int, records: int) -> None:
    """Have two consumers take a topic in, one of them killed again and again."""
    topic = cluster.topic("killed", 4)
    config = config_of(cluster, topic)
    random = Random(kills)
    running = {name: consume(children, home, config, name) for name in ("one", "two")}
    for turn in range(kills):
        written(cluster, topic, records, 4, first=turn * records)
        name = random.choice(sorted(running))
        wait_until(partial(started, running[name]))
        # Anywhere: while it joins, takes over, decodes, records, or after a commit that nobody was told of.
        if random.random() < 0.7:
            wanted = min(len(taken(home)) + 1, (turn + 1) * records)
            wait_until(partial(reached, home, wanted), PATIENCE_S)
        running[name].kill()
        running[name] = consume(children, home, config, name)
    wait_until(lambda: len(taken(home)) >= kills * records, PATIENCE_S, "everything is taken in")
    all_once(home, kills * records)
    for child in running.values():
        wait_until(partial(started, child))
        assert child.stop(30) == 0, child.output()


def test_every_record_is_taken_in_once_though_consumers_are_killed(
    cluster: Cluster, children: Children, ledger: Path
) -> None:
    kill_and_count(cluster, children, ledger, kills=5, records=40)


@pytest.mark.soak
def test_every_record_is_taken_in_once_though_consumers_are_killed_a_hundred_times(
    cluster: Cluster, children: Children, ledger: Path
) -> None:
    kill_and_count(cluster, children, ledger, kills=100, records=400)


def test_a_consumer_that_was_stopped_and_wakes_again_is_refused_what_another_took_over(
    cluster: Cluster, children: Children, ledger: Path
) -> None:
    topic = cluster.topic("zombie")
    config = config_of(cluster, topic)
    written(cluster, topic, 20, 1)
    first = consume(children, ledger, config, "first")
    wait_until(lambda: len(taken(ledger)) == 20, PATIENCE_S)
    os.kill(first.pid, signal.SIGSTOP)
    written(cluster, topic, 20, 1, first=20)
    second = consume(children, ledger, config, "second")
    wait_until(lambda: len(taken(ledger)) == 40, PATIENCE_S)
    os.kill(first.pid, signal.SIGCONT)
    written(cluster, topic, 20, 1, first=40)
    wait_until(lambda: len(taken(ledger)) == 60, PATIENCE_S)
    for child in (first, second):
        assert child.stop(30) == 0, child.output()
    all_once(ledger, 60)


def test_two_processes_of_one_name_are_told_apart(cluster: Cluster, children: Children, ledger: Path) -> None:
    topic = cluster.topic("named")
    config: KafkaConfig = config_of(cluster, topic)
    first = consume(children, ledger, config, "same")
    written(cluster, topic, 1, 1)
    wait_until(lambda: len(taken(ledger)) == 1, PATIENCE_S)
    second = consume(children, ledger, config, "same")
    assert first.wait(PATIENCE_S) == 69
    assert "another process goes by the name same" in first.output()
    written(cluster, topic, 1, 1)
    wait_until(lambda: len(taken(ledger)) == 2, PATIENCE_S)
    assert second.stop(30) == 0, second.output()
