"""Facts about steps and escalations (R-EVT-21). Phases and steps themselves follow from the state."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from domain.classified import Code, Count, Id, Timestamp
from domain.prose import Prose

Asked = Literal["halted", "resumed", "returned", "skipped"]
Mark = Literal[Asked, "waived"]
"""What can be asked for, and ``waived``, which follows from a waiver of the gate after the step."""


class StepMarked(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A step was halted, resumed, sent back to the one before (R-TRN-20), skipped, or its gate waived."""

    step: Code
    mark: Mark
    rationale: Prose
    halt_code: Code | None = None


class EscalationRaised(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The next ``level`` of the chain is called; to be acknowledged by ``due_at`` (R-COM-33)."""

    escalation_id: Id
    level: Count
    to_role: Code
    rationale: Prose
    due_at: Timestamp


class EscalationAcknowledged(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody took an escalation up."""

    escalation_id: Id


FlowFact = StepMarked | EscalationRaised | EscalationAcknowledged
