"""The registry of facts: stable names, sealed text only, unknown types kept."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest

from domain.alert_facts import AlertRemarked
from domain.facts import FACTS, NAMES, MalformedFact, decode, encode, happened_at, type_name
from domain.prose import BlobRef, Prose, SealedRef, map_prose, optional_prose, prose, proses, texts
from domain.recorded import UnknownFact
from domain.rootcause.facts import RootCauseEvidenceCaptured
from domain.timeline.facts import TimelineEntryRecorded
from tests.support.meaning import Seals, firing, fresh_id

SEALED = Prose(sealed=SealedRef(c="a" * 64, kid="b" * 32))
BLOB = Prose(blob=BlobRef(c="a" * 64, kid="b" * 32, sha256="c" * 64, size=7))
ENTRY = TimelineEntryRecorded(entry_id=fresh_id(1), category="note", text=SEALED)
DATA: dict[str, Any] = {
    "entry_id": fresh_id(1),
    "category": "note",
    "text": {"sealed": {"c": "a" * 64, "kid": "b" * 32}},
}
NAME = "tallystick.timeline-entry-recorded.v1"


@pytest.mark.req("R-EVT-03")
def test_stored_names_follow_the_type_and_carry_a_version() -> None:
    for name, cls in FACTS.items():
        words = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", cls.__name__).lower()
        assert name == f"tallystick.{words}.v1"
    assert {cls: name for name, cls in FACTS.items()} == NAMES


def test_a_fact_is_stored_without_what_is_unset_and_reads_back() -> None:
    assert encode(ENTRY) == DATA
    assert decode(NAME, DATA) == ENTRY
    assert type_name(ENTRY) == NAME
    sealed = Seals().fact(firing())
    assert decode(type_name(sealed), msgspec.json.decode(msgspec.json.encode(encode(sealed)))) == sealed


def test_a_reference_to_a_blob_is_stored_as_such() -> None:
    assert msgspec.to_builtins(BLOB) == {
        "blob": {"c": "a" * 64, "kid": "b" * 32, "sha256": "c" * 64, "size": 7}
    }
    assert (SEALED.c, BLOB.c, prose("x").c) == ("a" * 64, "a" * 64, None)


def test_what_a_file_holds_is_not_among_the_texts_of_a_fact() -> None:
    words, file = prose("The proxy's log"), BLOB
    piece = RootCauseEvidenceCaptured(
        evidence_id="ev1", kind="log", critical=True, title=words, encrypted=True, content=file
    )
    assert list(proses(piece)) == [words, file]
    assert list(texts(piece)) == [words]
    # Words that were kept as evidence are read, and so is what was only too long for the fact.
    assert list(texts(msgspec.structs.replace(piece, content=SEALED))) == [words, SEALED]
    assert list(texts(msgspec.structs.replace(ENTRY, text=BLOB))) == [BLOB]


@pytest.mark.req("R-EVT-04")
def test_clear_text_can_neither_leave_nor_enter() -> None:
    with pytest.raises(ValueError, match="found clear text"):
        encode(firing())
    for text in ({"clear": "x"}, {**DATA["text"], "subject": "p-1"}):
        with pytest.raises(MalformedFact, match="found clear text"):
            decode(NAME, {**DATA, "text": text})


@pytest.mark.parametrize(
    "change",
    [
        {"text": {}},
        {"text": "plain"},
        {"text": {"clear": "x", **DATA["text"]}},
        {"text": {"sealed": {"c": "A" * 64, "kid": "b" * 32}}},
        {"text": {"sealed": {"c": "a" * 64 + "\n", "kid": "b" * 32}}},
        {"category": "other"},
        {"entry_id": 7},
        {"entry_id": ""},
        {"at": "2026-03-01"},
    ],
)
def test_a_known_type_of_another_shape_is_malformed(change: dict[str, Any]) -> None:
    with pytest.raises(MalformedFact, match=NAME):
        decode(NAME, {**DATA, **change})


def test_a_missing_field_is_malformed() -> None:
    with pytest.raises(MalformedFact):
        decode(NAME, {"entry_id": "x"})


@pytest.mark.req("R-EVT-03")
def test_unknown_types_and_unknown_fields_survive() -> None:
    assert decode("tallystick.from-tomorrow.v9", {"a": 1}) == UnknownFact(
        type="tallystick.from-tomorrow.v9", data={"a": 1}
    )
    assert decode(NAME, {**DATA, "new": [1]}) == ENTRY


def test_a_fact_says_when_it_happened_only_if_that_was_another_time() -> None:
    assert happened_at(ENTRY) is None
    assert happened_at(msgspec.structs.replace(ENTRY, at="2026-03-01T02:10:00.000000Z")) == (
        "2026-03-01T02:10:00.000000Z"
    )
    assert happened_at(firing()) is None


@pytest.mark.parametrize("at", ["2026-03-01T03:10:00.5+01:00", "2026-03-01T02:10:00.500000999Z"])
def test_a_time_that_a_source_wrote_is_told_in_our_form(at: str) -> None:
    told = AlertRemarked(
        remark_id=fresh_id(1), delivery_id=fresh_id(2), source="s", fingerprint="f", kind="updated", at=at
    )
    assert happened_at(told) == "2026-03-01T02:10:00.500000Z"
    assert told.at == at


def test_prose_is_found_and_changed_wherever_it_is() -> None:
    nested = (ENTRY, (prose("a"), 7), "text")
    assert list(proses(nested)) == [SEALED, prose("a")]
    assert map_prose(nested, lambda text: BLOB if text.c is None else text) == (ENTRY, (BLOB, 7), "text")
    assert optional_prose(None) is None
    assert optional_prose("") == prose("")
