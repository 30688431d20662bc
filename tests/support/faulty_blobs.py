"""Blobs in memory that fail where they are told to: what was asked is lost, or was done all the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime

from application.blobs import Again, blob_name, proven
from ledger.errors import IntegrityError, StoreError


class FaultyBlobs:
    """A blob store of a test; ``stored`` may be changed behind its back."""

    def __init__(self) -> None:
        self.stored: dict[str, bytes] = {}
        self.asked: list[str] = []
        self._fault: tuple[str, bool, Exception] | None = None

    def fail(self, step: str, *, kept: bool, error: Exception | None = None) -> None:
        """Let the next ``step`` (the name of a method) fail, once."""
        self._fault = (step, kept, error or StoreError("injected: no answer"))

    def put(self, content: bytes) -> str:
        sha256 = hashlib.sha256(content).hexdigest()
        self.put_chunks(sha256, lambda: (content,))
        return sha256

    def put_chunks(self, sha256: str, again: Again) -> None:
        blob_name(sha256)
        fault = self._due("put_chunks")
        if fault is None or fault[1]:
            self.stored[sha256] = b"".join(proven(again(), sha256))
        if fault is not None:
            raise fault[2]

    def find(self, sha256: str) -> bytes | None:
        chunks = self.chunks(sha256)
        return None if chunks is None else b"".join(chunks)

    def get(self, sha256: str) -> bytes:
        content = self.find(sha256)
        if content is None:
            raise IntegrityError(f"blob {sha256}", "a file", "none")
        return content

    def chunks(self, sha256: str) -> Iterator[bytes] | None:
        blob_name(sha256)
        if (fault := self._due("chunks")) is not None:
            raise fault[2]
        content = self.stored.get(sha256)
        return None if content is None else proven((content[:100], content[100:]), sha256)

    def holds(self, sha256: str) -> bool:
        content = self.stored.get(sha256)
        return content is not None and hashlib.sha256(content).hexdigest() == sha256

    def size(self, sha256: str) -> int | None:
        blob_name(sha256)
        content = self.stored.get(sha256)
        return None if content is None else len(content)

    def delete(self, sha256: str) -> None:
        blob_name(sha256)
        fault = self._due("delete")
        if fault is None or fault[1]:
            self.stored.pop(sha256, None)
        if fault is not None:
            raise fault[2]

    def sweep(self, older_than: datetime) -> int:
        return 0

    def _due(self, step: str) -> tuple[str, bool, Exception] | None:
        self.asked.append(step)
        if self._fault is None or self._fault[0] != step:
            return None
        fault, self._fault = self._fault, None
        return fault
