"""The incidents as people look for them: open ones first, some of them, with the lights of their gates."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct

from application.engine import Engine
from application.past import opened_texts
from application.reading import recorded
from application.views import IncidentView, of_row
from domain.classified import Severity
from domain.flow.transitions import OPEN, PLACES
from domain.gates.board import GateState, lights
from domain.intake.facts import IncidentOpened
from domain.moment import timestamp
from projections.incident_list import Row
from projections.placeholder import reveal

FRESH_S = 60.0
"""How long the titles of all incidents are remembered at most: one may have been erased."""


class Wanted(Struct, frozen=True, kw_only=True):
    """Which incidents: ``find`` is looked for in number, title, services, environment and commander."""

    find: str | None = None
    state: str | None = None
    severity: Severity | None = None
    phase: int | None = None
    service: str | None = None
    drill: bool | None = None


class Card(Struct, frozen=True, kw_only=True):
    """One incident: as the list has it, its gates' lights, and for a candidate why it was opened."""

    incident: IncidentView
    lights: tuple[GateState, ...]
    why: str | None


class Board(Struct, frozen=True, kw_only=True):
    """A page of them; ``found`` is how many there are in all, ``open`` how many of those are open."""

    cards: tuple[Card, ...]
    found: int
    open: int


class BoardReader:
    """Reads boards of one ledger. Threads may share it; it remembers rows and titles of the newest list."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine, self._clock = engine, clock
        self._guard = threading.Lock()  # one thread decodes the list, the others wait for it
        self._size = -1
        self._rows: tuple[Row, ...] = ()
        self._titles: Mapping[str, str] = {}
        self._asked: set[str | None] = set()
        self._until = 0.0

    def board(
        self,
        wanted: Wanted,
        visible: Callable[[Row], bool],
        names: Mapping[str, str],
        first: int,
        count: int,
    ) -> Board:
        """Return ``count`` incidents from the ``first`` on, open ones first, then the newest."""
        rows = [row for row in self._newest_first() if _fits(row, wanted) and visible(row)]
        if wanted.find:
            rows = self._with(rows, wanted.find, names)
        open_ones = [row for row in rows if row.state in OPEN]
        ended = [row for row in rows if row.state not in OPEN]
        shown = (*open_ones, *ended)[first : first + count]
        known = opened_texts(self._engine, shown)
        now = timestamp(self._engine.clock())
        cards = tuple(self._card(row, known, now) for row in shown)
        return Board(cards=cards, found=len(rows), open=len(open_ones))

    def _newest_first(self) -> Iterator[Row]:
        self._engine.follower.catch_up()
        with self._guard:
            size = self._engine.index.position()
            if size != self._size:
                self._rows, self._size = self._engine.index.rows(), size
            rows = self._rows
        return reversed(rows)

    def _with(self, rows: Sequence[Row], find: str, names: Mapping[str, str]) -> list[Row]:
        titles, sought = self._all_titles(), find.casefold()

        def texts(row: Row) -> Iterator[str]:
            yield from (row.name, reveal(row.heading, titles), row.environment or "", *row.services)
            if row.commander is not None:
                yield names.get(row.commander, row.commander)

        return [row for row in rows if any(sought in text.casefold() for text in texts(row))]

    def _all_titles(self) -> Mapping[str, str]:
        with self._guard:
            if self._clock() >= self._until:
                self._titles, self._asked = {}, set()
                self._until = self._clock() + FRESH_S
            missing = [row.title for row in self._rows if row.title.c not in self._asked]
            if missing:
                self._titles = {**self._titles, **opened_texts(self._engine, missing)}
                self._asked.update(title.c for title in missing)
            return self._titles

    def _card(self, row: Row, known: Mapping[str, str], now: str) -> Card:
        state = self._engine.states.incident(row.stream).state
        return Card(
            incident=of_row(row, row.name, known),
            lights=tuple(light.state for light in lights(state, now).values()),
            why=self._why(row) if row.state == "detecting" else None,
        )

    def _why(self, row: Row) -> str | None:
        first = [recorded(found).fact for found in self._engine.store.stream_rows(row.stream, 0, 1)]
        return next((fact.why for fact in first if isinstance(fact, IncidentOpened)), None)


def _fits(row: Row, wanted: Wanted) -> bool:
    place = PLACES.get(row.state)
    state = wanted.state in {None, row.state} or (wanted.state == "open" and row.state in OPEN)
    return (
        state
        and wanted.severity in {None, row.severity}
        and wanted.phase in {None, place and place.phase}
        and (wanted.service is None or wanted.service in row.services)
        and wanted.drill in {None, row.drill}
    )
