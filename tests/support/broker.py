"""A real Apache Kafka for tests: one node in KRaft mode, on loopback, started and ended by its id.

``KAFKA_BOOTSTRAP_SERVERS`` names a broker that is there already; otherwise `tests.support.jars` has its jars.
"""

from __future__ import annotations

import base64
import subprocess
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic
from kafka.errors import KafkaError

from tests.support.jars import jars
from tests.support.processes import Child, Children, accepts, free_port, wait_until

SERVERS = "KAFKA_BOOTSTRAP_SERVERS"

LOGGING = """status = error
appender.file.type = File
appender.file.name = file
appender.file.fileName = ${sys:kafka.logs.dir}/server.log
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d %p %c %m%n
rootLogger.level = warn
rootLogger.appenderRef.file.ref = file
"""


class Broker:
    """A broker whose data is in ``folder``; it may be killed and started again.

    ``keeper`` goes in front of its command: who shares it has it kept by another process.
    """

    def __init__(self, children: Children, folder: Path, keeper: Sequence[str] = ()) -> None:
        self._children, self._folder, self._keeper = children, folder, keeper
        self._libs = jars()
        self.port, controller = free_port(), free_port()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "log4j2.properties").write_text(LOGGING)
        (folder / "server.properties").write_text(_properties(folder, self.port, controller))
        self._format()
        self.child: Child = self.start()

    @property
    def servers(self) -> str:
        """Its address."""
        return f"127.0.0.1:{self.port}"

    @property
    def data(self) -> Path:
        """The folder of its logs, one of each partition in it."""
        return self._folder / "data"

    def start(self) -> Child:
        """Start it, again if it was ended, and return once it answers."""
        self.child = self._children.start(
            *self._keeper,
            "java",
            "-Xmx512m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            *self._java(),
            "kafka.Kafka",
            self._folder / "server.properties",
        )
        wait_until(lambda: accepts(self.port) or self._died(), 60, "the broker listens")
        wait_until(self._answers, 60, "the broker answers")
        return self.child

    def _java(self) -> Sequence[str]:
        return (
            f"-Dkafka.logs.dir={self._folder}",
            f"-Dlog4j2.configurationFile={self._folder / 'log4j2.properties'}",
            "-cp",
            f"{self._libs}/*",
        )

    def _format(self) -> None:
        ident = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        command = ["java", *self._java(), "kafka.tools.StorageTool", "format", "--standalone"]
        done = subprocess.run(
            [*command, "-t", ident.replace("-", "a"), "-c", str(self._folder / "server.properties")],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def _died(self) -> bool:
        status = self.child.process.poll()
        assert status is None, f"the broker ended with {status}:\n{self.child.output()}"
        return False

    def _answers(self) -> bool:
        try:
            admin = KafkaAdminClient(bootstrap_servers=self.servers)
        except KafkaError:
            return False
        try:
            return bool(admin.describe_cluster()["brokers"])
        except KafkaError:
            return False
        finally:
            admin.close()


def _properties(folder: Path, port: int, controller: int) -> str:
    listeners = f"PLAINTEXT://127.0.0.1:{port}"
    return "\n".join(
        (
            "process.roles=broker,controller",
            "node.id=1",
            f"controller.quorum.bootstrap.servers=127.0.0.1:{controller}",
            f"listeners={listeners},CONTROLLER://127.0.0.1:{controller}",
            f"advertised.listeners={listeners}",
            "controller.listener.names=CONTROLLER",
            "listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
            f"log.dirs={folder / 'data'}",
            "offsets.topic.replication.factor=1",
            "transaction.state.log.replication.factor=1",
            "transaction.state.log.min.isr=1",
            "share.coordinator.state.topic.replication.factor=1",
            "share.coordinator.state.topic.min.isr=1",
            "offsets.topic.num.partitions=1",
            "transaction.state.log.num.partitions=1",
            "group.initial.rebalance.delay.ms=0",
            "group.min.session.timeout.ms=1000",
            # One that was killed comes back only when the controller no longer waits for the one before.
            "broker.session.timeout.ms=1000",
            "broker.heartbeat.interval.ms=200",
            "message.max.bytes=10485760",
            "auto.create.topics.enable=false",
            "",
        )
    )


class Cluster:
    """A broker to ask, whoever started it, with topics of names that nobody else has."""

    def __init__(self, servers: str) -> None:
        self.servers = servers

    def topic(self, word: str, partitions: int = 1, **settings: str) -> str:
        """Return the name of a new topic."""
        name = f"{word}-{uuid.uuid4().hex[:12]}"
        self.create(name, partitions, **settings)
        return name

    def create(self, name: str, partitions: int = 1, **settings: str) -> None:
        """Make a topic, and wait until all know it; ``settings`` are its own, with ``_`` for ``.``."""
        given = {key.replace("_", "."): value for key, value in settings.items()}
        with self.admin() as admin:
            admin.create_topics([NewTopic(name, partitions, 1, topic_configs=given)])
        wait_until(lambda: self.partitions(name) == partitions, 30, f"{name} has its partitions")

    def partitions(self, topic: str) -> int:
        """Return how many partitions of a topic have a leader."""
        with self.admin() as admin:
            (row,) = admin.describe_topics([topic])
        return sum(1 for part in row["partitions"] if part["leader_id"] >= 0)

    def admin(self) -> KafkaAdminClient:
        """Return an administrator; close it, or use it as a block."""
        return KafkaAdminClient(bootstrap_servers=self.servers)

    def produce(self, topic: str, *values: bytes, partition: int | None = None, **more: object) -> None:
        """Write records, each acknowledged."""
        with self.producing() as producer:
            for sent in [producer.send(topic, value, partition=partition, **more) for value in values]:
                sent.get(timeout=30)

    @contextmanager
    def producing(self) -> Iterator[KafkaProducer]:
        """Give a producer whose records every replica has before they are acknowledged."""
        producer = KafkaProducer(bootstrap_servers=self.servers, acks="all", max_request_size=9_000_000)
        try:
            yield producer
        finally:
            producer.close()

    def read(self, topic: str, count: int) -> list[Any]:
        """Return the first ``count`` records of partition 0, waiting for them."""
        consumer = KafkaConsumer(bootstrap_servers=self.servers, consumer_timeout_ms=20_000)
        place = TopicPartition(topic, 0)
        try:
            consumer.assign([place])
            consumer.seek(place, 0)
            return list(islice(consumer, count))
        finally:
            consumer.close()
