"""From a request to what goes out: the canonical text of the notice with the sealed texts in their places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain

import structlog

from application.channels.contract import Content, Message
from application.engine import Engine
from application.reading import recorded
from application.unsealing import open_values
from domain.prose import proses
from ledger.errors import IntegrityError
from projections.notice_text import notice_text
from projections.outbox import Waiting
from projections.placeholder import reveal, short

log = structlog.get_logger(__name__)


def message_of(engine: Engine, waiting: Waiting) -> Message:
    """Return the message for a notice, the same for every attempt unless a text was erased meanwhile.

    Raises `IntegrityError` when the incident's own facts do not hold.
    """
    rows = engine.store.stream_rows(waiting.stream, 0, waiting.version)
    facts = tuple(recorded(row) for row in rows)
    request, number = waiting.request, _number(engine, waiting.stream)
    said = notice_text(facts, request, waiting.requested_by, number)
    if said is None:
        raise IntegrityError(waiting.stream, "an incident that was opened", "none")
    # The title is the first fact's, the sender's words are the request's: nothing else is quoted.
    known = _known(engine, (facts[0].fact, request))
    content = Content(
        notification_id=request.notification_id,
        incident=waiting.stream,
        number=number,
        purpose=request.purpose,
        round=request.round,
        severity=request.severity,
        roles=request.roles,
        drill=said.drill,
        subject=reveal(said.subject, known),
        text=reveal(said.text, known),
        requested_at=waiting.requested_at,
    )
    return Message(recipient=request.recipient, content=content)


def _known(engine: Engine, quoted: Iterable[object]) -> Mapping[str, str]:
    """Return the sealed texts of what is quoted, by the short commitment that a placeholder names."""
    refs = [ref for part in chain(*map(proses, quoted)) if (ref := part.sealed or part.blob) is not None]
    opened = open_values(refs, engine.vault, engine.blobs)
    return {short(c): value for c, value in opened.items() if isinstance(value, str)}


def _number(engine: Engine, stream: str) -> str:
    """Return how people call the incident; by its stream where the list cannot say it."""
    row = engine.index.row(stream)
    if row is None:
        try:
            engine.follower.catch_up()
        except Exception:  # whatever is wrong with the list, somebody has to be told of the incident
            log.exception("the list of incidents does not follow", stream=stream)
        row = engine.index.row(stream)
    return stream if row is None else row.name
