"""Who commands: one at a time, by declaring, by transfer, or by takeover (R-ROL-07)."""

from __future__ import annotations

from domain.context import Context
from domain.crew.commands import OfferCommand, TakeCommand
from domain.crew.crew import ON_CALL_LEAD, commands, roles_of
from domain.crew.facts import CommanderAssigned, CommandOffered, How
from domain.crew.manning import unknown_person
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident
from domain.prose import optional_prose
from domain.refusal import Refusal


def offer(state: Incident, command: OfferCommand, context: Context) -> tuple[IncidentFact, ...] | Refusal:
    """Return the offer; the commander commands until it is taken."""
    if commands(state.crew, command.to):
        return Refusal(code="ALREADY_COMMANDS", message="commands already", place="to", found=command.to)
    return unknown_person(command.to, "to", state, context) or (CommandOffered(to=command.to),)


def take(state: Incident, command: TakeCommand, context: Context) -> tuple[IncidentFact, ...] | Refusal:
    """Return the change of command: accepted if it was offered to the taker, else a flagged takeover."""
    who = context.principal.id
    if commands(state.crew, who):
        return Refusal(code="ALREADY_COMMANDS", message="you command already", found=who)
    how: How = "transferred" if state.crew.offered == who else "taken_over"
    if how == "taken_over" and (refusal := _takeover_refused(state, command, context)):
        return refusal
    previous = None if state.crew.commander is None else state.crew.commander.principal
    return (
        CommanderAssigned(
            principal=who, how=how, previous=previous, rationale=optional_prose(command.rationale)
        ),
    )


def _takeover_refused(state: Incident, command: TakeCommand, context: Context) -> Refusal | None:
    roles = roles_of(state.crew, context.principal)
    if ON_CALL_LEAD not in roles:
        return Refusal(
            code="NOT_OFFERED",
            message="the command was not offered to you",
            expected="an offer, or the role on_call_lead",
            found=", ".join(roles),
        )
    if command.rationale is None:
        return Refusal(
            code="RATIONALE_MISSING",
            message="a takeover says why",
            place="rationale",
            expected="at least 10 characters",
            found="none",
        )
    return None
