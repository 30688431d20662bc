"""Commands about plans and the rollback checklist."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from domain.planning.facts import ItemCategory, Level, OptionKind, Result
from domain.recovery.facts import CheckKind
from domain.words import Amount, Ident, Name, Rationale, Text, Texts, Title

OptionId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,32}$(?!\n)", description="An option, such as A.")]


class DependencyTold(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something an option relies on."""

    name: Name
    known: bool = True


class OptionTold(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way to mitigate."""

    option_id: OptionId
    kind: OptionKind
    title: Title
    pros: Texts = ()
    cons: Texts = ()
    commands: Texts = ()
    dependencies: Annotated[tuple[DependencyTold, ...], Meta(max_length=64)] = ()
    est_duration_s: Amount | None = None


class RiskTold(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that may go wrong, and what is done about it."""

    risk: Text
    mitigation: Text | None = None
    likelihood: Level = "medium"
    impact: Level = "medium"


class ItemTold(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something to verify before a rollback."""

    item_id: Ident
    category: ItemCategory
    title: Title | None = None
    source_protocol: Annotated[str, Meta(pattern=r"^[0-9]{1,3}$(?!\n)")] | None = None
    bound: bool = False


class PlanCheckTold(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something to check once the plan is carried out."""

    check_id: Ident
    kind: CheckKind = "health"
    critical: bool = False
    title: Title | None = None


class ProposePlan(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="propose-plan", forbid_unknown_fields=True
):
    """Propose the plan, or its next revision, which voids what was approved of the one before.

    With a `template` the plan is complete by itself; whatever else is given here takes its place.
    """

    template: Name | None = None
    to_version: Name | None = None
    from_version: Name | None = None
    service: Name | None = None
    variables: dict[Name, Name] = {}
    premises: Texts = ()
    constraints: Texts = ()
    evidence: Texts = ()
    options: Annotated[tuple[OptionTold, ...], Meta(max_length=16)] = ()
    select: OptionId | None = None
    fallback: OptionId | None = None
    rationale: Text | None = None
    risks: Annotated[tuple[RiskTold, ...], Meta(max_length=64)] = ()
    checklist: Annotated[tuple[ItemTold, ...], Meta(max_length=64)] = ()
    checks: Annotated[tuple[PlanCheckTold, ...], Meta(max_length=32)] = ()


class SelectOption(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="select-option", forbid_unknown_fields=True
):
    """Select the option to take; a feature flag or a hotfix needs a rollback to fall back to (R-WF-04)."""

    option: OptionId
    rationale: Rationale
    fallback: OptionId | None = None


class VerifyItem(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="verify-item", forbid_unknown_fields=True
):
    """Say how an item stands: of the rollback checklist, or a prerequisite of execution such as R-PRE-30.

    Not applicable needs a justification.
    """

    item: Ident
    result: Result = "verified"
    justification: Text | None = None


EXAMPLES = (
    ProposePlan(template="rollback", to_version="1.2.3", service="checkout"),
    SelectOption(
        option="B", fallback="A", rationale="Only the new price rules are broken, and they have a flag."
    ),
    VerifyItem(item="backup", justification="Snapshot of 02:00 restored into staging, row counts agree."),
)
