"""Files of lines, read in flat memory: each line ends in a line feed, and none is longer than it may be."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.errors import IntegrityError
from ledger.strict import shown
from verifier.source import Source


def lines(source: Source, path: str, limit: int) -> Iterator[bytes]:
    """Yield the lines of a file without their line feeds; each has at most ``limit`` bytes."""
    rest, number = b"", 1
    for chunk in source.chunks(path):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            _check_length(line, limit, f"{path}, line {number}")
            yield line
            number += 1
        _check_length(rest, limit, f"{path}, line {number}")
    if rest:
        raise IntegrityError(f"{path}, line {number}", "a line feed at its end", shown(rest))


def _check_length(line: bytes, limit: int, place: str) -> None:
    if len(line) > limit:
        raise IntegrityError(place, f"at most {limit} bytes", "more")
