"""What a command would record if it were given now: decided as `acting` decides it, and nothing recorded."""

from __future__ import annotations

from application.acting import ActRequest, decided
from application.comparing import KEEPER, compared
from application.contexts import fresh_context, full_context
from application.engine import Engine
from application.linking import other_of
from application.states import Folded
from application.steps import Steps
from domain import incident
from domain.comparing import compares_first
from domain.documents import NOT_RENDERED
from domain.facts import Fact
from domain.refusal import Refusal
from domain.streams import manual_stream
from ledger.errors import VersionConflict


def foresee(engine: Engine, request: ActRequest) -> Steps[tuple[Fact, ...] | Refusal]:
    """Return the facts that the incident would get, in clear, or why the rules refuse the command.

    Others may be first: the answer holds at the version that it was asked at. Where a document has to be made
    before the rules can answer there are no facts yet, and no refusal either. Raises `VersionConflict`.
    """
    stream = request.stream or manual_stream(engine.new_id())
    other = yield from other_of(engine, request.command, stream, request.principal)
    folded = engine.states.incident(stream)
    if request.expected is not None and request.expected != folded.version:
        raise VersionConflict(stream, request.expected, folded.version)
    if compares_first(request.command):
        # Recorded before the command, by the keeper and not by whoever asks; it is seen here and not told.
        first, told = yield from compared(engine, folded, fresh_context(engine, KEEPER))
        folded = Folded(folded.version + len(first), incident.after(folded.state, first, told))
    context = full_context(engine, fresh_context(engine, request.principal), folded, request.command, other)
    parts = yield from decided(engine, request.command, stream, folded, context)
    if isinstance(parts, Refusal):
        return () if parts.code == NOT_RENDERED else parts
    if parts.refusal is not None:
        return parts.refusal
    # What is read off our own decision is ours: every item is a fact of this program.
    return tuple(item.fact for part in parts.decided if part.stream == stream for item in part.items)
