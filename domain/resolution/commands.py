"""Commands about the end of an incident: what is seen of it, and what people say about it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

from msgspec import Meta, Struct

from domain.resolution.facts import ActionStatus, ResolutionKind
from domain.words import Amount, Ident, Moment, Name, Number, PrincipalId, Rationale, Text, Title


class SloTold(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An objective, what is observed of it, and whether it is met."""

    slo_id: Name
    objective: Number
    observed: Number
    met: bool
    unit: Name | None = None


class AlertsTold(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether the alerts are over; what the alerts themselves say has the last word."""

    cleared: bool
    note: Text | None = None


class StabilityTold(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the service did while somebody watched: from the validated recovery until now by default."""

    breaches: Amount = 0
    started_at: Moment | None = None
    ended_at: Moment | None = None
    note: Text | None = None


class VerifyRestoration(
    Struct,
    frozen=True,
    kw_only=True,
    tag_field="action",
    tag="verify-restoration",
    forbid_unknown_fields=True,
):
    """Say what you see of service levels, alerts and stability: at least one of them (R-STEP-41)."""

    slos: Annotated[tuple[SloTold, ...], Meta(max_length=32)] = ()
    alerts: AlertsTold | None = None
    stability: StabilityTold | None = None
    note: Text | None = None
    at: Moment | None = None


class ConfirmResolution(
    Struct,
    frozen=True,
    kw_only=True,
    tag_field="action",
    tag="confirm-resolution",
    forbid_unknown_fields=True,
):
    """Say that it is over. Refused until service levels, alerts, stability and notices are as they must be.

    It was resolved when recovery was validated: nobody has to say when.
    """

    kind: ResolutionKind
    summary: Rationale
    restored_version: Name | None = None


class RecordActionItem(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="action-item", forbid_unknown_fields=True
):
    """Record something to be done later, or what became of it: of `item`, what you do not say stays."""

    item: Ident | None = None
    title: Title | None = None
    status: ActionStatus | None = None
    owner: PrincipalId | None = None
    due_on: date | None = None


class CloseIncident(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="close", forbid_unknown_fields=True
):
    """Close the incident, once gate 4 passed and both reviewers approved the manifest (R-TRN-15)."""

    rationale: Rationale


class ReopenIncident(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="reopen", forbid_unknown_fields=True
):
    """Go on with a closed incident, within seven days; later open a new one and link this (R-TRN-21)."""

    rationale: Rationale


EXAMPLES = (
    VerifyRestoration(
        slos=(SloTold(slo_id="checkout-latency-p99", objective="800", observed="310", met=True, unit="ms"),),
        alerts=AlertsTold(cleared=True),
        stability=StabilityTold(breaches=0),
        at=datetime(2026, 3, 1, 3, 5, tzinfo=UTC),
    ),
    ConfirmResolution(
        kind="rollback",
        summary="Version 1.2.3 answers in time again; no order was lost.",
        restored_version="1.2.3",
    ),
    RecordActionItem(
        title="Alert on the length of the payment queue.", owner="p-bob", due_on=date(2026, 3, 15)
    ),
    CloseIncident(rationale="Restored, documented, reviewed; what is left to do has its owners."),
    ReopenIncident(rationale="The same errors are back since 14:05."),
)
