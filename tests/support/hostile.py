"""Exports made to hurt whoever verifies them: each part that is parsed, as nobody should write it."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
from collections.abc import Callable, Mapping

from ledger.exportlayout import (
    CHECKPOINT,
    COMPLETENESS,
    DISCLOSURES,
    SUMS,
    VKEY,
    positions_path,
    proof_path,
    stream_path,
)
from tests.support.exports import INCIDENT
from tests.support.forging import Content, with_sums
from tests.support.zips import zipped

Hostile = Mapping[str, Callable[[Content], Content]]

_HASH_LINE = b"A" * 43 + b"=\n"
_DEEP = b"[" * 100_000 + b"]" * 100_000


def _at(path: str, change: Callable[[bytes], bytes]) -> Callable[[Content], Content]:
    return lambda files: with_sums({**files, path: change(files.get(path, b""))})


def _signed_often(note: bytes) -> bytes:
    line = note[note.index(b"\n\n") + 2 :]
    return note + line * 10_000


def _without_padding(text: bytes) -> bytes:
    root = text.split(b"\n")[2]
    return text.replace(root, root.rstrip(b"="))


def _other_trailing_bits(text: bytes) -> bytes:
    """Return the note with another base64 spelling of the same root: its last bits are not zero."""
    root = text.split(b"\n")[2]
    assert root.endswith(b"=")
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    last = alphabet[alphabet.index(root[-2:-1]) + 1 : alphabet.index(root[-2:-1]) + 2]
    return text.replace(root, root[:-2] + last + b"=")


CHECKPOINTS: Hostile = {
    "10,000 signature lines": _at(CHECKPOINT, _signed_often),
    "10 MB of checkpoint": _at(CHECKPOINT, lambda note: note + b"x" * 10_000_000),
    "a size of 2^64": _at(CHECKPOINT, lambda note: note.replace(b"\n7\n", b"\n18446744073709551616\n")),
    "a size of 10,000 digits": _at(
        CHECKPOINT, lambda note: note.replace(b"\n7\n", b"\n%s\n" % (b"9" * 10_000))
    ),
    "a root without padding": _at(CHECKPOINT, _without_padding),
    "a root with bits to spare": _at(CHECKPOINT, _other_trailing_bits),
    "no text": _at(CHECKPOINT, lambda _: b""),
    "a carriage return": _at(CHECKPOINT, lambda note: note.replace(b"\n", b"\r\n")),
    "bytes that are no text": _at(CHECKPOINT, lambda note: b"\xff\xfe" + note),
    "a key of the forger's beside it": _at(VKEY, lambda _: b"ledger.example/incidents+00000000+AAAA\n"),
}

PARTS: Hostile = {
    "a proof of 64 hashes": _at(
        proof_path(2), lambda proof: proof.replace(b"index 2\n", b"index 2\n" + _HASH_LINE * 64)
    ),
    "a proof of a million hashes": _at(
        proof_path(2), lambda proof: proof.replace(b"index 2\n", b"index 2\n" + _HASH_LINE * 1_000_000)
    ),
    "a proof with 10,000 signature lines": _at(proof_path(2), _signed_often),
    "a hash that is spelled otherwise": _at(proof_path(2), lambda proof: proof.replace(b"=\n", b"\n", 1)),
    "an index of 10,000 digits": _at(
        proof_path(2), lambda proof: proof.replace(b"index 2", b"index " + b"2" * 10_000)
    ),
    "an extra line in a proof": _at(
        proof_path(2), lambda proof: proof.replace(b"index 2", b"extra AAAA\nindex 2")
    ),
    "an envelope with white space": _at(
        stream_path(INCIDENT), lambda data: data.replace(b'{"payload"', b'{ "payload"', 1)
    ),
    "an envelope with a member twice": _at(
        stream_path(INCIDENT), lambda data: data.replace(b'{"payload"', b'{"payload":"","payload"', 1)
    ),
    "an envelope that is one deep array": _at(
        stream_path(INCIDENT), lambda data: _DEEP[:65_000] + b"\n" + data
    ),
    "a line of 10 MB": _at(stream_path(INCIDENT), lambda data: data + b"x" * 10_000_000),
    "a million empty lines": _at(stream_path(INCIDENT), lambda data: data + b"\n" * 1_000_000),
    "100,000 positions": _at(
        positions_path(INCIDENT), lambda data: data + b"".join(b"%d\n" % n for n in range(100_000))
    ),
    "a negative position": _at(positions_path(INCIDENT), lambda data: b"-1\n" + data),
    "a position in other digits": _at(positions_path(INCIDENT), lambda data: "٢\n".encode() + data),
    "completeness that is one deep array": _at(COMPLETENESS, lambda _: _DEEP),
    "completeness with a path of a million hashes": _at(
        COMPLETENESS, lambda data: data.replace(b'"path":[', b'"path":[' + b'"",' * 1_000_000, 1)
    ),
    "completeness with a huge number": _at(
        COMPLETENESS, lambda data: data.replace(b'"heads":6', b'"heads":' + b"6" * 5_000)
    ),
    "completeness with a fraction": _at(
        COMPLETENESS, lambda data: data.replace(b'"heads":6', b'"heads":6.0')
    ),
    "completeness with a member twice": _at(
        COMPLETENESS, lambda data: data.replace(b'{"heads":6', b'{"heads":6,"heads":6')
    ),
    "a disclosure that is one deep array": _at(DISCLOSURES, lambda _: _DEEP + b"\n"),
    "a disclosure without an end": _at(DISCLOSURES, lambda _: b'{"c":"' + b"a" * 20_000_000),
    "a disclosure of no value": _at(DISCLOSURES, lambda _: b'{"c":"","salt":"","value":null}\n'),
    "a stream without entries": _at(stream_path("incident-empty"), lambda _: b""),
    "a name that moves the cursor": lambda files: with_sums({**files, "streams/\x1b[2J.jsonl": b""}),
    "a name that leads out": lambda files: with_sums({**files, "streams/../../evil": b""}),
    "an absolute name": lambda files: with_sums({**files, "/etc/passwd": b""}),
    "trusted keys": lambda files: with_sums(
        {**files, "trusted/mine.vkey": files[VKEY], ".config/tallystick/trusted/mine.vkey": files[VKEY]}
    ),
    "sums of 100,000 files": lambda files: {
        **files,
        SUMS: files[SUMS] + b"".join(b"%064d  z%07d\n" % (n, n) for n in range(100_000)),
    },
    "sums with one endless line": lambda files: {**files, SUMS: files[SUMS] + b"0" * 10_000_000},
}


def _deflated(files: Content) -> bytes:
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in sorted(files.items()):
            archive.writestr(path, data)
        archive.writestr("zeros", bytes(20_000_000))
    return stored.getvalue()


def _twice(files: Content) -> bytes:
    stored = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stored, "w") as archive:
        warnings.simplefilter("ignore")
        for path, data in sorted(files.items()):
            archive.writestr(path, data)
        archive.writestr(CHECKPOINT, files[CHECKPOINT])
    return stored.getvalue()


def _declaring(size: int) -> Callable[[Content], bytes]:
    """Return a ZIP whose first member says in both its headers that it has ``size`` bytes."""

    def change(files: Content) -> bytes:
        data = bytearray(zipped(files))
        central = data.index(b"PK\x01\x02")
        for offset in (18, 22, central + 20, central + 24):
            struct.pack_into("<L", data, offset, size)
        return bytes(data)

    return change


def _linked(files: Content) -> bytes:
    """Return a ZIP whose first member is a symbolic link."""
    data = bytearray(zipped(files))
    struct.pack_into("<L", data, data.index(b"PK\x01\x02") + 38, 0o120777 << 16)
    return bytes(data)


def _counting(members: int) -> Callable[[Content], bytes]:
    """Return a ZIP whose end says that there are so many members."""

    def change(files: Content) -> bytes:
        data = bytearray(zipped(files))
        struct.pack_into("<2H", data, len(data) - 14, members, members)
        return bytes(data)

    return change


def _overlapping(files: Content) -> bytes:
    """Return a ZIP in which every member claims the bytes of the first: much from little."""
    data = bytearray(zipped(files))
    at = data.index(b"PK\x01\x02")
    while (at := data.find(b"PK\x01\x02", at + 1)) >= 0:
        struct.pack_into("<L", data, at + 42, 0)
    return bytes(data)


def _named(name: str) -> Callable[[Content], bytes]:
    """Return a ZIP in which ``checkpoint`` bears another name of the same length, in both headers."""
    return lambda files: zipped(files).replace(b"checkpoint", name.encode().ljust(10, b"x")[:10])


ZIPS: Mapping[str, Callable[[Content], bytes]] = {
    "a bomb": _deflated,
    "a name twice": _twice,
    "a member of 4 GB": _declaring(0xFFFF_FFFE),
    "a member that says its size elsewhere": _declaring(0xFFFF_FFFF),
    "a symbolic link": _linked,
    "more members than there are": _counting(60_000),
    "members without number": _counting(0xFFFF),
    "members over each other": _overlapping,
    "a name that leads out": _named("../../evil"),
    "an absolute name": _named("/etc/pwned"),
    "a name with a drive": _named("C:\\windows"),
    "a hidden name": _named(".ssh/known"),
    "a name in no order": _named("zzzzzzzzzz"),
    "something before it": lambda files: b"#!/bin/sh\n" + zipped(files),
    "something after it": lambda files: zipped(files) + b"\n",
    "nothing": lambda _: b"",
    "an end and nothing else": lambda _: b"PK\x05\x06" + bytes(18),
    "ends without end": lambda _: b"PK\x05\x06" * 1_000_000,
}
