"""The four gates of a policy file: none can be left out, and gates 1 and 4 can never be waived (R-CFG-05)."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta, Struct

from domain.policy_terms import BySeverity, Name, Positive, Role, Roles, Whole, check_ratio

NoWaiver = Literal["none"]


class Waiver(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What it takes to pass a failed gate knowingly."""

    approvers: Roles
    requires: Name
    ttl_hours: Positive


class SeverityAlignment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Gate 1; nobody can waive it."""

    type: Literal["prerequisite"]
    consensus: Decimal
    waiver: NoWaiver

    def __post_init__(self) -> None:
        """Refuse a ratio outside 0 to 1."""
        check_ratio("consensus", self.consensus)


class ConditionalApprovers(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who must approve too, where the mitigation touches these."""

    regulated_data: Role
    customer_notification: Role


class MitigationReadiness(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Gate 2."""

    type: Literal["execution"]
    coverage: Decimal
    approval: Decimal
    strategy_completeness: Decimal
    required_items: Annotated[tuple[Name, ...], Meta(min_length=1)]
    item_ttl_hours: Positive
    approvers: Roles
    conditional_approvers: ConditionalApprovers
    waiver: Waiver | NoWaiver

    def __post_init__(self) -> None:
        """Refuse ratios outside 0 to 1."""
        for name in ("coverage", "approval", "strategy_completeness"):
            check_ratio(name, getattr(self, name))


class RecoveryValidation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Gate 3."""

    type: Literal["execution"]
    success: Decimal
    timeline: Decimal
    execution_success: Decimal
    critical_checks: tuple[Name, ...]
    waiver: Waiver | NoWaiver

    def __post_init__(self) -> None:
        """Refuse ratios outside 0 to 1."""
        for name in ("success", "timeline", "execution_success"):
            check_ratio(name, getattr(self, name))


class ResolutionDocumentation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Gate 4; nobody can waive it."""

    type: Literal["completion"]
    completeness: Decimal
    notification: Decimal
    report: Decimal
    summary: Decimal
    rca_min: Whole
    stability_minutes: BySeverity[Positive]
    required_report_sections: tuple[Name, ...]
    rca_kinds_required: tuple[Name, ...]
    rca_encrypted: bool
    waiver: NoWaiver

    def __post_init__(self) -> None:
        """Refuse ratios outside 0 to 1."""
        for name in ("completeness", "notification", "report", "summary"):
            check_ratio(name, getattr(self, name))


class Gates(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The four gates, none of which a file can leave out."""

    severity_alignment: SeverityAlignment
    mitigation_readiness: MitigationReadiness
    recovery_validation: RecoveryValidation
    resolution_documentation: ResolutionDocumentation
