"""Commands about opening, declaring, linking and ending incidents."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from domain.classified import Profile, Visibility
from domain.words import AlertStream, IncidentName, Moment, Name, Rationale, Text, Title


class OpenIncident(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="open", forbid_unknown_fields=True
):
    """Open an incident by hand, before or without any alert (R-TRN-01)."""

    title: Title
    environment: Name
    services: Annotated[tuple[Name, ...], Meta(max_length=32)] = ()
    summary: Text | None = None
    drill: bool = False
    visibility: Visibility = "open"
    profile: Profile | None = None
    detected_at: Moment | None = None


class DeclareIncident(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="declare", forbid_unknown_fields=True
):
    """Declare that the incident is real, and take command of it (R-TRN-03, R-WF-34)."""

    rationale: Rationale


class AttachAlert(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="attach-alert", forbid_unknown_fields=True
):
    """Attach an alert that the correlation did not bring here."""

    alert: AlertStream
    why: Rationale


class TuningProposal(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change in the monitoring."""

    alert_rule: Name
    proposal: Text
    problem: Literal["false_positive", "noisy", "late", "missing", "threshold"] = "false_positive"


class DismissIncident(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="dismiss", forbid_unknown_fields=True
):
    """End an incident that was none: a false positive before, declared in error after its declaration."""

    rationale: Rationale
    tuning: TuningProposal | None = None


class MitigationIsNotRequired(
    Struct,
    frozen=True,
    kw_only=True,
    tag_field="action",
    tag="mitigation-not-required",
    forbid_unknown_fields=True,
):
    """Go on to recovery without executing anything (R-TRN-24)."""

    kind: Literal["self_recovered", "no_action", "external"]
    rationale: Rationale


class MergeIncident(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="merge", forbid_unknown_fields=True
):
    """Go on as another incident, which takes alerts and responders (R-TRN-25)."""

    into: IncidentName
    rationale: Rationale


class LinkIncident(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="link", forbid_unknown_fields=True
):
    """Link another incident; both show it, neither changes state (R-TRN-25)."""

    incident: IncidentName
    kind: Literal["parent", "child", "related"]
    rationale: Rationale


class TightenProfile(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="tighten-profile", forbid_unknown_fields=True
):
    """Adopt a stricter profile from here on; there is no way back (R-PROF-01)."""

    profile: Profile
    rationale: Rationale


EXAMPLES = (
    OpenIncident(
        title="Checkout answers slowly",
        environment="production",
        services=("checkout",),
        summary="Customers report time-outs when paying.",
        detected_at=datetime(2026, 3, 1, 2, 10, tzinfo=UTC),
    ),
    DeclareIncident(rationale="Error rate above 20 % in two regions, confirmed by hand."),
    AttachAlert(
        alert="alert-0123456789abcdef0123456789abcdef",
        why="The queue backs up because checkout retries.",
    ),
    DismissIncident(
        rationale="The probe itself had lost its network; checkout was fine.",
        tuning=TuningProposal(alert_rule="CheckoutSlow", proposal="Alert only when two probes agree."),
    ),
    MitigationIsNotRequired(
        kind="self_recovered", rationale="The provider repaired its network before we acted."
    ),
    MergeIncident(into="INC-2", rationale="Both are the failing payment provider."),
    LinkIncident(incident="INC-2", kind="related", rationale="The same provider failed there yesterday."),
    TightenProfile(profile="team", rationale="A second person is awake now."),
)
