"""Step 4 in the export of an incident, first half: the entries that its streams list, each with its position.

Line k of ``streams/<stream>.jsonl`` is the envelope at the position on line k of ``streams/<stream>.idx``.
Stream ``keys`` comes first: the whole of it tells whether a recorder's key was in force at a position.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, zip_longest

import msgspec

from ledger.bundle import MAX_ENTRY
from ledger.errors import IntegrityError
from ledger.exportlayout import STREAMS, parse_stream_path, positions_path, stream_path
from ledger.keyfacts import STREAM as KEYS
from ledger.strict import decode_utf8, parse_decimal
from verifier.container import Accepted
from verifier.tally import Tally
from verifier.textlines import lines

_MAX_DIGITS = 19


class Listed(msgspec.Struct, frozen=True):
    """Bytes that a stream's file gives for the entry at ``position``; nothing is verified."""

    stream: str
    position: int
    data: bytes


def streams_of(source: Accepted, tally: Tally) -> tuple[str, ...]:
    """Return the streams of the export, `KEYS` first, then in the order of their names."""
    with tally.collecting("stream"):
        names = [name for name, _ in groupby(parse_stream_path(file.path) for file in source.files(STREAMS))]
        return tuple(sorted(names, key=lambda name: (name != KEYS, name)))
    return ()


def listed(source: Accepted, stream: str, size: int, tally: Tally) -> Iterator[Listed]:
    """Yield the entries of a stream up to the first line that is malformed, in a log of ``size`` entries."""
    entries, places = stream_path(stream), positions_path(stream)
    with tally.collecting("stream"):
        before = -1
        pairs = zip_longest(lines(source, entries, MAX_ENTRY), lines(source, places, _MAX_DIGITS))
        for number, (data, text) in enumerate(pairs, 1):
            if data is None or text is None:
                raise IntegrityError(
                    f"{places if text is None else entries}, line {number}", "a line", "the end"
                )
            position = _position(text, f"{places}, line {number}")
            if not before < position < size:
                expected = f"a position above {before} and below {size}"
                raise IntegrityError(f"{places}, line {number}", expected, position)
            yield Listed(stream, position, data)
            before = position


def _position(text: bytes, place: str) -> int:
    return parse_decimal(decode_utf8(text, place), place)
