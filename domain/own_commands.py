"""Commands of our own intake. People and other programs cannot send them, so they are not in `COMMANDS`."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

from domain.alert_facts import SignalReceived
from domain.incident_state import Incident
from domain.notices.facts import Channel, Proof
from domain.prose import Prose
from domain.rootcause.facts import Found
from domain.rules import Route
from domain.signal import Delivery, Origin, RecordRange, Remark, Signal


class ReceiveDelivery(Struct, frozen=True, kw_only=True):
    """Note on stream ``source-*`` that a message arrived; ``raw`` already refers to a stored blob."""

    delivery_id: str
    delivery: Delivery
    raw: Prose
    headers: Prose | None = None
    origin: Origin | None = None
    replay_of: str | None = None


class AggregateDeliveries(Struct, frozen=True, kw_only=True):
    """Note on stream ``source-*`` messages of a storm together; ``root`` commits to each that ``raw`` has."""

    delivery_id: str
    source: str
    format: str
    raw: Prose
    root: str
    count: int
    alerts: int
    first_at: str
    last_at: str
    records: tuple[RecordRange, ...] = ()


class ReceiveSignal(Struct, frozen=True, kw_only=True):
    """Note on stream ``alert-*`` what a source said; ``route`` is what the alert rules make of it.

    ``held`` says whether an open incident has the alert as firing; it is asked only while that flaps.
    """

    delivery_id: str
    signal: Signal
    route: Route
    held: bool = False


class SettleAlert(Struct, frozen=True, kw_only=True):
    """Note on stream ``alert-*`` that a condition flaps no more, if it has been quiet for long enough."""


class RepeatSignals(Struct, frozen=True, kw_only=True):
    """Note on stream ``alert-*`` that in a storm ``duplicate_of`` was told ``added`` times again."""

    delivery_id: str
    duplicate_of: str
    added: int
    first_at: str
    last_at: str
    root: str


class NoteRemark(Struct, frozen=True, kw_only=True):
    """Note on stream ``alert-*`` what a source said beside firing and end."""

    delivery_id: str
    remark: Remark


class OpenCandidate(Struct, frozen=True, kw_only=True):
    """Open a candidate incident with its first signal, in the stream of its correlation and ``ordinal``."""

    alert: str
    signal: SignalReceived
    ordinal: int


class AttachSignal(Struct, frozen=True, kw_only=True):
    """Add a firing to the incident that its correlation names, or that had it when it ``settled``."""

    alert: str
    signal: SignalReceived
    settled: bool = False


class ClearSignal(Struct, frozen=True, kw_only=True):
    """Tell an incident that an attached firing ended; one that has ``settled``, whichever it was."""

    alert: str
    signal: SignalReceived
    settled: bool = False


class AbsorbIncident(Struct, frozen=True, kw_only=True):
    """Take over alerts and people of the incident ``stream``, which goes on as this one."""

    stream: str
    source: Incident
    rationale: str


class MirrorLink(Struct, frozen=True, kw_only=True):
    """Tell the other incident of a link; ``kind`` is what ``stream`` is to it."""

    stream: str
    kind: Literal["parent", "child", "related"]
    rationale: str


class RecordDelivery(Struct, frozen=True, kw_only=True):
    """Note what became of a notice that one of our channels tried to deliver.

    ``error`` says why it did not, ``retry_at`` when it is tried again, None when it is given up.
    """

    notification_id: str
    channel: Channel
    proof: Proof | None = None
    provider_ref: str | None = None
    sent_at: datetime | None = None
    error: str | None = None
    retry_at: datetime | None = None


class CheckTimers(Struct, frozen=True, kw_only=True):
    """Look whether an incident has come to something by the passing of time alone (R-AUT-63)."""


class RecordVerification(Struct, frozen=True, kw_only=True):
    """Note what there is of the stored bytes of pieces of evidence, by their ids."""

    found: tuple[tuple[str, Found], ...]
