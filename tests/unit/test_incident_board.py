"""The list of incidents as people look for them: open first, searched, and only what one may see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from application import incident_board
from application.engine import Engine
from application.incident_board import Board, BoardReader, Wanted
from application.past import opened_texts
from domain.intake.commands import DismissIncident
from projections.incident_list import Row
from tests.support.use_cases import DECLARE, OPEN, an_alert, deliver, do, open_home

NAMES: Mapping[str, str] = {"p-commander": "Ada Lovelace"}
FALSE = "The probe itself had lost its network."


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    with open_home(home) as opened:
        yield opened


def opened(engine: Engine, title: str, **fields: Any) -> str:
    return do(engine, msgspec.structs.replace(OPEN, title=title, **fields)).rows[0].stream


def board(engine: Engine, reader: BoardReader | None = None, first: int = 0, **wanted: Any) -> Board:
    found = reader or BoardReader(engine)
    return found.board(Wanted(**wanted), lambda _: True, NAMES, first, 2)


def numbers(board: Board) -> list[str]:
    return [card.incident.number for card in board.cards]


def test_open_ones_come_first_and_then_the_newest(engine: Engine) -> None:
    for title in "abcd":
        stream = opened(engine, title)
        if title in "bd":
            do(engine, DismissIncident(rationale=FALSE), stream)
    page = board(engine)
    assert (numbers(page), page.found, page.open) == (["INC-3", "INC-1"], 4, 2)
    assert numbers(board(engine, first=2)) == ["INC-4", "INC-2"]
    assert numbers(board(engine, first=4)) == []


def test_what_is_looked_for_may_be_in_anything_that_people_see(engine: Engine) -> None:
    opened(engine, "Payments fail", services=("bank",))
    stream = opened(engine, "Checkout is slow", environment="staging")
    do(engine, DECLARE, stream)
    assert numbers(board(engine, find="PAYMENTS")) == ["INC-1"]
    assert numbers(board(engine, find="bank")) == ["INC-1"]
    assert numbers(board(engine, find="staging")) == ["INC-2"]
    assert numbers(board(engine, find="inc-2")) == ["INC-2"]
    assert numbers(board(engine, find="lovelace")) == ["INC-2"]
    assert numbers(board(engine, find="nothing")) == []


def test_titles_are_opened_once_and_again_after_a_while(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(engine, "Payments fail")
    now, asked = [0.0], list[int]()

    def counted(engine: Engine, values: Any) -> Mapping[str, str]:
        asked.append(len(values := list(values)))
        return opened_texts(engine, values)

    reader = BoardReader(engine, clock=lambda: now[0])
    monkeypatch.setattr("application.incident_board.opened_texts", counted)
    for _ in range(3):
        board(engine, reader, find="nothing")
    assert sum(asked) == 1
    opened(engine, "Another")
    assert numbers(board(engine, reader, find="another")) == ["INC-2"]
    now[0] += incident_board.FRESH_S
    asked.clear()
    board(engine, reader, find="nothing")
    assert sum(asked) == 2


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"state": "open"}, ["INC-3", "INC-2"]),
        ({"state": "detecting"}, ["INC-3"]),
        ({"state": "dismissed"}, ["INC-1"]),
        ({"phase": 1}, ["INC-3", "INC-2"]),
        ({"drill": True}, ["INC-2"]),
        ({"drill": False}, ["INC-3", "INC-1"]),
        ({"service": "checkout"}, ["INC-3", "INC-2"]),
        ({"severity": "SEV-1"}, []),
    ],
    ids=str,
)
def test_filters_choose_by_what_an_incident_is(
    engine: Engine, wanted: dict[str, Any], expected: list[str]
) -> None:
    do(engine, DismissIncident(rationale=FALSE), opened(engine, "one", services=("bank",)))
    do(engine, DECLARE, opened(engine, "two", drill=True))
    opened(engine, "three")
    assert numbers(board(engine, **wanted)) == expected


@pytest.mark.req("R-VIS-01")
def test_what_one_may_not_see_is_not_counted_either(engine: Engine) -> None:
    opened(engine, "open")
    opened(engine, "hidden", visibility="restricted")

    def visible(row: Row) -> bool:
        return row.visibility == "open"

    page = BoardReader(engine).board(Wanted(), visible, NAMES, 0, 10)
    assert (numbers(page), page.found, page.open) == (["INC-1"], 1, 1)


def test_a_card_has_the_lights_of_the_gates_and_why_a_candidate_was_opened(engine: Engine) -> None:
    deliver(engine, an_alert())
    (card,) = board(engine).cards
    assert card.lights == ("NOT_EVALUATED",) * 4
    assert card.why == "rule:any-alert"
    do(engine, DECLARE, card.incident.incident)
    (card,) = board(engine).cards
    assert card.why is None


def test_the_list_grows_with_the_log(engine: Engine) -> None:
    reader = BoardReader(engine)
    assert board(engine, reader).found == 0
    opened(engine, "one")
    assert board(engine, reader).found == 1
