"""Commands of our own intake. People and other programs cannot send them, so they are not in `COMMANDS`."""

from __future__ import annotations

from msgspec import Struct

from domain.alert_facts import SignalReceived
from domain.prose import Prose
from domain.rules import Route
from domain.signal import Delivery, Signal


class ReceiveDelivery(Struct, frozen=True, kw_only=True):
    """Note on stream ``source-*`` that a message arrived; ``raw`` already refers to a stored blob."""

    delivery_id: str
    delivery: Delivery
    raw: Prose
    headers: Prose | None = None


class ReceiveSignal(Struct, frozen=True, kw_only=True):
    """Note on stream ``alert-*`` what a source said; ``route`` is what the alert rules make of it."""

    delivery_id: str
    signal: Signal
    route: Route


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
