"""``completeness.json``: for each stream of an export, its place in the tree of a heads fact (design 10).

    {"heads":<position>,"streams":[{"index":…,"leaf":"…","path":["…"],"stream":"…","version":…},…]}

Canonical JSON; streams in ascending order of names, each once; paths in base64, from leaf to root.
"""

from __future__ import annotations

from itertools import pairwise

import msgspec

from ledger import canonical
from ledger.canonical import Json
from ledger.errors import IntegrityError
from ledger.event import check_stream
from ledger.heads import HeadRecord, ProvenHead
from ledger.proof import MAX_PATH
from ledger.strict import decode_hash, encode_base64, is_hash, shown

_MEMBERS = frozenset({"stream", "index", "version", "leaf", "path"})


class Completeness(msgspec.Struct, frozen=True):
    """The position of the heads fact, and the heads proven by its root."""

    heads: int
    streams: tuple[ProvenHead, ...]


def encode_completeness(completeness: Completeness) -> bytes:
    """Return the file's bytes."""
    streams = [
        {
            "stream": head.record.stream,
            "index": head.index,
            "version": head.record.version,
            "leaf": head.record.leaf,
            "path": [encode_base64(hash_) for hash_ in head.path],
        }
        for head in completeness.streams
    ]
    return canonical.encode({"heads": completeness.heads, "streams": streams}, "completeness")


def parse_completeness(data: bytes, place: str = "completeness") -> Completeness:
    """Return what ``data`` is the one spelling of; nothing is verified."""
    fields = canonical.decode(data, place)
    if not isinstance(fields, dict) or fields.keys() != {"heads", "streams"}:
        raise IntegrityError(place, "an object of heads and streams", shown(data))
    heads, streams = fields["heads"], fields["streams"]
    if not isinstance(streams, list):
        raise IntegrityError(f"{place}.streams", "an array", shown(streams))
    proven = tuple(_head(item, f"{place}.streams[{number}]") for number, item in enumerate(streams))
    for before, after in pairwise(proven):
        if not before.record.stream < after.record.stream:
            raise IntegrityError(place, f"a stream after {before.record.stream}", after.record.stream)
    return Completeness(_number(heads, f"{place}.heads", 0), proven)


def _head(item: Json, place: str) -> ProvenHead:
    if not isinstance(item, dict) or item.keys() != _MEMBERS:
        raise IntegrityError(place, f"an object of {', '.join(sorted(_MEMBERS))}", shown(item))
    stream, leaf, path = item["stream"], item["leaf"], item["path"]
    if not isinstance(stream, str):
        raise IntegrityError(f"{place}.stream", "a text", shown(stream))
    check_stream(stream, f"{place}.stream")
    if not isinstance(leaf, str) or not is_hash(leaf):
        raise IntegrityError(f"{place}.leaf", "64 lower-case hexadecimal characters", shown(leaf))
    if not isinstance(path, list) or len(path) > MAX_PATH:
        raise IntegrityError(f"{place}.path", f"an array of at most {MAX_PATH} hashes", shown(path))
    record = HeadRecord(stream, _number(item["version"], f"{place}.version", 1), leaf)
    hashes = tuple(_hash(text, f"{place}.path[{number}]") for number, text in enumerate(path))
    return ProvenHead(record, _number(item["index"], f"{place}.index", 0), hashes)


def _hash(text: Json, place: str) -> bytes:
    if not isinstance(text, str):
        raise IntegrityError(place, "a hash in base64", shown(text))
    return decode_hash(text, place)


def _number(value: Json, place: str, least: int) -> int:
    if type(value) is not int or value < least:
        raise IntegrityError(place, f"an integer from {least} on", shown(value))
    return value
