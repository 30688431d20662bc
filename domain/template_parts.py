"""The parts of a plan template: options, risks, and the checklist (R-WF-03 to 05, R-EVT-15)."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from domain.planning.facts import ItemCategory, Level, OptionKind
from domain.policy_terms import Positive, ProtocolId
from domain.recovery.facts import CheckKind

# ``$(?!\n)``: Python's ``$`` also matches before a final newline, JSON Schema's does not.
PlanText = Annotated[str, Meta(max_length=2_000, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$(?!\n)")]
"""What people read: not blank. May hold placeholders."""

Word = Annotated[str, Meta(pattern=r"^[a-z0-9]+([_-][a-z0-9]+)*$(?!\n)", max_length=64)]
"""What machines compare."""

OptionId = Annotated[str, Meta(pattern=r"^[A-Z]$(?!\n)")]


class Dependency(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an option needs, and whether that is understood."""

    name: PlanText
    known: bool


class Option(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way to contain the incident."""

    id: OptionId
    kind: OptionKind
    title: PlanText
    pros: Annotated[tuple[PlanText, ...], Meta(min_length=1)]
    cons: Annotated[tuple[PlanText, ...], Meta(min_length=1)]
    commands: tuple[PlanText, ...]
    dependencies: tuple[Dependency, ...]
    est_duration_s: Positive


class Risk(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What can go wrong, and what is done about it."""

    risk: PlanText
    likelihood: Level
    impact: Level
    mitigation: PlanText


class PreVerified(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody's standing word that an item holds; good for some hours from the proposal on."""

    statement: PlanText
    valid_hours: Positive


class ChecklistItem(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What has to be made sure of before the plan is executed.

    ``bound``: a result that was recorded before the plan's newest revision is stale (R-GATE-20).
    """

    id: Word
    category: ItemCategory
    source_protocol: ProtocolId
    title: PlanText
    bound: bool
    pre_verified: PreVerified | None = None


class RecoveryCheck(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is checked once the plan is carried out (R-GATE-30)."""

    id: Word
    kind: CheckKind
    title: PlanText
    critical: bool = False
