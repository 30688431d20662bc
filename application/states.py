"""The state a stream's facts lead to, remembered by version: only what came since is folded."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

import msgspec

from application.reading import recorded
from domain import alert
from domain.alert import Alert
from domain.incident_state import NOTHING, Incident, seen
from ledger.store.contract import Reader

S = TypeVar("S")


class Folded(msgspec.Struct, Generic[S], frozen=True):
    """A state and the version of the stream it holds at."""

    version: int
    state: S


class States:
    """States of incident and alert streams. Safe to share: what is remembered is never wrong, only old."""

    def __init__(self, store: Reader, capacity: int = 2_000) -> None:
        self._store, self._capacity = store, capacity
        self._incidents: OrderedDict[str, Folded[Incident]] = OrderedDict()
        self._alerts: OrderedDict[str, Folded[Alert]] = OrderedDict()
        self._guard = threading.Lock()  # guards the two maps

    def incident(self, stream: str) -> Folded[Incident]:
        """Return the state of an incident at the newest version of its stream."""
        version, state = self._start(self._incidents, stream, NOTHING)
        for row in self._store.stream_rows(stream, version):
            version = row.version
            state = seen(state, recorded(row))
        return self._keep(self._incidents, stream, Folded(version, state))

    def alert(self, stream: str) -> Folded[Alert]:
        """Return the state of an alert at the newest version of its stream."""
        version, state = self._start(self._alerts, stream, alert.NOTHING)
        for row in self._store.stream_rows(stream, version):
            version = row.version
            state = alert.fold((recorded(row),), state)
        return self._keep(self._alerts, stream, Folded(version, state))

    def _start(self, known: OrderedDict[str, Folded[S]], stream: str, nothing: S) -> tuple[int, S]:
        with self._guard:
            found = known.get(stream)
        return (0, nothing) if found is None else (found.version, found.state)

    def _keep(self, known: OrderedDict[str, Folded[S]], stream: str, folded: Folded[S]) -> Folded[S]:
        with self._guard:
            known[stream] = folded
            known.move_to_end(stream)
            while len(known) > self._capacity:
                known.popitem(last=False)
        return folded
