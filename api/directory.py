"""Incidents by the names people use: a stream or a number, as long as the asker may see them.

Number, stream and visibility never change once an incident is open, so what was found is remembered.
"""

from __future__ import annotations

import msgspec

from api.problems import ProblemError, refused
from application.engine import Engine
from application.views import resolve
from domain.classified import Visibility
from domain.context import Principal
from domain.visibility import sees

CAPACITY = 100_000


class Known(msgspec.Struct, frozen=True):
    """An incident's stream, the number people use, and whether everybody sees it."""

    stream: str
    number: str
    visibility: Visibility


class Directory:
    """The incidents of one ledger. Threads may share it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[str, Known] = {}

    def remembered(self, name: str) -> Known | None:
        """Return an incident that was asked for before, without any waiting."""
        return self._known.get(name)

    def look_up(self, name: str) -> Known | None:
        """Return an incident that any fact committed before this call has opened, None when there is none."""
        # First what is committed: whoever was told "201" must find the incident.
        self._engine.follower.catch_up()
        stream = resolve(self._engine, name)
        row = None if stream is None else self._engine.index.row(stream)
        if row is None:
            return None
        if len(self._known) >= CAPACITY:
            self._known.clear()
        known = Known(row.stream, row.name, row.visibility)
        self._known[name] = self._known[row.stream] = known
        return known

    def there(self, known: Known | None, principal: Principal) -> bool:
        """Return whether an incident exists for ``principal``, who may come to take part."""
        if known is None or known.visibility == "open":
            return known is not None
        return sees(self._engine.states.incident(known.stream).state, principal)

    def visible(self, known: Known | None, name: str, principal: Principal) -> Known:
        """Return ``known`` if it is there for ``principal``; raise NOT_FOUND otherwise."""
        if known is None or not self.there(known, principal):
            raise absent(name)
        return known


def absent(name: str) -> ProblemError:
    """Return the problem that there is no such incident; the same whether it is hidden or not there."""
    return refused(
        "NOT_FOUND",
        f"incident {name[:80]}: there is none, or not for you",
        place="path",
        expected="the stream or number of an incident",
        found=name[:80],
    )
