"""Proofs of one entry that stand alone: index, audit path and checkpoint (c2sp.org/tlog-proof).

    c2sp.org/tlog-proof@v1
    index 2
    8oPhRyhNoodkBea9jxfECyTNll7KGsrUSooMPCTqS80=
    …

    ledger.example/incidents
    …

The optional ``extra`` line is neither written nor accepted: nothing authenticates it.
"""

from __future__ import annotations

from typing import Final

import msgspec

from ledger.checkpoint import Checkpoint, open_checkpoint, peek_checkpoint
from ledger.errors import IntegrityError
from ledger.merkle import verify_inclusion
from ledger.note import MAX_NOTE, VerifierKey
from ledger.strict import decode_hash, decode_utf8, encode_base64, parse_decimal, shown

HEADER: Final = "c2sp.org/tlog-proof@v1"
MAX_PATH: Final = 63  # hashes, as deep as a tree of 2^63 - 1 leaves

_MAX_HEAD = 4096  # bytes; 63 lines of 45 bytes and the two before them are less


class TlogProof(msgspec.Struct, frozen=True, kw_only=True):
    """The index of an entry, its audit path from leaf to root, and the checkpoint's exact bytes."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes


def encode_proof(proof: TlogProof) -> bytes:
    """Return the proof's bytes; the checkpoint is carried over as it is."""
    lines = [HEADER, f"index {proof.index}", *map(encode_base64, proof.path)]
    return "".join(f"{line}\n" for line in lines).encode() + b"\n" + proof.checkpoint


def parse_proof(data: bytes, place: str = "proof") -> TlogProof:
    """Return the proof that ``data`` is the one spelling of; nothing is verified."""
    if len(data) > _MAX_HEAD + MAX_NOTE:
        raise IntegrityError(place, f"at most {_MAX_HEAD + MAX_NOTE} bytes", len(data))
    head, separator, checkpoint = data.partition(b"\n\n")
    header, *lines = decode_utf8(head, place).split("\n")
    if not separator or header != HEADER or not lines:
        raise IntegrityError(place, f"{HEADER}, an index, a path and a checkpoint", shown(data))
    if len(lines) > MAX_PATH + 1:
        raise IntegrityError(place, f"at most {MAX_PATH} hashes", len(lines) - 1)
    index = _parse_index(lines[0], place)
    path = tuple(decode_hash(line, f"{place}, path") for line in lines[1:])
    peek_checkpoint(checkpoint)
    return TlogProof(index=index, path=path, checkpoint=checkpoint)


def verify_proof(proof: TlogProof, entry_leaf: bytes, vkey: VerifierKey) -> Checkpoint:
    """Return the checkpoint, signed by ``vkey``, that has ``entry_leaf`` at the proof's index."""
    checkpoint = open_checkpoint(proof.checkpoint, vkey)
    place = f"entry {proof.index}"
    verify_inclusion(entry_leaf, proof.index, checkpoint.size, proof.path, checkpoint.root, place)
    return checkpoint


def _parse_index(line: str, place: str) -> int:
    name, _, number = line.partition(" ")
    if name != "index":
        raise IntegrityError(place, "index <number>", shown(line))
    return parse_decimal(number, f"{place}, index")
