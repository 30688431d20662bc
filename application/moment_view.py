"""An incident at one moment, all of it at once: a frame of the film that replay is (R-SVC-08).

Everything is folded from one reading of the facts, and only the texts that show are opened, so that a step
through thousands of facts takes no longer than it can be seen.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from application.calling import called_in
from application.engine import Engine
from application.incident_views import roster_then, scene
from application.past import NOW, At, opened_in, past_facts
from application.views import IncidentView, incident_from
from domain.context import Principal
from projections.chapters import Chapter, chapters
from projections.decision_log import DecisionLog, decision_log
from projections.gate_board import GateBoard, gate_board
from projections.names import Names
from projections.next_step import NextStep
from projections.next_step import next_step as project_next
from projections.placeholder import reveal
from projections.replay import ReplayStep, replay
from projections.told import Known, revealed

AROUND = 3
"""How many facts before and after the one of the moment are shown with it."""


class MomentView(msgspec.Struct, frozen=True, kw_only=True):
    """An incident at a version or time, of ``newest`` versions that it has now.

    ``step`` is the last fact recorded until then, ``around`` that one among its neighbours. ``first_at`` and
    ``newest_at`` are when the first and the newest fact were recorded; ``names`` are of those who show here.
    """

    incident: IncidentView
    newest: int
    first_at: str
    newest_at: str
    as_of: str
    step: ReplayStep
    around: tuple[ReplayStep, ...]
    board: GateBoard
    decisions: DecisionLog
    upcoming: NextStep
    names: Names


def moment_view(engine: Engine, stream: str, principal: Principal, at: At) -> MomentView | None:
    """Return an incident at a moment as ``principal`` sees it, None where it had not come as far."""
    then, every = scene(engine, stream, at), past_facts(engine, stream, NOW)
    if then is None or then.facts[-1].version < (at.version or 0):
        return None
    glance, version = incident_from(engine, stream, then.facts), then.facts[-1].version
    if glance is None:
        return None
    board, log = gate_board(then.facts, then.case), decision_log(then.facts, then.case)
    near = every[: version + AROUND]
    strip = tuple(replay(near, after=max(0, version - AROUND - 1)))
    known = opened_in(engine, near, board, log, strip)
    around = tuple(replace(step, text=reveal(step.text, _texts(known))) for step in strip)
    board, log = revealed(board, known), revealed(log, known)
    upcoming = project_next(then.case, principal, roster_then(then))
    return MomentView(
        incident=glance,
        newest=every[-1].version,
        first_at=every[0].recordedtime,
        newest_at=every[-1].recordedtime,
        as_of=then.case.at,
        step=next(step for step in around if step.version == version),
        around=around,
        board=board,
        decisions=log,
        upcoming=upcoming,
        names=called_in(engine, glance, around, board, log, upcoming),
    )


def chapters_of(engine: Engine, stream: str) -> tuple[Chapter, ...]:
    """Return where an incident went from one state to another, up to now."""
    return tuple(chapters(past_facts(engine, stream, NOW)))


def _texts(known: Known) -> Mapping[str, str]:
    return {c: words for c, words in known.items() if isinstance(words, str)}
