"""Facts about how an incident begins, which alerts it has, and how it ends unmitigated (R-EVT-11)."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from domain.classified import (
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


class Tuning(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What should change in the monitoring, since it called people for nothing."""

    alert_rule: Code
    problem: Literal["false_positive", "noisy", "late", "missing", "threshold"]
    proposal: Prose


class IncidentDismissed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """There was nothing: the alerts were false, or the declaration was an error (R-TRN-02, R-TRN-23)."""

    cause: Literal["false_positive", "declared_in_error"]
    rationale: Prose
    tuning: Tuning | None = None


class MitigationNotRequired(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Nothing has to be executed; recovery is still to be shown (R-TRN-24)."""

    kind: Literal["self_recovered", "no_action", "external"]
    rationale: Prose


class IncidentMerged(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The incident goes on as another one, which takes its alerts and responders (R-TRN-25)."""

    into: Id
    rationale: Prose


class IncidentLinked(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Another incident has to do with this one; *merged* is one that went on as this one."""

    incident: Id
    kind: Literal["parent", "child", "related", "merged"]
    rationale: Prose


class PolicyAdopted(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """From here on a stricter profile's policy holds (R-PROF-01, R-CFG-04)."""

    profile: Profile
    policy_sha256: Hash
    rationale: Prose


IntakeFact = (
    IncidentOpened
    | SignalAttached
    | SignalCleared
    | AlertValidityConfirmed
    | IncidentDeclared
    | IncidentDismissed
    | MitigationNotRequired
    | IncidentMerged
    | IncidentLinked
    | PolicyAdopted
)
