"""Commands about gates and waivers."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from domain.gates.facts import Mode
from domain.words import Ident, Rationale, Text

GateName = Literal[
    "severity",
    "mitigation",
    "severity_alignment",
    "mitigation_readiness",
    "recovery",
    "resolution",
    "recovery_validation",
    "resolution_documentation",
]


class EvaluateGate(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="evaluate-gate", forbid_unknown_fields=True
):
    """Evaluate a gate by hand; other modes than strict, and looser thresholds, only diagnose (R-DEC-27)."""

    gate: GateName
    mode: Mode = "strict"
    sla_s: Annotated[int, Meta(ge=0, le=2**31 - 1, description="Seconds.")] | None = None
    threshold: (
        Annotated[
            str, Meta(pattern=r"^(0(\.[0-9]{1,12})?|1(\.0{1,12})?)$(?!\n)", description="A share, as text.")
        ]
        | None
    ) = None


class RequestWaiver(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="request-waiver", forbid_unknown_fields=True
):
    """Ask to pass a failed gate knowingly. Gates 1 and 4 cannot be waived; the request stays on record.

    Without `criteria`, for all that fail. Gate 2 needs a risk assessment, gate 3 a recovery plan.
    """

    gate: GateName
    justification: Rationale
    criteria: Annotated[tuple[Ident, ...], Meta(max_length=32)] = ()
    risk_assessment: Text | None = None
    recovery_plan: Text | None = None
    conditions: Text | None = None


class DecideWaiver(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="decide-waiver", forbid_unknown_fields=True
):
    """Approve or reject a waiver in one of the roles that must agree."""

    waiver: Ident
    verdict: Literal["approved", "rejected"]
    rationale: Rationale
    role: Ident | None = None


EXAMPLES = (
    EvaluateGate(gate="mitigation"),
    RequestWaiver(
        gate="mitigation",
        justification="The rehearsal is two days old, and waiting costs orders.",
        risk_assessment="The rollback may need ten minutes more than rehearsed; data is safe.",
    ),
    DecideWaiver(
        waiver="w1",
        verdict="approved",
        rationale="The risk is smaller than another hour of failed payments.",
    ),
)
