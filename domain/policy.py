"""The values by which the protocol judges: the shape of ``config/protocol_gates/*.yaml`` (R-CFG-02).

Unknown keys are refused, and so is any file that lacks one of the four gates or makes gate 1 or 4
waivable (R-CFG-05). Scalars are read as text and become integers or decimals, never floats. The
values are pinned by the file's SHA-256 when an incident is opened; the rules that read them follow.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Generic, Literal, TypeVar

from msgspec import Meta, Struct, field

T = TypeVar("T")

Severity = Literal["SEV-1", "SEV-2", "SEV-3"]
Role = Annotated[str, Meta(pattern=r"^[a-z0-9_]{1,64}$(?!\n)")]
Roles = Annotated[tuple[Role, ...], Meta(min_length=1)]
ProtocolId = Annotated[str, Meta(pattern=r"^[0-9]{1,3}$(?!\n)")]
Positive = Annotated[int, Meta(ge=1)]
Whole = Annotated[int, Meta(ge=0)]
Name = Annotated[str, Meta(min_length=1, max_length=128)]
Span = Annotated[str, Meta(pattern=r"^P[1-9][0-9]{0,2}[YMD]$(?!\n)", description="ISO 8601, e.g. P5Y")]
NoWaiver = Literal["none"]


class BySeverity(Struct, Generic[T], frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One value for each of the three levels."""

    sev_1: T = field(name="SEV-1")
    sev_2: T = field(name="SEV-2")
    sev_3: T = field(name="SEV-3")


class Peer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Another protocol and the numbers under which it is met in inputs and outputs (R-DEC-02 to 05)."""

    id: ProtocolId
    aliases: tuple[ProtocolId, ...] = ()
    input_aliases: tuple[ProtocolId, ...] = ()
    output_aliases: tuple[ProtocolId, ...] = ()


class Peers(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The protocols that this one takes from or hands on to."""

    monitoring: Peer
    deployment: Peer
    rollback_rehearsal: Peer
    rollback_sources: tuple[ProtocolId, ...]
    performance: Peer
    retrospective: Peer


class Protocol(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which protocol the file governs."""

    id: Literal["17"]
    version: Literal["2.0"]
    aliases: tuple[ProtocolId, ...]
    peers: Peers


class Governance(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who owns the file and who must agree when it loosens."""

    config_version: Annotated[str, Meta(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$(?!\n)")]
    owner_role: Role
    loosening_approvers: Roles
    registry: Name


class Sev1Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Reaching any of these makes an incident SEV-1. Ratios are of all users or services."""

    burn_rate_1h: Decimal
    affected_users_ratio: Decimal
    revenue_loss_minor_per_hour: Positive
    services_ratio: Decimal

    def __post_init__(self) -> None:
        """Refuse thresholds that nothing or everything reaches."""
        _above_zero("burn_rate_1h", self.burn_rate_1h)
        _ratio("affected_users_ratio", self.affected_users_ratio)
        _ratio("services_ratio", self.services_ratio)


class Sev2Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Reaching any of these makes an incident SEV-2."""

    burn_rate_6h: Decimal
    affected_users_ratio: Decimal
    revenue_loss_minor_per_hour: Positive
    services_ratio: Decimal

    def __post_init__(self) -> None:
        """Refuse thresholds that nothing or everything reaches."""
        _above_zero("burn_rate_6h", self.burn_rate_6h)
        _ratio("affected_users_ratio", self.affected_users_ratio)
        _ratio("services_ratio", self.services_ratio)


class SeverityRules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The highest level whose rule is met wins; below SEV-2 everything is SEV-3."""

    sev_1: Sev1Rule = field(name="SEV-1")
    sev_2: Sev2Rule = field(name="SEV-2")


class AutoEscalate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When the level rises by itself; minutes are those without mitigation, by the level before."""

    to: Severity
    services_ratio: Decimal
    regulated_data_exposed: bool
    unmitigated_minutes: dict[Severity, Positive]

    def __post_init__(self) -> None:
        """Refuse a ratio outside 0 to 1."""
        _ratio("services_ratio", self.services_ratio)


class SeverityPolicy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How severity is proposed and agreed."""

    levels: tuple[Literal["SEV-1"], Literal["SEV-2"], Literal["SEV-3"]]
    customer_impact_basis: Literal["affected_users", "revenue", "max"]
    min_responders: BySeverity[Positive]
    rules: SeverityRules
    auto_escalate: AutoEscalate


class Notices(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is told at one level, and through what."""

    roles: Roles
    channels: Annotated[tuple[Name, ...], Meta(min_length=1)]
    slack: Name


class GateFailureNotices(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is told when a gate fails."""

    severity: Roles
    mitigation: Roles
    recovery: Roles
    resolution: Roles


class Cadence(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often an open incident is reported."""

    daily_after_hours: Positive
    weekly: bool
    update_minutes: BySeverity[Positive]


class Notification(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who hears what within how many minutes."""

    sla_minutes: Positive
    matrix: BySeverity[Notices]
    gate_failure: GateFailureNotices
    cadence: Cadence
    escalation_chain: Roles
    escalation_ack_minutes: BySeverity[Positive]


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
        _ratio("consensus", self.consensus)


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
            _ratio(name, getattr(self, name))


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
            _ratio(name, getattr(self, name))


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
            _ratio(name, getattr(self, name))


class Gates(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The four gates, none of which a file can leave out."""

    severity_alignment: SeverityAlignment
    mitigation_readiness: MitigationReadiness
    recovery_validation: RecoveryValidation
    resolution_documentation: ResolutionDocumentation


class Durations(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Minutes that steps and runs are expected to take; a pair is shortest and longest (R-DEC-38)."""

    step_1: Positive
    step_3: Positive
    pre: Positive
    main: tuple[Positive, Positive]
    post: Positive
    total: tuple[Positive, Positive]


class Limits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Bounds on runs (R-DEC-39, R-DEC-40)."""

    parallel_runs: Positive
    command_retries: Whole
    ci_retries: Whole
    ci_timeout_minutes: Positive


class Retention(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long files and keys stay; facts stay for ever (R-DEC-53)."""

    active: Span
    archive: Span
    phi_archive: Span
    cleanup_cron: Annotated[str, Meta(pattern=r"^\S+( \S+){4}$(?!\n)")]


class Compliance(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which regimes apply and when their clocks warn."""

    regimes: tuple[Name, ...]
    warn_before: tuple[Annotated[str, Meta(pattern=r"^[0-9]+(%|h)$(?!\n)")], ...]
    timezone: Name


class Announcements(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """In whose name announcements are made."""

    template_set: Name
    prefix: Name
    agent: Name


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One policy file, whole."""

    schema_version: Literal[1]
    protocol: Protocol
    governance: Governance
    severity: SeverityPolicy
    notification: Notification
    gates: Gates
    expected_duration_minutes: Durations
    limits: Limits
    retention: Retention
    compliance: Compliance
    announcements: Announcements


def _ratio(name: str, value: Decimal) -> None:
    if not (value.is_finite() and 0 < value <= 1):
        raise ValueError(f"{name}: expected a ratio above 0 and at most 1, found {value}")


def _above_zero(name: str, value: Decimal) -> None:
    if not (value.is_finite() and value > 0):
        raise ValueError(f"{name}: expected a finite number above 0, found {value}")
