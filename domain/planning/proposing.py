"""Proposing a plan or its next revision (R-STEP-21, R-WF-34)."""

from __future__ import annotations

from typing import get_args

from domain.context import Context
from domain.expiry import until
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident
from domain.plan_template import TEMPORARY, Filled
from domain.planning.commands import ItemTold, OptionTold, ProposePlan
from domain.planning.composing import content, filled_template, proposed
from domain.planning.facts import ItemCategory, MitigationOptionSelected, RollbackPrerequisiteVerified
from domain.planning.selecting import no_fallback, no_option
from domain.policies import policy_of
from domain.prerequisite_items import ITEMS
from domain.prose import prose
from domain.readiness.facts import PrerequisiteAttested
from domain.recovery.checks import check_twice
from domain.refusal import Refusal


def propose(state: Incident, command: ProposePlan, context: Context) -> tuple[IncidentFact, ...] | Refusal:
    """Return the plan's next revision, what its template states beforehand, and the option it selects."""
    filled = filled_template(command, context)
    if isinstance(filled, Refusal):
        return filled
    said = content(command, filled)
    options = {told.option_id: told for told in said.options}
    refusal = (
        _wrong_options(said.options, options, said.select, said.fallback)
        or _wrong_items(said.checklist)
        or check_twice([check.check_id for check in said.checks])
    )
    if refusal is not None:
        return refusal
    revision = 1 if state.planning.plan is None else state.planning.plan.revision + 1
    plan = proposed(said, command, context, revision)
    select = said.select or (next(iter(options)) if len(options) == 1 else None)
    if select is None:
        return (plan, *_stated(state, filled, command, context))
    selected = MitigationOptionSelected(revision=revision, option_id=select, fallback_option_id=said.fallback)
    return (plan, *_stated(state, filled, command, context), selected)


def _stated(
    state: Incident, filled: Filled | None, command: ProposePlan, context: Context
) -> tuple[IncidentFact, ...]:
    """Return what using the template states, in the proposer's name, until it expires."""
    if filled is None:
        return ()
    source, longest = f"template:{filled.name}", policy_of(context).gates.mitigation_readiness.item_ttl_hours
    verified = tuple(
        RollbackPrerequisiteVerified(
            item_id=item.id,
            category=item.category,
            result="verified",
            role="responder",
            source=source,
            expires_at=until(state, context, min(item.pre_verified.valid_hours, longest)),
            justification=prose(item.pre_verified.statement),
        )
        for item in (() if command.checklist else filled.checklist)
        if item.pre_verified is not None
    )
    expires_at = until(state, context, policy_of(context).prerequisites.attestation_ttl_hours)
    attested = tuple(
        PrerequisiteAttested(item_id=item, expires_at=expires_at, source=source)
        for item in filled.prerequisites
    )
    return (*verified, *attested)


def _wrong_options(
    told: tuple[OptionTold, ...], options: dict[str, OptionTold], selected: str | None, fallback: str | None
) -> Refusal | None:
    if len(options) < len(told) or not options:
        return Refusal(
            code="OPTIONS_UNCLEAR",
            message="a plan has at least one option, each with an id of its own",
            place="options",
            expected="different ids",
            found=", ".join(item.option_id for item in told) or "none",
        )
    for place, named in (("select", selected), ("fallback", fallback)):
        if named is not None and named not in options:
            return no_option(place, named, list(options))
    picked = (
        options.get(selected) if selected else next(iter(options.values())) if len(options) == 1 else None
    )
    back = options.get(fallback or "")
    if picked is None or picked.kind not in TEMPORARY or (back is not None and back.kind == "rollback"):
        return None
    return no_fallback(picked.kind, fallback)


def _wrong_items(told: tuple[ItemTold, ...]) -> Refusal | None:
    """Return a refusal unless an id means one item only: no other, no category, no prerequisite."""
    ids = [item.item_id for item in told]
    wrong = next(
        (
            item.item_id
            for item in told
            if ids.count(item.item_id) > 1
            or item.item_id in ITEMS
            or (item.item_id in get_args(ItemCategory) and item.item_id != item.category)
        ),
        None,
    )
    return (
        None
        if wrong is None
        else Refusal(
            code="ITEMS_UNCLEAR",
            message="each item of the checklist has an id of its own",
            place="checklist",
            expected="different ids, none of another category or a prerequisite",
            found=wrong,
        )
    )
