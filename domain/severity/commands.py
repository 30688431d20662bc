"""Commands about severity and scope."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from domain.classified import Severity
from domain.words import Amount, Name, Names, Number, Rationale, Share


class SloBreachTold(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An objective that is missed."""

    slo_id: Name
    objective: Number
    observed: Number
    window_s: Amount
    burn_rate: Number | None = None


class CustomerImpactTold(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is hurt, and how much."""

    affected_users: Amount | None = None
    affected_users_ratio: Share | None = None
    revenue_loss_minor_per_hour: Amount | None = None
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$(?!\n)", description="ISO 4217.")] | None = None


class BlastRadiusTold(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far it reaches."""

    services: Names = ()
    regions: Names = ()
    tenants: Amount | None = None
    services_ratio: Share | None = None


class ProposeSeverity(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="propose-severity", forbid_unknown_fields=True
):
    """Propose a severity, which is your vote too; without one the policy's rules propose it from the numbers.

    When a severity is agreed already this begins a new round.
    """

    rationale: Rationale
    severity: Severity | None = None
    slo_breaches: Annotated[tuple[SloBreachTold, ...], Meta(max_length=32)] = ()
    customer_impact: CustomerImpactTold | None = None
    blast_radius: BlastRadiusTold | None = None


class VoteSeverity(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="vote-severity", forbid_unknown_fields=True
):
    """Vote for a severity. A vote against what was agreed is an objection and begins a new round."""

    severity: Severity
    rationale: Rationale | None = None


class ReassessSeverity(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="reassess-severity", forbid_unknown_fields=True
):
    """Begin a new round (R-TRN-18)."""

    rationale: Rationale


class ConfirmScope(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="confirm-scope", forbid_unknown_fields=True
):
    """Confirm what is affected; leave out whether regulated data or customers are concerned while unknown."""

    services: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=64)]
    regions: Names = ()
    tenants: Amount | None = None
    data_classes: Names = ()
    regulated_data: bool | None = None
    customer_notification: bool | None = None
    services_ratio: Share | None = None
    rationale: Rationale | None = None


EXAMPLES = (
    ProposeSeverity(
        severity="SEV-1",
        rationale="A third of all payments fail in two regions.",
        slo_breaches=(
            SloBreachTold(
                slo_id="checkout-availability",
                objective="0.999",
                observed="0.71",
                window_s=3600,
                burn_rate="290",
            ),
        ),
        customer_impact=CustomerImpactTold(affected_users_ratio="0.33"),
        blast_radius=BlastRadiusTold(services=("checkout",), regions=("eu", "us"), services_ratio="0.1"),
    ),
    VoteSeverity(severity="SEV-1"),
    ReassessSeverity(rationale="A second region fails since 02:40."),
    ConfirmScope(
        services=("checkout",), regions=("eu", "us"), regulated_data=False, customer_notification=False
    ),
)
