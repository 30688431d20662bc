"""Checkpoints: the signed head of the log at one size (c2sp.org/tlog-checkpoint), without extension lines.

ledger.example/incidents
5
DSm9uFRAOudhU1H8p11EAS0IA56961AhUY09A1VZCu8=

— ledger.example/incidents MiBG6ZKZ5+lE+gqy+wqJ01NOnH1dph9GZ8bCfzgtkyqJ74piCh[…]tCNMvQc=
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from ledger.errors import IntegrityError
from ledger.merkle import EMPTY_ROOT
from ledger.note import VerifierKey, encode_note, parse_note, sign_note, verify_note
from ledger.signer import Signer
from ledger.strict import decode_hash, encode_base64, parse_decimal, shown

MAX_ORIGIN: Final = 128  # bytes

_ORIGIN = re.compile(r"[a-z0-9.-]+(?:/[a-z0-9._~-]+)*")


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """What a log says of itself: its origin, how many leaves it has, and the root over them (32 bytes)."""

    origin: str
    size: int
    root: bytes


def check_origin(text: str, place: str = "origin") -> str:
    """Return ``text`` if it can be the origin of a log: a host-like name, then path segments."""
    if len(text) > MAX_ORIGIN or _ORIGIN.fullmatch(text) is None:
        raise IntegrityError(place, f"[a-z0-9.-]+(/[a-z0-9._~-]+)*, at most {MAX_ORIGIN} bytes", shown(text))
    return text


def encode_body(checkpoint: Checkpoint) -> str:
    """Return the three lines that are signed."""
    return f"{checkpoint.origin}\n{checkpoint.size}\n{encode_base64(checkpoint.root)}\n"


def parse_body(text: str, place: str = "checkpoint") -> Checkpoint:
    """Return the checkpoint that ``text`` is the one spelling of; extension lines are refused."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3]:
        raise IntegrityError(place, "exactly the lines origin, size and root", f"{len(lines) - 1} lines")
    origin, size, root = lines[:3]
    checkpoint = Checkpoint(
        origin=check_origin(origin, f"{place}, origin"),
        size=parse_decimal(size, f"{place}, size"),
        root=decode_hash(root, f"{place}, root"),
    )
    if checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT:
        raise IntegrityError(f"{place}, root", f"the empty tree's {EMPTY_ROOT.hex()}", checkpoint.root.hex())
    return checkpoint


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> bytes:
    """Return the checkpoint as a note signed under its own origin; the same each time, as Ed25519 is."""
    body = encode_body(checkpoint)
    parse_body(body)
    return encode_note(sign_note(body, checkpoint.origin, signer))


def open_checkpoint(data: bytes, vkey: VerifierKey) -> Checkpoint:
    """Return the checkpoint in ``data``, signed by ``vkey`` under its origin, or raise `IntegrityError`."""
    note = parse_note(data, "checkpoint")
    verify_note(note, vkey)
    checkpoint = parse_body(note.text)
    if checkpoint.origin != vkey.name:
        raise IntegrityError("checkpoint, origin", vkey.name, checkpoint.origin)
    return checkpoint


def peek_checkpoint(data: bytes) -> Checkpoint:
    """Return the checkpoint that ``data`` claims to be, strictly parsed; nothing is verified."""
    return parse_body(parse_note(data, "checkpoint").text)
