"""What the command line asks of a ledger, whether it lies in a home here or behind a service's address.

One seam with two sides (`tallystick.desk_local`, `tallystick.desk_http`), so that both answer the same words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from api.incident_metrics import IncidentMetrics
from api.problems import Problem
from api.receipts import ActionReceipt
from application.artifact_files import ArtifactsView
from application.comparison import DiffView
from application.incident_views import EvidenceView, GatesView, NextView, RunOfIncident
from application.metrics import MetricsView, Which
from application.replay import ReplayView
from application.views import NOW, At, IncidentView, TimelineView
from domain.commands import Command
from domain.stored_blob import StoredBlob


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One command, by its ``action``, for an incident, None for `open`.

    ``expected`` is the version that the caller has seen, ``key`` makes repeating harmless, and ``wait`` asks
    to be answered once a published checkpoint covers what was recorded.
    """

    action: str
    command: Command
    incident: str | None = None
    expected: int | None = None
    key: str | None = None
    wait: bool = False


class Done(msgspec.Struct, frozen=True):
    """The receipt of an order; ``replayed`` when an earlier one with the same key had recorded it."""

    receipt: ActionReceipt
    replayed: bool

    @property
    def published(self) -> bool:
        """Whether the receipt proves that a published checkpoint covers it."""
        return all(entry.proof is not None for entry in self.receipt.entries)


class NotDone(Exception):
    """The ledger understood and says no: a stable ``code``, and in words what it expected and found."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{message} ({code})")
        self.code = code

    @classmethod
    def of(cls, problem: Problem) -> NotDone:
        """Return a problem as the command line says it: its words, then the difference, each once."""
        words = problem.detail
        if problem.expected is not None and problem.expected not in words:
            words += f"; expected {problem.expected}, found {problem.found}"
        return cls(problem.code, words)


class Unreachable(Exception):
    """Nobody answers at the address, or not as Tallystick does, or not now."""


class Source(Protocol):
    """A file to read from."""

    def read(self, size: int, /) -> bytes:
        """Return the next bytes, none at the end."""


class Sink(Protocol):
    """A file to write to."""

    def write(self, piece: bytes, /) -> int:
        """Write bytes, all of them."""


class Desk(Protocol):
    """Where commands are handed in and records are read."""

    def act(self, order: Order) -> Done:
        """Return what was recorded; raises `NotDone`."""

    def incidents(self) -> Sequence[IncidentView]:
        """Return all incidents, by number."""

    def incident(self, name: str, at: At = NOW) -> IncidentView:
        """Return an incident as it was; raises `NotDone` where there was none."""

    def gates(self, name: str, at: At = NOW) -> GatesView:
        """Return the gates of an incident as they were; raises `NotDone` where there was none."""

    def next(self, name: str, at: At = NOW) -> NextView:
        """Return what was next in an incident, for who asks; raises `NotDone` where there was none."""

    def run(self, name: str, at: At = NOW) -> RunOfIncident:
        """Return what was executed and checked in an incident; raises `NotDone` where there was none."""

    def evidence(self, name: str, at: At = NOW) -> EvidenceView:
        """Return the evidence of an incident as it was; raises `NotDone` where there was none."""

    def upload(self, name: str, file: Source, size: int) -> StoredBlob:
        """Return the reference to a file of an incident, now stored; raises `NotDone`."""

    def download(self, name: str, sha256: str, sink: Sink) -> int:
        """Write a file of an incident, verified, and return its size; raises `NotDone`."""

    def bundle(self, name: str, sink: Sink) -> int:
        """Write the sealed bundle of an incident, as it was sealed, and return its size; raises `NotDone`."""

    def timeline(self, name: str, at: At = NOW) -> TimelineView:
        """Return the timeline of an incident as it was; raises `NotDone` where there was none."""

    def replay(self, name: str, at: At = NOW, *, after: int = 0, limit: int = 500) -> ReplayView:
        """Return steps of an incident above version ``after``, at most ``limit``, itself at most 500."""

    def diff(self, name: str, before: At, after: At) -> DiffView:
        """Return what differs between two moments; raises `NotDone` where there was no such moment."""

    def metrics(self, name: str, at: At = NOW) -> MetricsView:
        """Return what an incident had measured; raises `NotDone` where there was none."""

    def metrics_over(self, which: Which) -> IncidentMetrics:
        """Return what incidents measured together."""

    def artifacts(self, name: str, at: At = NOW) -> ArtifactsView:
        """Return which artifacts an incident has; raises `NotDone` where there was none."""

    def artifact(self, name: str, which: str, at: At = NOW, *, readable: bool = False) -> bytes:
        """Return the canonical bytes of an artifact, or the readable copy of them; raises `NotDone`."""


def orders_path(order: Order) -> str:
    """Return where an order goes over HTTP, which is part of what its idempotency key stands for."""
    return "/v1/incidents" if order.incident is None else f"/v1/incidents/{order.incident}/actions"
