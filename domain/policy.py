"""The values by which the protocol judges: the shape of ``config/protocol_gates/*.yaml`` (R-CFG-02).

Unknown keys are refused, and so is any file that lacks one of the four gates, makes gate 1 or 4
waivable (R-CFG-05), or loosens the prerequisites that cannot be downgraded (R-PRE-42). Scalars are
read as text and become integers or decimals, never floats. The values are pinned by the file's
SHA-256 when an incident is opened; the rules that read them follow.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from domain.policy_gates import Gates
from domain.policy_prerequisites import Prerequisites
from domain.policy_terms import (
    BySeverity,
    Name,
    Positive,
    ProtocolId,
    Role,
    Roles,
    Severity,
    Span,
    Whole,
    check_above_zero,
    check_ratio,
)


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
        check_above_zero("burn_rate_1h", self.burn_rate_1h)
        check_ratio("affected_users_ratio", self.affected_users_ratio)
        check_ratio("services_ratio", self.services_ratio)


class Sev2Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Reaching any of these makes an incident SEV-2."""

    burn_rate_6h: Decimal
    affected_users_ratio: Decimal
    revenue_loss_minor_per_hour: Positive
    services_ratio: Decimal

    def __post_init__(self) -> None:
        """Refuse thresholds that nothing or everything reaches."""
        check_above_zero("burn_rate_6h", self.burn_rate_6h)
        check_ratio("affected_users_ratio", self.affected_users_ratio)
        check_ratio("services_ratio", self.services_ratio)


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
        check_ratio("services_ratio", self.services_ratio)


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
    prerequisites: Prerequisites
    gates: Gates
    expected_duration_minutes: Durations
    limits: Limits
    retention: Retention
    compliance: Compliance
    announcements: Announcements
