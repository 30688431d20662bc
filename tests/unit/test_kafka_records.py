"""Records of a topic as deliveries: bytes, key and headers come back exactly, whatever they are."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers.formats import FORMATS
from consumers.kafka.config import KafkaConfig, Security, Topic
from consumers.kafka.connection import connection, consuming, producing
from consumers.kafka.health import alive, exposition, ready
from consumers.kafka.meters import Meters, is_poison
from consumers.kafka.ownership import gap_of
from consumers.kafka.records import arriving, kept, readable, restored
from domain.signal import Origin
from ledger.errors import KeyUnavailable
from ledger.sourceoffset import Owned, Partition
from projections.configerror import ConfigError
from tallystick.consuming import instance_name, read_config, sources_of

TEXTS = st.text(max_size=20) | st.sampled_from(["null:", "base64:", "null:x", "base64:AA=="])
NOW = "2026-03-01T02:15:00.000000Z"
ROW = Topic(topic="alerts", source="alertmanager", format="alertmanager", start="earliest")
CONFIG = KafkaConfig(schema_version=1, brokers=("127.0.0.1:9092",), topics=(ROW,))


class Record(NamedTuple):
    """A record as the client library gives it."""

    value: bytes | None = b'{"alerts": []}'
    key: bytes | None = None
    headers: tuple[tuple[str, bytes | None], ...] = ()
    timestamp: int = 1_772_331_000_123
    topic: str = "alerts"
    partition: int = 3
    offset: int = 7


def taken(**changes: Any) -> Any:
    return arriving(Record(**changes), FORMATS["alertmanager"], "alertmanager", "c1", NOW)


@given(
    st.none() | st.binary(max_size=40),
    st.lists(st.tuples(st.text(max_size=10), st.none() | st.binary(max_size=40) | TEXTS.map(str.encode))),
    st.none() | st.binary(max_size=4),
)
def test_value_key_and_headers_come_back_as_they_were(
    key: bytes | None, headers: list[tuple[str, bytes | None]], value: bytes | None
) -> None:
    texts = kept(key, headers, tombstone=value is None)
    assert restored(value or b"", texts.items()) == (value, key, tuple(headers))


def test_headers_are_read_once_more_as_they_were_read_first() -> None:
    headers = [("Trace", b"00-1"), ("bin", b"\xff"), ("none", None), ("word", b"base64:AA==")]
    expected = {"trace": "00-1", "bin": "\ufffd", "none": "", "word": "base64:AA=="}
    assert readable(kept(b"k", headers, tombstone=True).items()) == expected


def test_a_record_says_where_it_was_and_keeps_its_bytes() -> None:
    item = taken(value=b'{"alerts": []} ', key=b"k", headers=(("traceparent", b"00"),))
    assert item.body == b'{"alerts": []} '
    assert item.origin == Origin(
        cluster="c1", topic="alerts", partition=3, offset=7, timestamp_ms=1_772_331_000_123
    )
    assert item.headers == {"kafka-key": "k", "0:traceparent": "00"}
    assert not is_poison(item)


@pytest.mark.parametrize("value", [None, b"", b"\xff", b"[" * 5_000, b'{"a": 1, "a": 2}'])
def test_what_is_no_message_is_poison_and_is_kept(value: bytes | None) -> None:
    item = taken(value=value)
    assert is_poison(item)
    assert item.body == (value or b"")


def test_a_record_without_a_time_has_none() -> None:
    assert taken(timestamp=-1).origin.timestamp_ms is None


@pytest.mark.parametrize(
    ("next_offset", "topic_id", "kind"),
    [(5, "t", None), (9, "t", None), (4, "t", "deleted"), (10, "t", "truncated"), (7, "other", "recreated")],
)
def test_what_comes_next_is_there_or_nobody_guesses(
    next_offset: int, topic_id: str, kind: str | None
) -> None:
    place = Partition(cluster="c", reader="g", topic="alerts", partition=0)
    owned = Owned(partition=place, topic_id=topic_id, next_offset=next_offset, epoch=2)
    gap = gap_of(owned, ROW, "t", 5, 9)
    assert (None if gap is None else gap.kind) == kind


def test_the_library_commits_nothing_and_begins_nowhere_by_itself() -> None:
    given_ = consuming(CONFIG, "me")
    assert (given_["enable_auto_commit"], given_["auto_offset_reset"]) == (False, "none")
    assert (given_["isolation_level"], given_["group_instance_id"]) == ("read_committed", "me")
    assert producing(CONFIG)["acks"] == "all"


def test_secrets_are_read_where_they_are_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    security = Security(
        protocol="SASL_SSL",
        ca_file="ca.pem",
        mechanism="SCRAM-SHA-512",
        username="tallystick",
        password="env:A_PASSWORD",
    )
    config = msgspec.structs.replace(CONFIG, security=security)
    with pytest.raises(KeyUnavailable, match="A_PASSWORD"):
        connection(config)
    monkeypatch.setenv("A_PASSWORD", "quiet\n")
    found = connection(config)
    assert (found["sasl_plain_password"], found["ssl_cafile"]) == ("quiet", "ca.pem")
    assert (found["security_protocol"], found["sasl_mechanism"]) == ("SASL_SSL", "SCRAM-SHA-512")
    assert "ssl_keyfile" not in found


def written(*rows: str, brokers: str = "['a:1']", more: str = "") -> str:
    """Return a file with these topics."""
    topics = "".join(f"  - {{topic: t, source: s, {row}}}\n" for row in rows)
    return f"schema_version: 1\nbrokers: {brokers}\n{more}topics:\n{topics}"


GOOD = "format: alertmanager, start: latest"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (written(GOOD, brokers="[]"), "brokers"),
        (written(GOOD, brokers="[a]"), "brokers"),
        (written("format: nothing, start: earliest"), "format"),
        (written("format: alertmanager"), "start"),
        (written(GOOD, GOOD), "t twice"),
        (written(GOOD, more="security: {password: in-the-clear}\n"), "password"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Any, text: str, said: str) -> None:
    (tmp_path / "kafka.yaml").write_text(text)
    with pytest.raises(ConfigError, match=said):
        read_config(tmp_path)


def test_the_environment_may_name_the_brokers(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kafka.yaml").write_text(written(GOOD, brokers="[]"))
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "one:9092, two:9092")
    assert read_config(tmp_path).brokers == ("one:9092", "two:9092")
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "one")
    with pytest.raises(ConfigError, match="HOST:PORT"):
        read_config(tmp_path)


def test_the_file_says_which_topics_and_what_is_in_them(tmp_path: Any) -> None:
    with pytest.raises(ConfigError, match="found none"):
        read_config(tmp_path)
    (tmp_path / "kafka.yaml").write_bytes(msgspec.json.encode(CONFIG))
    config = read_config(tmp_path)
    assert config == CONFIG
    assert sources_of(config)["alerts"].form.name == "alertmanager"
    assert instance_name(config, None).startswith("tallystick-")
    assert instance_name(config, "me") == "me"


def test_an_intake_is_alive_while_it_goes_round_and_ready_once_it_has_joined_and_can_write() -> None:
    meters = Meters()
    now = meters.ticked
    assert (alive(meters, now), ready(meters, now)) == (True, False)
    meters.rebalances = 1
    assert ready(meters, now)
    meters.troubled = True
    assert not ready(meters, now)
    meters.troubled = False
    assert (alive(meters, now + 121), ready(meters, now + 121)) == (False, False)


def test_the_lag_of_each_partition_is_told() -> None:
    meters = Meters()
    meters.lag, meters.oldest = {"a/b/0": 4}, {"a/b/0": 1.5}
    told = exposition(meters).decode()
    assert 'tallystick_kafka_lag_records{partition="0",topic="a/b"} 4.0' in told
    assert 'tallystick_kafka_lag_seconds{partition="0",topic="a/b"} 1.5' in told
