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
from domain.signal import Delivery, Origin, Remark, Signal


class ReceiveDelivery(Struct, frozen=True, kw_only=True):
    """Note on stream ``source-*`` that a message arrived; ``raw`` already refers to a stored blob."""

    delivery_id: str
    delivery: Delivery
    raw: Prose
    headers: Prose | None = None
    origin: Origin | None = None
    replay_of: str | None = None


class ReceiveSignal(Struct, frozen=True, kw_only=True):
    """Note on stream ``alert-*`` what a source said; ``route`` is what the alert rules make of it."""

    delivery_id: str
    signal: Signal
    route: Route


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
    """Add a firing to the incident that its correlation names."""

    alert: str
    signal: SignalReceived


class ClearSignal(Struct, frozen=True, kw_only=True):
    """Tell an incident that an attached firing ended."""

    alert: str
    signal: SignalReceived


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
