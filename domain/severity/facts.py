"""Facts about severity and scope (R-EVT-13)."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from domain.classified import Code, Count, Decimal, Id, Severity
from domain.prose import Prose

Reason = Literal[
    "gate_1_failed", "gate_3_failed", "new_signal", "auto_escalation", "objection", "manual", "reopened"
]
"""Why a new round began (R-TRN-18)."""

Rule = Literal["severity_hint", "services_ratio", "regulated_data", "unmitigated"]
"""The rules by which a new round begins although nobody asked for one (R-SVC-10)."""


class SloBreach(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An objective missed over ``window_s`` seconds, its budget burning ``burn_rate`` times as fast."""

    slo_id: Code
    objective: Decimal
    observed: Decimal
    window_s: Count
    burn_rate: Decimal | None = None


class CustomerImpact(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who is hurt; ``affected_users_ratio`` is of all users, money in minor units an hour."""

    affected_users: Count | None = None
    affected_users_ratio: Decimal | None = None
    revenue_loss_minor_per_hour: Count | None = None
    currency: Code | None = None


class BlastRadius(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far it reaches; ``services_ratio`` is of all services."""

    services: tuple[Code, ...] = ()
    regions: tuple[Code, ...] = ()
    tenants: Count | None = None
    services_ratio: Decimal | None = None


class SeverityProposed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody proposed a severity; ``suggested`` is what the policy's rules make of the numbers.

    With ``auto`` the rules' suggestion is the proposal.
    """

    round: Count
    severity: Severity
    suggested: Severity
    auto: bool
    rationale: Prose
    slo_breaches: tuple[SloBreach, ...] = ()
    customer_impact: CustomerImpact | None = None
    blast_radius: BlastRadius | None = None


class SeverityVoteCast(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A responder's vote in a round; the latest vote of each counts (R-GATE-10)."""

    round: Count
    severity: Severity
    rationale: Prose | None = None


class SeverityConsensusReached(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All who voted agree, and enough did: the votes of this round are frozen. Starts the notice clock."""

    round: Count
    severity: Severity
    agreeing: Count
    responders: Count


class Cause(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a rule found: it speaks for ``severity`` where people had ``agreed`` on a lesser one.

    ``alert`` is the stream of the alert that says so; ``services_ratio`` what people stated, of all
    services; ``minutes`` how long the policy lets the agreed severity go without a mitigation.
    """

    rule: Rule
    severity: Severity
    agreed: Severity
    alert: Id | None = None
    services_ratio: Decimal | None = None
    minutes: Count | None = None


class SeverityReassessmentStarted(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A new ``round`` begins; what was agreed before stays on record (R-TRN-18).

    A round that a rule began has the ``cause`` that it found; in any round it is people who agree.
    """

    round: Count
    reason: Reason
    rationale: Prose | None = None
    cause: Cause | None = None


class AffectedScopeConfirmed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is affected, as the commander confirms it in a round.

    ``regulated_data`` and ``customer_notification`` absent means not known yet (R-PRE-22);
    ``services_ratio`` is of all services.
    """

    round: Count
    services: tuple[Code, ...]
    regions: tuple[Code, ...] = ()
    tenants: Count | None = None
    data_classes: tuple[Code, ...] = ()
    regulated_data: bool | None = None
    customer_notification: bool | None = None
    services_ratio: Decimal | None = None
    rationale: Prose | None = None


SeverityFact = (
    SeverityProposed
    | SeverityVoteCast
    | SeverityConsensusReached
    | SeverityReassessmentStarted
    | AffectedScopeConfirmed
)
