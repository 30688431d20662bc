"""Kafka for tests: the cluster as a session fixture, and an intake of it in this process or in its own."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from application.engine import Engine
from application.reading import recorded
from consumers.kafka.config import KafkaConfig, Topic
from consumers.kafka.intake import KafkaIntake
from consumers.kafka.meters import Meters
from consumers.kafka.session import Setting
from domain.facts import NAMES
from domain.source_facts import DeliveryReceived
from ledger.store.contract import Reader
from tallystick.consuming import sources_of
from tallystick.home import Home
from tallystick.tokens import INTAKE
from tallystick.wiring import open_store
from tests.support.broker import SERVERS, Broker, Cluster
from tests.support.once import common
from tests.support.processes import Child, Children
from tests.support.shared import Started, shared

SESSION_MS = 1_500


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Return the cluster of the run, ours unless the environment names one; all workers share it."""
    given = os.environ.get(SERVERS)
    if given:
        yield Cluster(given)
        return
    with shared(common(tmp_path_factory) / "kafka", _broker) as servers:
        yield Cluster(servers)


def _broker(folder: Path, keeper: Sequence[str]) -> Started:
    broker = Broker(Children(folder / "children"), folder / "broker", keeper)
    return broker.child, broker.servers


def config_of(cluster: Cluster, *topics: str, form: str = "alertmanager", **changes: object) -> KafkaConfig:
    """Return a configuration that takes in these topics from their beginning, in a group of their own."""
    usual = KafkaConfig(
        schema_version=1,
        brokers=(cluster.servers,),
        topics=tuple(Topic(topic=name, source=form, format=form, start="earliest") for name in topics),
        group=f"group-{topics[0]}",
        session_timeout_ms=SESSION_MS,
        storm_per_second=1_000_000,
    )
    return msgspec.structs.replace(usual, **changes)


def intake_of(engine: Engine, config: KafkaConfig, instance: str, meters: Meters) -> KafkaIntake:
    """Return an intake as `tallystick consume` makes it."""
    return KafkaIntake(
        Setting(
            engine=engine,
            config=config,
            sources=sources_of(config),
            instance=instance,
            principal=INTAKE,
            meters=meters,
        )
    )


@contextmanager
def taking_in(engine: Engine, config: KafkaConfig, instance: str = "one") -> Iterator[Meters]:
    """Run an intake in a thread of this process until the end of the block."""
    meters, failed = Meters(), list[BaseException]()
    intake = intake_of(engine, config, instance, meters)

    def run() -> None:
        try:
            intake.run()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield meters
    finally:
        intake.stop()
        thread.join(30)
    if failed:
        raise failed[0]
    assert not thread.is_alive()


def consume(children: Children, home: Path, config: KafkaConfig, instance: str) -> Child:
    """Start `tallystick consume` on a home as a process of its own."""
    write_config(home, config)
    command = ("-m", "tallystick", "consume", "--home", home, "--instance", instance)
    return children.start(sys.executable, *command)


def write_config(home: Path, config: KafkaConfig) -> None:
    """Have ``config/kafka.yaml`` say so, unless it does: another process may be reading it. JSON is YAML."""
    file, data = home / "config" / "kafka.yaml", msgspec.json.encode(config)
    if not file.exists() or file.read_bytes() != data:
        file.write_bytes(data)


def origins(store: Reader) -> Sequence[tuple[str, int, int]]:
    """Return topic, partition and offset of every record that was taken in, in the order of the log."""
    rows = store.rows_of_type([NAMES[DeliveryReceived]], 0, -1)
    came = (fact.origin for row in rows if isinstance(fact := recorded(row).fact, DeliveryReceived))
    return [(it.topic, it.partition, it.offset) for it in came if it is not None]


def taken(home: Path) -> Sequence[tuple[str, int, int]]:
    """Return the same of a home that other processes write to."""
    store = open_store(Home(home))
    try:
        return origins(store)
    finally:
        store.close()
