"""RFC 6962 section 2.1 word for word, recursive and slow: a second opinion on every root and proof.

Shares nothing with `ledger.merkle`; ``MTH``, ``PATH``, ``PROOF`` and ``SUBPROOF`` are the RFC's names.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class NaiveTree:
    """The tree over ``entries``, every range of which can be asked for."""

    def __init__(self, entries: Sequence[bytes]) -> None:
        self._entries = tuple(entries)
        self._mth = cache(self._compute)

    def root(self, size: int) -> bytes:
        """Return MTH(D[size])."""
        return self._mth(0, size)

    def subtree(self, level: int, index: int) -> bytes:
        """Return the root of a complete subtree: a `HashReader` of the ledger."""
        return self._mth(index << level, (index + 1) << level)

    def path(self, index: int, size: int) -> tuple[bytes, ...]:
        """Return PATH(index, D[size])."""
        return self._path(index, 0, size)

    def proof(self, old: int, new: int) -> tuple[bytes, ...]:
        """Return PROOF(old, D[new]), for 0 < old < new."""
        return self._subproof(old, 0, new, complete=True)

    def _compute(self, start: int, end: int) -> bytes:
        assert end <= len(self._entries)
        if start == end:
            return hashlib.sha256().digest()
        if end - start == 1:
            return hashlib.sha256(b"\x00" + self._entries[start]).digest()
        k = start + _largest_power_below(end - start)
        return hashlib.sha256(b"\x01" + self._mth(start, k) + self._mth(k, end)).digest()

    def _path(self, m: int, start: int, end: int) -> tuple[bytes, ...]:
        if end - start == 1:
            return ()
        k = _largest_power_below(end - start)
        if m < k:
            return (*self._path(m, start, start + k), self._mth(start + k, end))
        return (*self._path(m - k, start + k, end), self._mth(start, start + k))

    def _subproof(self, m: int, start: int, end: int, *, complete: bool) -> tuple[bytes, ...]:
        if m == end - start:
            return () if complete else (self._mth(start, end),)
        k = _largest_power_below(end - start)
        if m <= k:
            return (*self._subproof(m, start, start + k, complete=complete), self._mth(start + k, end))
        return (*self._subproof(m - k, start + k, end, complete=False), self._mth(start, start + k))


def _largest_power_below(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k
