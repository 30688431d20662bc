"""What is kept of a delivery: its exact bytes, what was wrong with it, and none of its secrets in clear."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from application.engine import Engine
from application.unsealing import open_content, open_values
from domain.alert_facts import SignalReceived
from domain.prose import proses
from domain.source_facts import DeliveryReceived, SignalRejected, SignalsTruncated
from tests.support.use_cases import (
    an_alert,
    deliver,
    history,
    message,
    open_home,
    stream_of,
    whole_log,
)

SOURCE = "source-alertmanager"
ALERT = stream_of(an_alert())


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    with open_home(home) as opened:
        yield opened


@pytest.mark.req("R-EVT-10")
@pytest.mark.parametrize("size", [0, 10_000])
def test_the_message_can_be_read_again_byte_for_byte(engine: Engine, size: int) -> None:
    body = message(an_alert(annotations={"summary": "x" * size})) + b"  \n"
    deliver(engine, body=body)
    fact = history(engine, SOURCE)[0].fact
    assert isinstance(fact, DeliveryReceived)
    assert fact.raw.blob is not None
    assert open_content(fact.raw.blob, engine.vault, engine.blobs).content == body


def test_the_message_is_encrypted_where_it_is_kept(engine: Engine, home: Path) -> None:
    deliver(engine, an_alert(annotations={"summary": "SECRET words"}, generatorURL="http://SECRET/"))
    # What SQLite has not moved out of its write-ahead logs yet counts as well.
    for path in (home / "blobs").rglob("*"):
        assert path.is_dir() or b"SECRET" not in path.read_bytes()
    for path in home.glob("*.db*"):
        assert b"SECRET" not in path.read_bytes()


def headers_kept(engine: Engine) -> Any:
    fact = history(engine, SOURCE)[-1].fact
    assert isinstance(fact, DeliveryReceived)
    if fact.headers is None:
        return None
    ref = fact.headers.sealed or fact.headers.blob
    assert ref is not None
    return open_values([ref], engine.vault, engine.blobs)[ref.c]


def test_headers_that_name_the_sender_are_kept_and_credentials_are_not(engine: Engine) -> None:
    headers = {
        "Content-Type": "application/json",
        "USER-AGENT": "Alertmanager/0.25.0",
        "X-Request-Id": "42",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "Authorization": "Bearer SECRET",
        "Proxy-Authorization": "Basic SECRET",
        "Cookie": "SECRET",
        "X-Api-Key": "SECRET",
        "X-Forwarded-For": "192.0.2.1",
        "Host": "SECRET",
    }
    deliver(engine, an_alert(), headers=headers)
    assert headers_kept(engine) == [
        ["content-type", "application/json"],
        ["traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
        ["user-agent", "Alertmanager/0.25.0"],
        ["x-request-id", "42"],
    ]


def test_a_message_without_headers_worth_keeping_says_nothing_of_them(engine: Engine) -> None:
    deliver(engine, an_alert(), headers={"Authorization": "Bearer SECRET"})
    assert headers_kept(engine) is None


@pytest.mark.req("R-EVT-04")
def test_what_an_alert_says_is_sealed(engine: Engine) -> None:
    told = deliver(
        engine,
        an_alert(annotations={"summary": "SECRET", "long": "SECRET" * 1_000}, generatorURL="http://SECRET/"),
        groupKey="SECRET",
    )
    for row in told.receipt.rows:
        assert b"SECRET" not in msgspec.json.encode(
            msgspec.to_builtins(history(engine, row.stream)[row.version - 1].fact)
        )
    signal = history(engine, ALERT)[0].fact
    assert isinstance(signal, SignalReceived)
    refs = [ref for part in proses(signal) if (ref := part.sealed or part.blob)]
    opened = open_values(refs, engine.vault, engine.blobs)
    assert signal.title is not None
    assert opened[str(signal.title.c)] == "SECRET"
    assert ["long", "SECRET" * 1_000] in list(opened[str(signal.annotations and signal.annotations.c)])  # type: ignore[arg-type]  # an array of pairs


@pytest.mark.req("R-EVT-10")
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not-json"),
        (b"\xff\xfe\x00", "not-json"),
        (b"[]", "wrong-shape"),
        (b'{"alerts": [], "alerts": []}', "duplicate-key"),
        (b'{"version": "5", "alerts": []}', "version-unsupported"),
        (b"[" * 100_000, "not-json"),
    ],
)
def test_a_body_that_is_no_message_is_recorded_as_rejected(engine: Engine, body: bytes, reason: str) -> None:
    told = deliver(engine, body=body)
    assert (told.received, told.duplicates, told.rejected) == (0, 0, 1)
    arrived, rejected = (item.fact for item in history(engine, SOURCE))
    assert isinstance(arrived, DeliveryReceived)
    assert isinstance(rejected, SignalRejected)
    assert (arrived.format, rejected.reason_code) == ("alertmanager-v4", reason)
    assert arrived.raw.blob is not None
    assert open_content(arrived.raw.blob, engine.vault, engine.blobs).content == body


@pytest.mark.req("R-EVT-10")
def test_one_unusable_alert_does_not_cost_the_others(engine: Engine) -> None:
    told = deliver(engine, an_alert(pod="a"), {"status": "on fire"}, an_alert(pod="b"))
    assert (told.received, told.rejected) == (2, 1)
    rejected = history(engine, SOURCE)[-1].fact
    assert isinstance(rejected, SignalRejected)
    assert rejected.place == "alerts[1].labels"


@pytest.mark.req("R-EVT-10")
def test_what_the_sender_left_out_is_a_fact(engine: Engine) -> None:
    told = deliver(engine, an_alert(), truncatedAlerts=7)
    assert told.truncated == 7
    lost = history(engine, SOURCE)[-1].fact
    assert isinstance(lost, SignalsTruncated)
    assert lost.lost == 7


def test_a_delivery_of_rubbish_does_not_fill_the_log(engine: Engine) -> None:
    told = deliver(engine, body=message(*[{}] * 5_000))
    assert told.rejected == 5_000
    arrived, *rejected = (item.fact for item in history(engine, SOURCE))
    assert isinstance(arrived, DeliveryReceived)
    assert (arrived.rejected, len(rejected)) == (5_000, 100)


@pytest.mark.parametrize(
    "labels",
    [
        {
            "alertname": "caf\u00e9 \u2028 \u202e",
            "service": "\x00\x1f",
            "environment": "\u27e6sealed:0\u27e7",
        },
        {"alertname": "x" * 5_000, "service": "\U0001f525" * 300, "environment": '"\\' * 400},
        {"alertname": "\n---\n", "service": "<script>", "environment": "\ufffd\ufeff"},
    ],
)
def test_foreign_words_become_short_codes_on_one_line(engine: Engine, labels: dict[str, str]) -> None:
    told = deliver(engine, an_alert(labels=labels))
    assert told.received == 1
    signal = history(engine, stream_of({"labels": labels}))[0].fact
    assert isinstance(signal, SignalReceived)
    for code in (signal.alert_name, signal.service or "", signal.environment or ""):
        assert len(code) <= 256
        assert code.isprintable() or "\ufffd" in code
        assert not any(ord(char) < 32 or char in "\u2028\u202e" for char in code)


@pytest.mark.parametrize("bad", [b"caf\xe9", b"\\ud800", b"\\udc00\\ud800"])
def test_text_that_is_not_unicode_is_shown_and_kept_raw(engine: Engine, bad: bytes) -> None:
    body = message(an_alert(labels={"alertname": "NAME"})).replace(b"NAME", bad)
    told = deliver(engine, body=body)
    assert told.received == 1
    signal = next(item.fact for item in whole_log(engine) if isinstance(item.fact, SignalReceived))
    assert "\ufffd" in signal.alert_name
    arrived = history(engine, SOURCE)[0].fact
    assert isinstance(arrived, DeliveryReceived)
    assert arrived.raw.blob is not None
    assert open_content(arrived.raw.blob, engine.vault, engine.blobs).content == body
