"""A map that only grows, as a value: adding to it copies little, however large it is.

Folding n facts into a plain dict that is copied at each costs the square of n. Here the entries lie in
a few dicts of falling size, merged like the digits of a binary counter: adding costs the logarithm of n.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

from msgspec import Struct

V = TypeVar("V")


class Growing(Struct, Generic[V], frozen=True):
    """Keys with values; ``layers`` hold the newest last, and no layer is smaller than twice the next."""

    layers: tuple[dict[str, V], ...] = ()

    def get(self, key: str) -> V | None:
        """Return the newest value of ``key``, None when it was never set."""
        return next((layer[key] for layer in reversed(self.layers) if key in layer), None)

    def set(self, key: str, value: V) -> Growing[V]:
        """Return the map with ``key`` at ``value``."""
        layers, newest = list(self.layers), {key: value}
        while layers and len(layers[-1]) <= 2 * len(newest):
            newest = {**layers.pop(), **newest}
        return Growing((*layers, newest))

    def items(self) -> Iterator[tuple[str, V]]:
        """Yield each key once with its newest value, in the order in which keys were first set."""
        merged: dict[str, V] = {}
        for layer in self.layers:
            merged.update(layer)
        yield from merged.items()

    def __contains__(self, key: object) -> bool:
        return any(key in layer for layer in self.layers)
