"""Commands about steps and escalations."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from domain.flow.facts import Asked
from domain.words import Rationale


class MarkStep(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="mark-step", forbid_unknown_fields=True
):
    """Halt the present step, resume it, go back to the step before, or skip a guideline step."""

    mark: Asked
    rationale: Rationale
    halt_code: (
        Literal[
            "ALERT_VALIDITY_UNCONFIRMED",
            "SEVERITY_NO_CONSENSUS",
            "MITIGATION_UNCLEAR",
            "ROLLBACK_PREREQ_UNMET",
            "EXECUTION_FAILED",
            "EXECUTION_UNEXPECTED",
            "RECOVERY_VALIDATION_FAILED",
            "NOT_STABLE_OR_COMMS_UNSENT",
            "CRITICAL_EVIDENCE_MISSING",
            "MANUAL",
        ]
        | None
    ) = None


class Escalate(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="escalate", forbid_unknown_fields=True
):
    """Call the next one up the chain (R-TRN-22)."""

    rationale: Rationale


EXAMPLES = (
    MarkStep(mark="halted", rationale="The runbook and the dashboard contradict each other."),
    Escalate(rationale="Nobody with access to the payment gateway answers."),
)
