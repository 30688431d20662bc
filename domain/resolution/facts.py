"""Facts about resolution (R-EVT-19)."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from domain.classified import Code, Count, Date, Decimal, Id, Timestamp
from domain.prose import Prose

ResolutionKind = Literal["rollback", "feature_flag", "hotfix", "self_recovered", "other"]
ActionStatus = Literal["open", "done", "dropped"]


class SloSeen(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One objective and what was observed of it, in ``unit``."""

    slo_id: Code
    objective: Decimal
    observed: Decimal
    met: bool
    unit: Code | None = None


class SloRestorationVerified(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody looked at the objectives: ``restored`` when every one of them is met."""

    slos: tuple[SloSeen, ...]
    restored: bool
    at: Timestamp | None = None
    note: Prose | None = None


class AlertsClearedVerified(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody looked at the alerts: ``still_firing`` are those that are not over."""

    cleared: bool
    still_firing: tuple[Id, ...] = ()
    at: Timestamp | None = None
    note: Prose | None = None


class StabilityWindowObserved(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The service was watched from ``started_at`` to ``ended_at``, and was off ``breaches`` times."""

    started_at: Timestamp
    ended_at: Timestamp
    duration_s: Count
    breaches: Count
    note: Prose | None = None


class ResolutionConfirmed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The commander says that it is over (R-TRN-12, R-HND-10); ``resolved_at`` is when it recovered."""

    kind: ResolutionKind
    summary: Prose
    resolved_at: Timestamp
    incident_duration_ms: Count
    restored_version: Code | None = None


class ActionItemRecorded(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something to be done later, or that it was done or dropped: the latest word on the item counts."""

    item_id: Code
    status: ActionStatus
    title: Prose
    owner: Id | None = None
    due_on: Date | None = None


class IncidentClosed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The commander closes the incident (R-TRN-15)."""

    rationale: Prose


class IncidentReopened(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """It was not over after all (R-TRN-21); what was done before moves the incident no more."""

    rationale: Prose


ResolutionFact = (
    SloRestorationVerified
    | AlertsClearedVerified
    | StabilityWindowObserved
    | ResolutionConfirmed
    | ActionItemRecorded
    | IncidentClosed
    | IncidentReopened
)
