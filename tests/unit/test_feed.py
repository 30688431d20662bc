"""The feed and the proofs: each fact with what rebuilds its envelope, and a path to a checkpoint."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from application.engine import Engine
from application.feed import MAX_ITEMS, FeedItem, events
from application.proofs import inclusion
from ledger.errors import IntegrityError
from ledger.event import parse_event
from ledger.note import parse_vkey
from ledger.proof import parse_proof, verify_proof
from ledger.signer import verify_signature
from ledger.store.contract import Row
from tests.support.use_cases import an_alert, deliver, open_home, open_one, publish


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    with open_home(home) as opened:
        deliver(opened, an_alert())
        open_one(opened)
        yield opened


def rebuilt(item: Any) -> bytes:
    """Return the envelope that a subscriber makes of an item, by hand."""
    payload = base64.b64encode(item["event"].encode()).decode()
    return (
        f'{{"payload":"{payload}","payloadType":"application/cloudevents+json",'
        f'"signatures":[{{"keyid":"{item["keyid"]}","sig":"{item["signature"]}"}}]}}'
    ).encode()


def wire(item: FeedItem) -> dict[str, Any]:
    """Return an item as a subscriber reads it, the event as the text that was sent."""
    text = msgspec.json.encode(item).decode()
    sent = json.loads(text)
    sent["event"] = text[text.index('"event":') + len('"event":') : -1]
    return dict(sent)


@pytest.mark.req("R-SVC-11")
def test_the_envelope_is_rebuilt_byte_for_byte_from_an_item(engine: Engine) -> None:
    items = [wire(item) for item in events(engine, 0)]
    rows = engine.store.rows(0, 100)
    assert [item["position"] for item in items] == [row.position for row in rows]
    for item, row in zip(items, rows, strict=True):
        envelope = rebuilt(item)
        assert envelope == row.envelope
        assert hashlib.sha256(b"\x00" + envelope).hexdigest() == item["leaf"] == row.leaf_hash.hex()


def test_an_item_is_signed_by_the_key_it_names(engine: Engine) -> None:
    for item in map(wire, events(engine, 0)):
        payload = item["event"].encode()
        signed = b"DSSEv1 28 application/cloudevents+json %d %s" % (len(payload), payload)
        public_key = parse_event(bytes(events(engine, 0)[0].event), "leaf 0").data["recorderkey"]
        assert isinstance(public_key, str)
        assert hashlib.sha256(bytes.fromhex(public_key)).hexdigest() == item["keyid"]
        signature = base64.b64decode(item["signature"])
        verify_signature(bytes.fromhex(public_key), signed, signature, f"entry {item['position']}")


@pytest.mark.parametrize(
    ("after", "limit", "positions"),
    [
        (0, 2, [0, 1]),
        (2, 2, [2, 3]),
        (5, 100, [5]),
        (6, 10, []),
        (10**12, 10, []),
        (0, 0, []),
        (0, -1, []),
    ],
)
def test_a_reader_gets_what_comes_after_what_it_has(
    engine: Engine, after: int, limit: int, positions: list[int]
) -> None:
    assert [item.position for item in events(engine, after, limit)] == positions


def test_no_page_is_longer_than_the_limit(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    rows = engine.store.rows

    def noted(first: int, count: int) -> Sequence[Row]:
        asked.append(count)
        return rows(first, count)

    monkeypatch.setattr(engine.store, "rows", noted)
    events(engine, 0, 10**9)
    assert asked == [MAX_ITEMS]


def test_a_row_that_does_not_repeat_its_envelope_is_not_served(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = engine.store.rows

    def spoilt(first: int, count: int) -> list[Row]:
        return [msgspec.structs.replace(row, leaf_hash=b"\x00" * 32) for row in rows(first, count)]

    monkeypatch.setattr(engine.store, "rows", spoilt)
    with pytest.raises(IntegrityError, match="entry 0, column leaf_hash"):
        events(engine, 0)


def test_what_is_not_published_has_no_proof_yet(engine: Engine, home: Path) -> None:
    size = engine.store.head().size
    assert inclusion(engine, size - 1) is None
    publish(engine, home)
    assert inclusion(engine, size - 1) is not None
    assert inclusion(engine, size) is None
    assert inclusion(engine, -1) is None
    open_one(engine)
    assert inclusion(engine, size) is None


def test_every_proof_verifies_against_the_published_checkpoint(engine: Engine, home: Path) -> None:
    deliver(engine, *(an_alert(pod=str(n)) for n in range(150)))
    publish(engine, home)
    vkey, size = parse_vkey(engine.vkey), engine.store.head().size
    assert size > 256
    for row in engine.store.rows(0, size):
        text = inclusion(engine, row.position)
        assert text is not None
        proof = parse_proof(text, f"proof {row.position}")
        assert proof.index == row.position
        assert verify_proof(proof, row.leaf_hash, vkey).size == size
        with pytest.raises(IntegrityError):
            verify_proof(proof, hashlib.sha256(b"\x00another").digest(), vkey)
