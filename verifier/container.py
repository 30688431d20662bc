"""Step 1: the files of an export are those its ``SHA256SUMS`` lists, where they may be, as they were written.

The sums are help, no evidence: they find damage, not forgery. Whoever forges the rest forges them too, and
then meets the steps that follow. Both lists are read side by side in the order of their paths, so memory
stays flat whatever the number of files.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Final

from ledger.errors import IntegrityError
from ledger.exportlayout import SUMS
from ledger.finding import Finding
from ledger.strict import shown
from verifier.errors import Refused
from verifier.layouts import LEDGER, Layout, layout_of
from verifier.source import File, Source
from verifier.steps import Step
from verifier.tally import Progress, Tally

MAX_LINE: Final = 1_024

_LINE = re.compile(r"([0-9a-f]{64})  ([^\n]+)\n")


class Accepted:
    """A source without the files that this step refused; ``layout`` is that of the export."""

    def __init__(
        self, source: Source, refused: frozenset[str] = frozenset(), layout: Layout = LEDGER
    ) -> None:
        self._source = source
        self._refused = refused
        self.layout = layout

    @property
    def listed(self) -> bool:
        """Whether the source can list its files."""
        return self._source.listed

    def files(self, under: str = "") -> Iterator[File]:
        """Yield what was accepted below ``under``."""
        return (file for file in self._source.files(under) if file.path not in self._refused)

    def read(self, path: str, limit: int) -> bytes:
        """Return a file's bytes; raises `Refused` besides what the source raises."""
        self._check(path)
        return self._source.read(path, limit)

    def chunks(self, path: str) -> Iterator[bytes]:
        """Yield a file's bytes; raises `Refused` besides what the source raises."""
        self._check(path)
        return self._source.chunks(path)

    def _check(self, path: str) -> None:
        if path in self._refused:
            raise Refused(path)


def check_container(source: Source, tally: Tally, progress: Progress) -> Accepted:
    """Return what of ``source`` the later steps may use; the rest has become findings."""
    if not source.listed:
        return Accepted(source)
    layout, refused = LEDGER, set[str]()
    with tally.collecting("file"):
        layout = layout_of(source)
        for number, (file, stated) in enumerate(_side_by_side(source, tally)):
            if not _accepts(source, layout, file, stated, tally):
                refused.add(file.path)
            progress("files", number + 1, 0)
    return Accepted(source, frozenset(refused), layout)


def _accepts(source: Source, layout: Layout, file: File, stated: str | None, tally: Tally) -> bool:
    try:
        _check_file(file, layout)
    except IntegrityError as error:
        tally.found(Finding("file", _printable(file.path), error.expected, error.found))
        return False
    with tally.collecting("sum"):
        if stated is None:
            raise IntegrityError(file.path, f"a line in {SUMS}", "none")
        digest, _ = digest_of(source, file.path)
        if digest != stated:
            raise IntegrityError(file.path, stated, digest)
        tally.checked(Step.CONTAINER)
        return True
    return False


def digest_of(source: Source, path: str) -> tuple[str, int]:
    """Return a file's SHA-256, hexadecimal, and its size in bytes."""
    digest, size = hashlib.sha256(), 0
    for chunk in source.chunks(path):
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size


def _check_file(file: File, layout: Layout) -> None:
    """Return when a file of this name and size may be in an export."""
    if not file.regular:
        raise IntegrityError(file.path, "a regular file", "a link or something else")
    limit = layout.limit(file.path)
    if limit is not None and file.size > limit:
        raise IntegrityError(file.path, f"at most {limit} bytes", file.size)


def _side_by_side(source: Source, tally: Tally) -> Iterator[tuple[File, str | None]]:
    """Yield each file but the sums themselves, with the SHA-256 that the sums state for it."""
    lines = _sums(source, tally)
    line = next(lines, None)
    for file in source.files():
        while line is not None and line[1] < file.path:
            _missing(line[1], tally)
            line = next(lines, None)
        stated = None
        if line is not None and line[1] == file.path:
            stated, line = line[0], next(lines, None)
        if file.path != SUMS:
            yield file, stated
    while line is not None:
        _missing(line[1], tally)
        line = next(lines, None)


def _missing(path: str, tally: Tally) -> None:
    tally.found(Finding("file", _printable(path), f"a file, as {SUMS} lists one", "none"))


def _printable(path: str) -> str:
    """Return a name from outside so that it cannot do anything to a terminal."""
    return shown(path, 200).strip("'")


def _sums(source: Source, tally: Tally) -> Iterator[tuple[str, str]]:
    """Yield SHA-256 and path of each line; what is not in its one spelling ends the list."""
    before = ""
    with tally.collecting("file"):
        for number, line in enumerate(_lines(source)):
            found = _LINE.fullmatch(line)
            if found is None or not before < found[2] != SUMS:
                raise IntegrityError(
                    f"{SUMS}, line {number + 1}",
                    "SHA-256, two spaces, path, in the order of paths",
                    shown(line),
                )
            before = found[2]
            yield found[1], found[2]


def _lines(source: Source) -> Iterator[str]:
    rest = b""
    for chunk in source.chunks(SUMS):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from (line.decode("utf-8", "surrogateescape") + "\n" for line in lines)
        if len(rest) > MAX_LINE:
            raise IntegrityError(SUMS, f"lines of at most {MAX_LINE} bytes", "a longer one")
    if rest:
        yield rest.decode("utf-8", "surrogateescape")
