"""Facts of a stream ``incident-*`` from its first alert to its declaration (R-EVT-11, R-EVT-18)."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from domain.classified import (
    Category,
    Code,
    Count,
    Hash,
    Id,
    Nanoseconds,
    Profile,
    Short,
    Timestamp,
    Verdict,
    Visibility,
)
from domain.prose import Prose


class IncidentOpened(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An incident exists: a candidate opened by a signal, or one that a person opened.

    ``drill``, ``profile`` and ``policy_sha256`` never change (R-DRILL-01, R-CFG-04). A candidate
    names the ``correlation`` and the ``ordinal`` from which its stream's name is derived.
    """

    origin: Literal["signal", "person"]
    why: Code
    title: Prose
    services: tuple[Code, ...]
    detected_at: Timestamp
    drill: bool
    visibility: Visibility
    profile: Profile
    policy_sha256: Hash
    environment: Code | None = None
    summary: Prose | None = None
    correlation: Short | None = None
    ordinal: Count | None = None


class SignalAttached(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An alert's firing belongs to this incident: ``why`` is a code, ``rationale`` a person's words."""

    signal_id: Id
    alert: Id
    alert_name: Code
    episode: Nanoseconds
    fired_at: Timestamp
    why: Code
    service: Code | None = None
    environment: Code | None = None
    severity_hint: Code | None = None
    rationale: Prose | None = None
    at: Timestamp | None = None


class SignalCleared(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An attached firing ended; ``cleared_by`` is the signal that said so."""

    signal_id: Id
    alert: Id
    alert_name: Code
    cleared_by: Id
    cleared_at: Timestamp | None = None
    at: Timestamp | None = None


class AlertValidityConfirmed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody judged whether the alerts are real."""

    verdict: Verdict
    rationale: Prose


class IncidentDeclared(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The incident is real and worked on from now, declared by the authority of ``authority_role``."""

    authority_role: Code
    rationale: Prose


class TimelineEntryRecorded(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person's entry in the timeline; ``at`` where it happened earlier than it was recorded."""

    entry_id: Id
    category: Category
    text: Prose
    at: Timestamp | None = None


class TimelineEntryCorrected(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A better text for an earlier entry, which stays visible."""

    entry_id: Id
    text: Prose
    reason: Prose


IncidentFact = (
    IncidentOpened
    | SignalAttached
    | SignalCleared
    | AlertValidityConfirmed
    | IncidentDeclared
    | TimelineEntryRecorded
    | TimelineEntryCorrected
)
