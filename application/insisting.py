"""Attempts that others may be ahead of: repeated until nobody was first, or too often."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from application.engine import Engine
from application.steps import Steps
from domain.streams import is_incident
from ledger.errors import StoreBusy, VersionConflict

T = TypeVar("T")

ATTEMPTS = 64
"""How often it is tried when other processes write to the same streams all the time."""


def insisting(engine: Engine, attempt: Callable[[], Steps[T]]) -> Steps[T]:
    """Return what the attempt comes to in which nobody else was first; raises `StoreBusy` after many."""
    contended: frozenset[str] = frozenset()
    conflict: VersionConflict | None = None
    for _ in range(ATTEMPTS):
        try:
            # Where somebody was first, this process's commands wait, or a busy incident takes no alerts.
            return (yield from engine.turns.during(contended, attempt()))
        except VersionConflict as e:
            conflict = e
            contended |= {e.stream} if is_incident(e.stream) else frozenset()
    raise StoreBusy(f"{conflict}; others were first {ATTEMPTS} times, nothing was recorded") from conflict
