"""Apache Kafka: each record is taken in exactly once, in order, with where it came from."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kafka import TopicPartition
from kafka.coordinator.consumer import ConsumerCoordinator
from kafka.errors import KafkaTimeoutError

from application.engine import Engine
from consumers.errors import TopicMissing
from consumers.format import Format
from consumers.formats import FORMATS
from consumers.kafka.deadletters import DeadLetterBox
from consumers.kafka.health import served
from consumers.kafka.meters import Meters
from consumers.kafka.session import POLL_MS, Session
from consumers.kafka.source import Source
from consumers.message import Message
from domain.alert_facts import SignalReceived
from domain.signal import Delivery
from domain.source_facts import DeliveryReceived, SignalRejected, SourceGapFound, SourceResumed
from tests.support.broker import Cluster
from tests.support.commandline import Tally
from tests.support.engines import alert_body
from tests.support.kafka import (
    cluster,
    config_of,
    intake_of,
    origins,
    taken,
    taking_in,
    write_config,
)
from tests.support.locking import another_holds
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
    assert set(origins(engine.store)) == expected
    assert len(origins(engine.store)) == 30
    first = [offset for name, partition, offset in origins(engine.store) if partition == 0]
    assert first == sorted(first)
    assert len(facts(engine, SignalReceived)) == 30
    with taking_in(engine, config, "two") as again:
        cluster.produce(topic, alert(30), partition=0)
        wait_until(lambda: again.records == 1)
    assert origins(engine.store)[-1] == (topic, 0, 20)


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


def test_a_consumer_that_joins_while_records_flow_takes_a_share_and_nothing_comes_twice(
    cluster: Cluster, tmp_path: Path
) -> None:
    topic = cluster.topic("joined", 4)
    home = make_home(tmp_path / "home")
    config = config_of(cluster, topic)
    with open_home(home) as first, open_home(home) as second, taking_in(first, config, "first") as one:
        for part in range(4):
            cluster.produce(topic, *(alert(n) for n in range(part * 100, part * 100 + 100)), partition=part)
        wait_until(lambda: one.records > 0)
        with taking_in(second, config, "second") as two:
            wait_until(lambda: one.records + two.records >= 400)
            for part in range(4):
                cluster.produce(topic, alert(part), partition=part)
            wait_until(lambda: two.records > 0 and one.records + two.records >= 404)
        came = origins(first.store)
    assert len(came) == len(set(came)) == 404


def test_partitions_that_a_topic_gains_are_taken_in_by_a_consumer_that_runs(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("consumers.kafka.connection.METADATA_MS", 500)
    join = ConsumerCoordinator._do_join_and_sync_async

    async def slow(coordinator: Any) -> bytes:
        """Answer when the poll that asked is over, as a busy broker does."""
        answer: bytes = await join(coordinator)
        await coordinator._manager._net.sleep(2.5 * POLL_MS / 1000)
        return answer

    monkeypatch.setattr(ConsumerCoordinator, "_do_join_and_sync_async", slow)
    topic = cluster.topic("grown")
    home = make_home(tmp_path / "home")
    config = config_of(cluster, topic)
    with open_home(home) as engine, taking_in(engine, config) as meters:
        wait_until(lambda: meters.rebalances > 0)
        with cluster.admin() as admin:
            admin.create_partitions({topic: 4})
        wait_until(lambda: cluster.partitions(topic) == 4)
        for part in range(4):
            cluster.produce(topic, alert(part), partition=part)
        wait_until(lambda: meters.records == 4)
        assert len(set(origins(engine.store))) == 4


def lock_and_count(cluster: Cluster, engine: Engine, seconds: float, stall_seconds: int) -> None:
    """Have another process hold the ledger for so long after an append of ours failed: it is no stall."""
    topic = cluster.topic("locked")
    cluster.produce(topic, alert(1))
    with taking_in(engine, config_of(cluster, topic, stall_seconds=stall_seconds)) as meters:
        wait_until(lambda: meters.records == 1)
        rebalances = meters.rebalances
        with another_holds(engine.store.path):
            cluster.produce(topic, *(alert(n) for n in range(2, 12)))
            wait_until(lambda: meters.troubled)
            time.sleep(seconds)
            assert meters.records == 1
        wait_until(lambda: meters.records == 11)
        assert (meters.rebalances, meters.quarantined) == (rebalances, 0)
    assert [offset for _, _, offset in origins(engine.store)] == list(range(11))


def test_while_the_database_is_locked_nothing_is_lost_and_nobody_leaves(
    cluster: Cluster, engine: Engine
) -> None:
    assert engine.store._writer is not None
    engine.store._writer.execute("PRAGMA busy_timeout = 100")
    lock_and_count(cluster, engine, seconds=2.5, stall_seconds=2)


@pytest.mark.soak
def test_while_the_database_is_locked_for_a_minute_nothing_is_lost_and_nobody_leaves(
    cluster: Cluster, engine: Engine
) -> None:
    lock_and_count(cluster, engine, seconds=60, stall_seconds=60)


def test_a_large_message_is_taken_in(cluster: Cluster, engine: Engine) -> None:
    topic = cluster.topic("large", max_message_bytes="8000000")
    body = alert_body("Large", groupKey="large")
    body["alerts"][0]["annotations"]["text"] = "x" * 2_000_000
    cluster.produce(topic, json.dumps(body).encode(), alert(1))
    with taking_in(engine, config_of(cluster, topic)) as meters:
        wait_until(lambda: meters.records == 2)
    assert meters.signals == 2


def test_records_that_were_deleted_before_they_were_taken_in_are_a_fact_and_stop_that_partition_alone(
    cluster: Cluster, engine: Engine
) -> None:
    topic = cluster.topic("deleted", 2)
    config = config_of(cluster, topic)
    cluster.produce(topic, alert(1), partition=0)
    with taking_in(engine, config) as meters:
        wait_until(lambda: meters.records == 1)
    cluster.produce(topic, alert(2), alert(3), partition=0)
    with cluster.admin() as admin:
        admin.delete_records({TopicPartition(topic, 0): 3})
    cluster.produce(topic, alert(4), partition=0)
    cluster.produce(topic, alert(5), partition=1)
    with taking_in(engine, config) as meters:
        wait_until(lambda: meters.records == 1 and bool(facts(engine, SourceGapFound)))
        time.sleep(0.5)
    assert [place[1:] for place in origins(engine.store)] == [(0, 0), (1, 0)]
    (gap,) = facts(engine, SourceGapFound)
    assert gap == SourceGapFound(
        source="alertmanager",
        topic=topic,
        partition=0,
        kind="deleted",
        expected_offset=1,
        first_offset=3,
        end_offset=4,
    )


def test_a_topic_that_was_made_anew_is_another_log(cluster: Cluster, engine: Engine) -> None:
    topic = cluster.topic("anew")
    config = config_of(cluster, topic)
    cluster.produce(topic, alert(1), alert(2))
    with taking_in(engine, config) as meters:
        wait_until(lambda: meters.records == 2)
    with cluster.admin() as admin:
        admin.delete_topics([topic])
        wait_until(lambda: topic not in admin.list_topics())
    cluster.create(topic)
    cluster.produce(topic, *(alert(n) for n in range(3)))
    with taking_in(engine, config) as meters:
        wait_until(lambda: bool(facts(engine, SourceGapFound)))
        time.sleep(0.5)
        assert meters.records == 0
    (gap,) = facts(engine, SourceGapFound)
    assert isinstance(gap, SourceGapFound)
    assert gap.kind == "recreated"


def test_an_error_of_the_cluster_is_outlived(
    cluster: Cluster, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors, run = [KafkaTimeoutError("the broker is away")], Session.run

    def failing(session: Session, stop: threading.Event) -> None:
        if errors:
            session._consumer.close(autocommit=False)
            raise errors.pop()
        run(session, stop)

    monkeypatch.setattr(Session, "run", failing)
    monkeypatch.setattr("consumers.kafka.intake.AGAIN_S", 0.1)
    topic = cluster.topic("outlived")
    cluster.produce(topic, alert(1))
    with taking_in(engine, config_of(cluster, topic)) as meters:
        wait_until(lambda: meters.records == 1)
    assert not errors


def test_a_topic_that_is_not_there_is_said(cluster: Cluster, engine: Engine) -> None:
    with pytest.raises(TopicMissing, match="nowhere"):
        intake_of(engine, config_of(cluster, "nowhere"), "one", Meters()).run()


def test_a_decoder_that_fails_quarantines_its_message_alone(
    cluster: Cluster, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = cluster.topic("failing")
    cluster.produce(topic, alert(1), b"break", alert(2))
    config = config_of(cluster, topic)

    def broken(message: Message, source: str) -> Delivery:
        if message.body == b"break":
            raise ZeroDivisionError
        return FORMATS["alertmanager"].decode(message, source)

    form = Format(name="broken", version="broken-v1", decode=broken)
    monkeypatch.setattr("tests.support.kafka.sources_of", lambda _: {topic: Source("broken", form)})
    with taking_in(engine, config) as meters:
        wait_until(lambda: meters.records == 3)
    (rejected,) = facts(engine, SignalRejected)
    assert isinstance(rejected, SignalRejected)
    assert (rejected.reason_code, meters.signals) == ("decoder-failed", 2)


def test_what_cannot_be_read_goes_to_the_dead_letters_with_its_bytes_and_the_reason(
    cluster: Cluster, engine: Engine
) -> None:
    topic = cluster.topic("letters")
    cluster.create(f"{topic}.dlq")
    headers = [("traceparent", b"00-1"), ("bin", b"\xff\x00")]
    cluster.produce(topic, alert(1), key=b"fine")
    cluster.produce(topic, b"\xfe no json", key=b"\xffkey", headers=headers)
    config = config_of(cluster, topic)
    with taking_in(engine, config) as meters:
        wait_until(lambda: meters.records == 2)
    box, other = DeadLetterBox(engine, config, "one"), DeadLetterBox(engine, config, "two")
    assert (box.publish(), other.publish(), box.publish()) == (1, 0, 0)
    box.close()
    assert other.publish() == 0
    other.close()
    (record,) = cluster.read(f"{topic}.dlq", 1)
    assert (record.key, record.value) == (b"\xffkey", b"\xfe no json")
    found = dict(record.headers)
    assert [found[name] for name, _ in headers] == [value for _, value in headers]
    assert found["__connect.errors.topic"] == topic.encode()
    assert (found["__connect.errors.partition"], found["__connect.errors.offset"]) == (b"0", b"1")
    assert found["__connect.errors.exception.class.name"] == b"not-json"


def test_a_dead_letter_is_listed_shown_and_taken_in_again_with_where_it_came_from(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic, home = cluster.topic("again"), make_home(tmp_path / "home")
    cluster.produce(topic, alert(1), key=b"k")
    config = config_of(cluster, topic)
    form = Format(name="broken", version="alertmanager-v4", decode=lambda *_: broken())
    with open_home(home) as engine, monkeypatch.context() as patch:
        patch.setattr("tests.support.kafka.sources_of", lambda _: {topic: Source("alertmanager", form)})
        with taking_in(engine, config) as meters:
            wait_until(lambda: meters.records == 1)
    tally = Tally(home)
    (listed,) = tally("dlq", "list", "--json").fine().json
    assert (listed["reason"], listed["origin"], listed["replays"]) == ("decoder-failed", f"{topic}/0/0", 0)
    shown = tally("dlq", "show", listed["delivery_id"]).fine().out
    assert f"alertmanager in format alertmanager-v4, {topic}/0/0" in shown
    assert "header    kafka-key: k" in shown
    assert tally("dlq", "replay", listed["delivery_id"]).fine().out.startswith("1 new")
    assert tally("dlq", "replay", listed["delivery_id"]).fine().out.startswith("0 new, 1 known")
    assert tally("dlq", "list", "--json").fine().json[0]["replays"] == 2
    assert tally("dlq", "show", "nothing").code == 1
    assert tally("dlq", "replay", listed["delivery_id"], "--format", "x").code == 64
    assert len(taken(home)) == 3


def broken() -> Delivery:
    raise ZeroDivisionError


def test_a_person_says_where_a_partition_goes_on_and_the_running_consumer_does(
    cluster: Cluster, tmp_path: Path
) -> None:
    topic, home = cluster.topic("resumed"), make_home(tmp_path / "home")
    config = config_of(cluster, topic)
    write_config(home, config)
    tally = Tally(home)
    with open_home(home) as engine:
        cluster.produce(topic, alert(1))
        with taking_in(engine, config) as meters:
            wait_until(lambda: meters.records == 1)
        cluster.produce(topic, alert(2), alert(3), alert(4))
        with cluster.admin() as admin:
            admin.delete_records({TopicPartition(topic, 0): 3})
        with taking_in(engine, config) as meters:
            wait_until(lambda: bool(facts(engine, SourceGapFound)))
            assert "stands still: deleted" in tally("kafka", "status").fine().out
            assert tally("kafka", "resume", topic, "0", "--at", "1", "--why", "x").code == 64
            assert tally("kafka", "resume", topic, "7", "--at", "latest", "--why", "x").code == 1
            tally("kafka", "resume", topic, "0", "--at", "earliest", "--why", "Retention was short.").fine()
            wait_until(lambda: meters.records == 1)
        (resumed,) = facts(engine, SourceResumed)
        assert isinstance(resumed, SourceResumed)
        assert (resumed.expected_offset, resumed.offset) == (1, 3)
    (row,) = tally("kafka", "status", "--json").fine().json
    assert (row["owned"]["next_offset"], row["gap"]) == (4, None)
    assert [offset for _, _, offset in taken(home)] == [0, 3]


def test_health_and_numbers_are_answered(cluster: Cluster, engine: Engine) -> None:
    topic = cluster.topic("health")
    cluster.produce(topic, alert(1), b"bad")
    with taking_in(engine, config_of(cluster, topic)) as meters, served(meters, "127.0.0.1", 0) as port:
        wait_until(lambda: meters.records == 2 and asked(port, "/readyz")[0] == 200)
        assert asked(port, "/healthz") == (200, "yes\n")
        assert asked(port, "/nothing")[0] == 404
        wait_until(lambda: f'lag_records{{partition="0",topic="{topic}"}} 0.0' in asked(port, "/metrics")[1])
        told = asked(port, "/metrics")[1]
        assert "tallystick_kafka_records_total 2.0" in told
        assert "tallystick_kafka_quarantined_total 1.0" in told
        meters.troubled = True
        meters.ticked -= 1_000
        assert asked(port, "/readyz") == (503, "no\n")


def asked(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
