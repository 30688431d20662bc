"""Records put aside in one pass over the log and read back grouped, in flat memory.

As in a partitioned hash join: records with the same key land in the same of `PARTS` parts, and only one part
is decoded at a time. Everything lies in one temporary file, which small logs never need.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import IO, Final, Generic, Self, TypeVar

import msgspec

PARTS: Final = 256
BUFFER: Final = 1 << 15  # bytes a part, before they go to the file

K = TypeVar("K")
R = TypeVar("R")


class Spool(Generic[K, R]):
    """Records of type ``kind`` grouped by ``key``; ``part`` says in which of `PARTS` parts a key lies."""

    def __init__(self, kind: type[R], key: Callable[[R], K], part: Callable[[K], int]) -> None:
        self._key, self._part = key, part
        self._buffers: dict[int, bytearray] = defaultdict(bytearray)
        self._segments: dict[int, list[tuple[int, int]]] = defaultdict(list)  # offset and size in the file
        self._file: IO[bytes] | None = None
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(kind)

    def __enter__(self) -> Self:
        """Return itself; on exit the file is gone."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the file."""
        if self._file is not None:
            self._file.close()

    def put(self, record: R) -> None:
        """Put a record aside."""
        data = self._encoder.encode(record)
        number = self._part(self._key(record))
        buffer = self._buffers[number]
        buffer += len(data).to_bytes(4, "big")
        buffer += data
        if len(buffer) > BUFFER:
            self._flush(number, buffer)

    @property
    def parts(self) -> Sequence[int]:
        """The parts that have records, in ascending order."""
        return sorted(self._buffers)

    def part(self, number: int) -> dict[K, list[R]]:
        """Return the groups of one part, each in the order in which its records were put."""
        groups: dict[K, list[R]] = defaultdict(list)
        for data in self._pieces(number):
            offset = 0
            while offset < len(data):
                start = offset + 4
                offset = start + int.from_bytes(data[offset:start], "big")
                record = self._decoder.decode(data[start:offset])
                groups[self._key(record)].append(record)
        return groups

    def _pieces(self, number: int) -> Iterator[memoryview]:
        """Yield runs of whole records."""
        if self._file is not None:
            for offset, size in self._segments.get(number, ()):
                self._file.seek(offset)
                yield memoryview(self._file.read(size))
        yield memoryview(self._buffers.get(number, b""))

    def _flush(self, number: int, buffer: bytearray) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed on exit
        offset = self._file.seek(0, 2)
        self._file.write(buffer)
        self._segments[number].append((offset, len(buffer)))
        self._buffers[number] = bytearray()
