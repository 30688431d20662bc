"""Commands about two incidents: both are decided on, and recorded together or not at all (R-TRN-25)."""

from __future__ import annotations

from collections.abc import Iterable

from application.engine import Engine
from application.recording import Decided, Item
from application.states import Folded
from application.steps import Steps
from application.views import resolve
from domain import incident
from domain.commands import Command
from domain.context import Context, Principal
from domain.incident import Incident
from domain.incident_facts import IncidentFact
from domain.intake.commands import LinkIncident, MergeIncident
from domain.intake.linking import INVERSE
from domain.own_commands import AbsorbIncident, MirrorLink
from domain.recorded_at import recorded_at
from domain.refusal import OnRecord, Refusal
from domain.visibility import sees


def other_of(engine: Engine, command: Command, stream: str, principal: Principal) -> Steps[str | None]:
    """Return the other incident that a command names, None where there is none that ``principal`` sees."""
    if not isinstance(command, MergeIncident | LinkIncident):
        return None
    name = command.into if isinstance(command, MergeIncident) else command.incident
    found: str | None = yield engine.disk.submit(_find, engine, name)
    if found is None or found == stream:
        return None
    return found if sees(engine.states.incident(found).state, principal) else None


def decide_both(
    engine: Engine,
    command: MergeIncident | LinkIncident,
    stream: str,
    folded: Folded[Incident],
    context: Context,
) -> tuple[Decided, ...] | Refusal:
    """Return what the command adds to this incident and to the other one."""
    here = incident.decide(folded.state, command, context)
    if isinstance(here, Refusal | OnRecord) or context.other is None:
        return here if isinstance(here, Refusal) else Refusal(code="OTHER_UNKNOWN", message="no other")
    other = engine.states.incident(context.other)
    there = incident.decide(other.state, _counterpart(command, stream, folded.state), context)
    if isinstance(there, Refusal | OnRecord):
        return there if isinstance(there, Refusal) else there.refusal
    return (
        _part(engine, stream, folded, here, context),
        _part(engine, context.other, other, there, context),
    )


def _counterpart(
    command: MergeIncident | LinkIncident, stream: str, state: Incident
) -> AbsorbIncident | MirrorLink:
    if isinstance(command, MergeIncident):
        return AbsorbIncident(stream=stream, source=state, rationale=command.rationale)
    return MirrorLink(stream=stream, kind=INVERSE[command.kind], rationale=command.rationale)


def _part(
    engine: Engine, stream: str, folded: Folded[Incident], facts: Iterable[IncidentFact], context: Context
) -> Decided:
    items = tuple(Item(fact=fact, id=engine.new_id(), incident=stream) for fact in facts)
    at = recorded_at(folded.state, context)
    return Decided(stream=stream, version=folded.version, items=items, at=at)


def _find(engine: Engine, name: str) -> str | None:
    # First what is committed: whoever was told "201" must find the incident.
    engine.follower.catch_up()
    return resolve(engine, name)
