"""The desk of a home on this machine: the same use cases as behind HTTP, in this process.

Another process may serve the same home meanwhile: the database orders what both append.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TypeVar

from msgspec.structs import replace

from api.artifacts import THEN, no_artifact
from api.blobs import open_file
from api.directory import absent
from api.exports import no_bundle
from api.idempotency import request_hash
from api.incident_metrics import IncidentMetrics
from api.incident_views import Versioned
from api.incidents import no_past
from api.preconditions import Expected, conflict
from api.problems import ProblemError, of_exception, of_refusal
from api.receipts import ActionReceipt, ReceiptEntry, entries
from application import incident_views as views
from application.acting import ActRequest, act
from application.artifact_files import ArtifactsView, artifact_file, artifact_list, is_artifact
from application.bundling import sealed_bundle
from application.comparison import DiffView, compare
from application.engine import Engine
from application.incident_views import (
    EvidenceView,
    GatesView,
    NextView,
    RunOfIncident,
    evidence,
    gates,
    next_step,
)
from application.metrics import MetricsView, Which, of_incident, over_incidents
from application.proofs import inclusion
from application.recording import check_writable
from application.repeating import Idempotency
from application.replay import ReplayView, steps
from application.replaying import Refused
from application.steps import run
from application.uploads import Upload
from application.views import (
    NOW,
    At,
    IncidentView,
    TimelineView,
    incident,
    incidents,
    resolve,
    timeline_view,
)
from domain.refusal import Refusal
from domain.stored_blob import StoredBlob
from ledger.append import Receipt
from ledger.errors import AppendRefused, QueueFull, VersionConflict
from tallystick.desk import Done, NotDone, Order, Sink, Source, orders_path
from tallystick.files import pieces
from tallystick.notices import notify_now
from tallystick.publishing import publish_before, publish_now
from tallystick.settings import Settings
from tallystick.tokens import OPERATOR
from tallystick.wiring import open_engine

T = TypeVar("T")
V = TypeVar("V", bound=Versioned)
PUBLISHED_WITHIN_S = 10.0
_POLL_S = 0.05


@contextmanager
def local_desk(settings: Settings, *, read_only: bool) -> Iterator[LocalDesk]:
    """Open the home of ``settings``; raises as `open_engine` does."""
    with open_engine(settings, read_only=read_only) as engine:
        engine.follower.catch_up()
        yield LocalDesk(engine, settings)


class LocalDesk:
    """Hands commands to the ledger in a home, in the operator's name."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine, self._settings = engine, settings

    def act(self, order: Order) -> Done:
        """Return what was recorded, under a checkpoint of ours unless a service publishes here."""
        publish_before(self._settings, self._engine, order.command)
        receipt = self._recorded(order)
        publish_now(self._settings, self._engine)
        notify_now(self._settings, self._engine, receipt.rows)
        found = entries(receipt.rows)
        if order.wait:
            found = self._proven(found)
        return Done(self._receipt(found), receipt.replayed)

    def incidents(self) -> Sequence[IncidentView]:
        """Return all incidents, by number."""
        return incidents(self._engine)

    def incident(self, name: str, at: At = NOW) -> IncidentView:
        """Return an incident as it was."""
        return _had(incident(self._engine, self._resolve(name), at), name, at)

    def gates(self, name: str, at: At = NOW) -> GatesView:
        """Return the gates of an incident as they were."""
        return _had(gates(self._engine, self._resolve(name), at), name, at)

    def next(self, name: str, at: At = NOW) -> NextView:
        """Return what was next in an incident."""
        return _had(next_step(self._engine, self._resolve(name), OPERATOR, at), name, at)

    def run(self, name: str, at: At = NOW) -> RunOfIncident:
        """Return what was executed and checked in an incident."""
        return _had(views.run(self._engine, self._resolve(name), at), name, at)

    def evidence(self, name: str, at: At = NOW) -> EvidenceView:
        """Return the evidence of an incident as it was."""
        return _had(evidence(self._engine, self._resolve(name), at), name, at)

    def upload(self, name: str, file: Source, size: int) -> StoredBlob:
        """Return the reference to a file of an incident, now stored."""
        stream, limit = self._resolve(name), self._settings.max_upload_bytes
        check_writable(self._engine)
        if size > limit:
            raise NotDone("BODY_TOO_LARGE", f"file: expected at most {limit} bytes, found {size}")
        with closing(Upload(self._engine.spools)) as arriving:
            for piece in pieces(file):
                arriving.write(piece)
            return arriving.keep(stream, self._engine.vault, self._engine.blobs)

    def download(self, name: str, sha256: str, sink: Sink) -> int:
        """Write a file of an incident and return its size."""
        try:
            spool = open_file(self._engine, self._resolve(name), sha256)
        except ProblemError as e:
            raise _not_done(e) from e
        with closing(spool):
            return sum(sink.write(piece) for piece in spool.chunks())

    def bundle(self, name: str, sink: Sink) -> int:
        """Write the sealed bundle of an incident and return its size."""
        staged = sealed_bundle(self._engine, self._resolve(name))
        if staged is None:
            raise _not_done(no_bundle(name))
        with closing(staged):
            return sum(sink.write(piece) for piece in staged.chunks())

    def timeline(self, name: str, at: At = NOW) -> TimelineView:
        """Return the timeline of an incident as it was."""
        return _had(timeline_view(self._engine, self._resolve(name), at), name, at)

    def replay(self, name: str, at: At = NOW, *, after: int = 0, limit: int = 500) -> ReplayView:
        """Return steps of an incident above version ``after``."""
        return _had(steps(self._engine, self._resolve(name), at, after=after, limit=limit), name, at)

    def diff(self, name: str, before: At, after: At) -> DiffView:
        """Return what differs between two moments."""
        found = compare(self._engine, self._resolve(name), before, after)
        if isinstance(found, At):
            raise _not_done(no_past(name, found))
        return found

    def metrics(self, name: str, at: At = NOW) -> MetricsView:
        """Return what an incident had measured."""
        return _had(of_incident(self._engine, self._resolve(name), at), name, at)

    def metrics_over(self, which: Which) -> IncidentMetrics:
        """Return what incidents measured together."""
        count, found = over_incidents(self._engine, which)
        return IncidentMetrics(incidents=count, metrics=found)

    def artifacts(self, name: str, at: At = NOW) -> ArtifactsView:
        """Return which artifacts an incident has."""
        return _had(artifact_list(self._engine, self._resolve(name), at), name, at)

    def artifact(self, name: str, which: str, at: At = NOW, *, readable: bool = False) -> bytes:
        """Return one artifact."""
        stream = self._resolve(name)
        if not is_artifact(which):
            raise _not_done(no_artifact(which, "an artifact that the list names"))
        file = artifact_file(self._engine, stream, which, at, readable=readable)
        if file is None or file.version < (at.version or 0):
            raise _not_done(no_artifact(which, THEN))
        return file.data

    def _recorded(self, order: Order) -> Receipt:
        request = ActRequest(
            command=order.command,
            stream=None if order.incident is None else self._resolve(order.incident),
            principal=OPERATOR,
            expected=order.expected,
            idempotency=_idempotency(order),
        )
        try:
            outcome = run(act(self._engine, request))
        except QueueFull:
            raise
        except VersionConflict as e:
            raise _not_done(conflict(e, Expected(order.expected, by_header=False))) from e
        except AppendRefused as e:
            raise _not_done(e) from e
        if isinstance(outcome, Refused):
            # The refusal is on record, so it is published, and told to whom it concerns, like anything else.
            publish_now(self._settings, self._engine)
            notify_now(self._settings, self._engine, outcome.receipt.rows)
            raise _not_done(of_refusal(outcome.refusal))
        if isinstance(outcome, Refusal):
            raise _not_done(of_refusal(outcome))
        return outcome

    def _receipt(self, found: tuple[ReceiptEntry, ...]) -> ActionReceipt:
        self._engine.follower.catch_up()
        return ActionReceipt(
            incident=found[-1].stream,
            number=self._engine.index.number(found[-1].stream),
            version=found[-1].version,
            positions=tuple(entry.position for entry in found),
            entries=found,
        )

    def _proven(self, found: tuple[ReceiptEntry, ...]) -> tuple[ReceiptEntry, ...]:
        """Return the entries with their proofs, or as they are when nobody publishes in time."""
        deadline = time.monotonic() + PUBLISHED_WITHIN_S
        while time.monotonic() < deadline:
            proofs = [inclusion(self._engine, entry.position) for entry in found]
            if None not in proofs:
                return tuple(
                    replace(entry, proof=proof.decode())
                    for entry, proof in zip(found, proofs, strict=True)
                    if proof is not None
                )
            time.sleep(_POLL_S)
        return found

    def _resolve(self, name: str) -> str:
        return _there(resolve(self._engine, name), name)


def _idempotency(order: Order) -> Idempotency | None:
    if order.key is None:
        return None
    return Idempotency(order.key, request_hash("POST", orders_path(order), order.command, order.expected))


def _not_done(error: Exception) -> NotDone:
    """Return the same code and words as over HTTP."""
    return NotDone.of(of_exception(error).problem)


def _had(found: V | None, name: str, at: At) -> V:
    """Return what was found; a version that the incident has not reached is not its newest."""
    if found is None or found.version < (at.version or 0):
        raise _not_done(no_past(name, at))
    return found


def _there(found: T | None, name: str) -> T:
    if found is None:
        raise _not_done(absent(name))
    return found
