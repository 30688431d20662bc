"""Facts about execution readiness (R-EVT-12)."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from domain.classified import Code, Timestamp
from domain.prose import Prose

Status = Literal["present", "missing", "invalid", "unknown", "not_applicable", "attested"]
"""How an item stands (R-PRE-41)."""

Outcome = Literal["proceed", "proceed_with_gaps", "halt"]


class PrerequisiteState(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One item of an evaluation: ``by`` is the way in which it holds."""

    id: Code
    kind: Code
    item_class: Code
    status: Status
    by: Code | None = None


class PrerequisitesEvaluated(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The items as they stood, and what follows (R-PRE-40): ``missing`` are those that stand in the way."""

    strict: bool
    outcome: Outcome
    items: tuple[PrerequisiteState, ...]
    missing: tuple[Code, ...] = ()


class PrerequisitesOverridden(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The Protocol Owner takes it on themselves to go on without ``missing`` (R-PRE-42, R-ROL-20)."""

    missing: tuple[Code, ...]
    rationale: Prose


class PrerequisiteAttested(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person says that an item holds until ``expires_at``, as ``source`` *person* or by a plan template."""

    item_id: Code
    expires_at: Timestamp
    source: Code
    detail: Prose | None = None


ReadinessFact = PrerequisitesEvaluated | PrerequisitesOverridden | PrerequisiteAttested
