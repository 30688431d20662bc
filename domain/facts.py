"""The registry of facts: stable stored names on one side, types on the other (R-EVT-03).

A name is never renamed or reused; a new shape gets a new version. `encode` refuses prose that is
still clear and `decode` refuses stored text that should have been sealed, so clear prose can
neither leave nor enter through here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from domain.alert_facts import AlertFact, SignalDeduplicated, SignalReceived
from domain.incident_facts import (
    AlertValidityConfirmed,
    IncidentDeclared,
    IncidentFact,
    IncidentOpened,
    SignalAttached,
    SignalCleared,
    TimelineEntryCorrected,
    TimelineEntryRecorded,
)
from domain.people_facts import PeopleFact, PersonAdded, PersonChanged, TokenIssued, TokenRevoked
from domain.prose import proses
from domain.recorded import UnknownFact
from domain.role_facts import RoleGranted, RoleRevoked
from domain.source_facts import DeliveryReceived, SignalRejected, SignalsTruncated, SourceFact

Fact = AlertFact | SourceFact | IncidentFact | PeopleFact

FACTS: Mapping[str, type[Fact]] = {
    "tallystick.signal-received.v1": SignalReceived,
    "tallystick.signal-deduplicated.v1": SignalDeduplicated,
    "tallystick.delivery-received.v1": DeliveryReceived,
    "tallystick.signals-truncated.v1": SignalsTruncated,
    "tallystick.signal-rejected.v1": SignalRejected,
    "tallystick.incident-opened.v1": IncidentOpened,
    "tallystick.signal-attached.v1": SignalAttached,
    "tallystick.signal-cleared.v1": SignalCleared,
    "tallystick.alert-validity-confirmed.v1": AlertValidityConfirmed,
    "tallystick.incident-declared.v1": IncidentDeclared,
    "tallystick.timeline-entry-recorded.v1": TimelineEntryRecorded,
    "tallystick.timeline-entry-corrected.v1": TimelineEntryCorrected,
    "tallystick.person-added.v1": PersonAdded,
    "tallystick.person-changed.v1": PersonChanged,
    "tallystick.token-issued.v1": TokenIssued,
    "tallystick.token-revoked.v1": TokenRevoked,
    "tallystick.role-granted.v1": RoleGranted,
    "tallystick.role-revoked.v1": RoleRevoked,
}
"""Stored name -> type, in the order in which an incident meets them."""

NAMES: Mapping[type[Fact], str] = {cls: name for name, cls in FACTS.items()}
"""Type -> stored name."""

# Made ready before any thread can ask: msgspec crashes when two are the first to read one type.
_READY = tuple(msgspec.json.Decoder(cls) for cls in FACTS.values())


class MalformedFact(ValueError):
    """A stored fact of a known type does not have that type's shape."""


def type_name(fact: Fact) -> str:
    """Return the stable name under which ``fact`` is stored."""
    return NAMES[type(fact)]


def encode(fact: Fact) -> dict[str, Any]:
    """Return the ``data`` of the event for a sealed fact; unset fields are absent."""
    if any(part.c is None for part in proses(fact)):
        raise ValueError(f"{type_name(fact)}: expected every text sealed, found clear text")
    data: dict[str, Any] = msgspec.to_builtins(fact)
    return data


def decode(name: str, data: dict[str, Any]) -> Fact | UnknownFact:
    """Return the fact stored under ``name``, or an `UnknownFact`; raises `MalformedFact`.

    Unknown fields are ignored: they stay in the event's bytes.
    """
    cls = FACTS.get(name)
    if cls is None:
        return UnknownFact(type=name, data=data)
    try:
        fact = msgspec.convert(data, cls)
    except msgspec.ValidationError as error:
        raise MalformedFact(f"{name}: {error}") from error
    if not all(part.is_reference for part in proses(fact)):
        raise MalformedFact(f"{name}: expected sealed references, found clear text")
    return fact


def happened_at(fact: Fact) -> str | None:
    """Return when the fact happened if it says so (the event's ``time``); None means when it is recorded."""
    at: str | None = getattr(fact, "at", None)
    return at
