"""The parsers of the formats, each with bytes that it accepts and whose value spells them again."""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Callable

from msgspec.structs import replace

from ledger import canonical
from ledger.bundle import decode_bundle, encode_bundle
from ledger.canonicalzip import CanonicalZip
from ledger.checkpoint import encode_body, parse_body, peek_checkpoint
from ledger.completeness import Completeness, encode_completeness, parse_completeness
from ledger.cosignature import cosign, witness_vkey
from ledger.disclosure import Disclosure, encode_disclosure, parse_disclosure
from ledger.dsse import parse_envelope
from ledger.errors import IntegrityError
from ledger.event import encode_event, parse_event
from ledger.heads import HeadRecord, heads_tree
from ledger.note import encode_note, format_vkey, parse_note, parse_vkey
from ledger.proof import encode_proof, parse_proof
from ledger.tile import parse_tile_path, tile_path
from tests.support.logs import VKEY, WITNESS, MemoryLog, event_entries, note_entries, sample_event
from tests.support.zips import zipped

LOG = MemoryLog(event_entries(5))
WITNESS_VKEY = witness_vkey("witness.example/w1", WITNESS.public_key)
NOTE = parse_note(LOG.checkpoint())
COSIGNED = encode_note(
    replace(NOTE, signatures=(*NOTE.signatures, cosign(NOTE, WITNESS_VKEY.name, WITNESS, 1_700_000_000)))
)


def spell_envelope(data: bytes) -> bytes:
    found = parse_envelope(data, "entry")
    return (
        b'{"payload":"%b","payloadType":"application/cloudevents+json","signatures":[{"keyid":"%b","sig":"%b"}]}'
        % (b64encode(found.payload), found.keyid.encode(), b64encode(found.signature))
    )


def spell_checkpoint(data: bytes) -> bytes:
    # The signatures are the note's; the body must be the checkpoint's one spelling.
    return data.replace(parse_note(data).text.encode(), encode_body(peek_checkpoint(data)).encode())


def spell_zip(data: bytes) -> bytes:
    found = CanonicalZip(io.BytesIO(data))
    files = {member.name: b"".join(found.chunks(member.name)) for member in found.members()}
    return zipped(files)


PARSERS: dict[str, tuple[Callable[[bytes], bytes], bytes]] = {
    "canonical": (lambda b: canonical.encode(canonical.decode(b, "value")), encode_event(sample_event(1))),
    "event": (lambda b: encode_event(parse_event(b, "event")), encode_event(sample_event(1))),
    "envelope": (spell_envelope, LOG.entries[0]),
    "bundle": (lambda b: encode_bundle(decode_bundle(b, "bundle")), encode_bundle(note_entries(5))),
    "note": (lambda b: encode_note(parse_note(b)), COSIGNED),
    "body": (lambda b: encode_body(parse_body(b.decode("utf-8", "replace"))).encode(), NOTE.text.encode()),
    "checkpoint": (spell_checkpoint, COSIGNED),
    "proof": (lambda b: encode_proof(parse_proof(b)), LOG.proof(2)),
    "disclosure": (
        lambda b: encode_disclosure(parse_disclosure(b, "disclosure")),
        encode_disclosure(Disclosure("ab" * 32, b"\x07" * 32, ["the database is down", {"e": 1, "n": None}])),
    ),
    "completeness": (
        lambda b: encode_completeness(parse_completeness(b)),
        encode_completeness(
            Completeness(
                9,
                heads_tree(
                    [HeadRecord("alert-1", 2, "cd" * 32), HeadRecord("keys", 1, "ab" * 32)], {"keys"}
                ).proven,
            )
        ),
    ),
    "zip": (spell_zip, zipped({"a": b"one", "b/c": b"", "b/d": b"more than one"})),
    "vkey": (
        lambda b: format_vkey(parse_vkey(b.decode("utf-8", "surrogateescape"))).encode(),
        format_vkey(VKEY).encode(),
    ),
    "tile path": (
        lambda b: tile_path(parse_tile_path(b.decode("utf-8", "surrogateescape"))).encode(),
        b"tile/0/x001/x234/067.p/8",
    ),
}


def spells_the_same_or_refuses(spell: Callable[[bytes], bytes], data: bytes) -> None:
    error = None
    try:
        assert spell(data) == data
    except IntegrityError as refusal:
        error = refusal
    if error is not None:
        assert error.place
        assert error.expected
        assert error.found
        # Reports go to terminals and web pages: what others wrote is quoted escaped and cut.
        assert str(error).isprintable()
        assert len(str(error)) < 500
