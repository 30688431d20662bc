"""Cosignatures say when, for checkpoints only, and one bad line condemns."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from ledger.checkpoint import Checkpoint, sign_checkpoint
from ledger.cosignature import cosign, verify_cosignature, witness_vkey
from ledger.errors import IntegrityError
from ledger.note import COSIGNATURE, Note, NoteSignature, log_vkey, parse_note, sign_note
from tests.support.logs import LOG, ORIGIN, STRANGER, VKEY, WITNESS

NAME = "witness.example/w1"
KEY = witness_vkey(NAME, WITNESS.public_key)
NOTE = parse_note(sign_checkpoint(Checkpoint(origin=ORIGIN, size=5, root=bytes(32)), LOG))


def cosigned(*lines: NoteSignature, note: Note = NOTE) -> Note:
    return replace(note, signatures=(*note.signatures, *lines))


@pytest.mark.parametrize("time_s", [0, 1_700_000_000, 2**63 - 1])
def test_a_cosignature_says_when(time_s: int) -> None:
    line = cosign(NOTE, NAME, WITNESS, time_s)
    assert (line.name, line.key_id, len(line.signature)) == (NAME, KEY.key_id, 72)
    assert verify_cosignature(cosigned(line), KEY) == time_s


def test_the_newest_of_several_counts() -> None:
    lines = [cosign(NOTE, NAME, WITNESS, time_s) for time_s in (5, 7, 6)]
    assert verify_cosignature(cosigned(*lines), KEY) == 7


@pytest.mark.parametrize("time_s", [-1, 2**63])
def test_a_time_beyond_the_field_is_a_mistake_of_the_caller(time_s: int) -> None:
    with pytest.raises(ValueError, match="cosignature time"):
        cosign(NOTE, NAME, WITNESS, time_s)


def test_only_checkpoints_are_cosigned() -> None:
    note = sign_note("any text\n", ORIGIN, LOG)
    with pytest.raises(IntegrityError, match="checkpoint: expected exactly the lines"):
        cosign(note, NAME, WITNESS, 1)
    forged = WITNESS.sign(b"cosignature/v1\ntime 1\nany text\n")
    line = NoteSignature(name=NAME, key_id=KEY.key_id, signature=(1).to_bytes(8, "big") + forged)
    with pytest.raises(IntegrityError, match="checkpoint: expected exactly the lines"):
        verify_cosignature(cosigned(line, note=note), KEY)


def test_a_note_without_a_cosignature_is_reported() -> None:
    with pytest.raises(IntegrityError, match=f"a signature by '{NAME}'"):
        verify_cosignature(NOTE, KEY)


def test_a_changed_time_is_reported() -> None:
    line = cosign(NOTE, NAME, WITNESS, 5)
    late = replace(line, signature=(6).to_bytes(8, "big") + line.signature[8:])
    with pytest.raises(IntegrityError, match=f"cosignature by '{NAME}'"):
        verify_cosignature(cosigned(late), KEY)


def test_one_bad_line_condemns_the_note() -> None:
    line = cosign(NOTE, NAME, WITNESS, 5)
    with pytest.raises(IntegrityError):
        verify_cosignature(cosigned(line, replace(line, signature=bytes(72))), KEY)


@pytest.mark.parametrize("size", [1, 8, 64, 71, 73])
def test_a_cosignature_of_another_size_is_refused(size: int) -> None:
    line = cosign(NOTE, NAME, WITNESS, 5)
    short = replace(line, signature=(line.signature * 2)[:size])
    with pytest.raises(IntegrityError, match="expected 8 bytes of time and 64 of signature"):
        verify_cosignature(cosigned(short), KEY)


def test_a_time_beyond_what_the_specification_allows_is_refused() -> None:
    body = f"cosignature/v1\ntime {2**63}\n{NOTE.text}".encode()
    line = NoteSignature(
        name=NAME, key_id=KEY.key_id, signature=(2**63).to_bytes(8, "big") + WITNESS.sign(body)
    )
    with pytest.raises(IntegrityError, match="a time up to"):
        verify_cosignature(cosigned(line), KEY)


def test_a_log_key_is_no_witness() -> None:
    with pytest.raises(IntegrityError, match="expected type 0x04, found type 0x01"):
        verify_cosignature(NOTE, VKEY)


def test_a_plain_note_signature_is_no_cosignature() -> None:
    plain = sign_note(NOTE.text, NAME, WITNESS).signatures[0]
    assert plain.key_id == log_vkey(NAME, WITNESS.public_key).key_id != KEY.key_id
    with pytest.raises(IntegrityError, match="a signature by"):
        verify_cosignature(cosigned(plain), KEY)


def test_a_cosignature_by_another_key_under_the_same_name_does_not_count() -> None:
    line = cosign(NOTE, NAME, STRANGER, 5)
    with pytest.raises(IntegrityError, match="a signature by"):
        verify_cosignature(cosigned(line), KEY)
    with pytest.raises(IntegrityError, match="an Ed25519 signature"):
        verify_cosignature(cosigned(replace(line, key_id=KEY.key_id)), KEY)
    assert KEY.algorithm == COSIGNATURE
