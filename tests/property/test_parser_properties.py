"""Every parser of the formats returns what spells the same bytes again, or raises `IntegrityError`.

Whatever happens to the bytes on the way: bits flipped, pieces cut out, doubled, moved or put in.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledger import canonical
from ledger.checkpoint import open_checkpoint
from ledger.cosignature import verify_cosignature
from ledger.dsse import parse_envelope, verify_envelope
from ledger.errors import IntegrityError
from ledger.note import parse_note, verify_note
from ledger.proof import parse_proof, verify_proof
from tests.support.logs import RECORDER, VKEY
from tests.support.spelling import COSIGNED, LOG, PARSERS, WITNESS_VKEY, spells_the_same_or_refuses

MORE = settings(max_examples=max(400, settings().max_examples))

each_parser = pytest.mark.parametrize(("spell", "valid"), PARSERS.values(), ids=PARSERS)

pieces = st.one_of(
    st.binary(min_size=1, max_size=4),
    st.sampled_from(
        [b"\n", b"\r\n", b" ", b"\x00", b"0", b"=", b"-0", b"1.0", b"\n\n", b'"', b"\\u0041", b"\xff", b"+"]
    ),
)


@st.composite
def damaged(draw: st.DrawFn, valid: bytes) -> bytes:
    start = draw(st.integers(0, len(valid)))
    end = draw(st.integers(start, min(len(valid), start + 40)))
    match draw(st.sampled_from(["flip", "cut", "double", "insert", "replace", "move", "truncate"])):
        case "flip":
            at = min(start, len(valid) - 1)
            return valid[:at] + bytes([valid[at] ^ 1 << draw(st.integers(0, 7))]) + valid[at + 1 :]
        case "cut":
            return valid[:start] + valid[end:]
        case "double":
            return valid[:end] + valid[start:]
        case "insert":
            return valid[:start] + draw(pieces) + valid[start:]
        case "replace":
            return valid[:start] + draw(pieces) + valid[end:]
        case "move":
            return valid[:start] + valid[end:] + valid[start:end]
        case _:
            return valid[:start]


@each_parser
def test_valid_bytes_are_spelled_the_same_again(spell: Callable[[bytes], bytes], valid: bytes) -> None:
    assert spell(valid) == valid


@each_parser
@MORE
@given(st.data())
def test_damaged_bytes_are_spelled_the_same_again_or_refused(
    spell: Callable[[bytes], bytes], valid: bytes, data: st.DataObject
) -> None:
    spells_the_same_or_refuses(spell, data.draw(damaged(valid)))


@each_parser
@MORE
@given(st.binary(max_size=200))
@example(b"")
def test_any_bytes_at_all_are_spelled_the_same_again_or_refused(
    spell: Callable[[bytes], bytes], valid: bytes, data: bytes
) -> None:
    spells_the_same_or_refuses(spell, data)


def judge_cosignature(data: bytes) -> object:
    return verify_cosignature(parse_note(data), WITNESS_VKEY)


def judge_envelope(data: bytes) -> object:
    envelope = parse_envelope(data, "entry")
    verify_envelope(envelope, RECORDER.public_key, "entry")
    return envelope


def judge_log_signature(data: bytes) -> object:
    note = parse_note(data)
    verify_note(note, VKEY)
    return open_checkpoint(data, VKEY)


def judge_proof(data: bytes) -> object:
    return verify_proof(parse_proof(data), LOG.leaves[2], VKEY)


SIGNED: dict[str, tuple[Callable[[bytes], object], bytes]] = {
    "envelope": (judge_envelope, LOG.entries[0]),
    "checkpoint": (judge_log_signature, LOG.checkpoint()),
    "proof": (judge_proof, LOG.proof(2)),
}


@pytest.mark.parametrize(("judge", "valid"), SIGNED.values(), ids=SIGNED)
def test_any_one_bit_change_to_signed_bytes_is_reported(
    judge: Callable[[bytes], object], valid: bytes
) -> None:
    judge(valid)
    for at in range(len(valid)):
        for bit in range(8):
            changed = valid[:at] + bytes([valid[at] ^ 1 << bit]) + valid[at + 1 :]
            with pytest.raises(IntegrityError):
                judge(changed)


@given(st.data())
def test_a_cosignature_vouches_for_every_byte_but_the_log_signature(data: st.DataObject) -> None:
    text, lines = COSIGNED.decode().split("\n\n")
    changed = data.draw(damaged(text.encode())) + b"\n\n" + lines.encode()
    if changed != COSIGNED:
        with pytest.raises(IntegrityError):
            judge_cosignature(changed)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.from_regex("[a-z0-9_]+", fullmatch=True), inner),
)


@given(json_values)
def test_a_plain_value_comes_back_from_its_canonical_bytes(value: canonical.Json) -> None:
    assert canonical.decode(canonical.encode(value), "value") == value
