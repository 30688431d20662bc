"""What sections look for: facts of one type, and the moment from which clocks are read."""

from __future__ import annotations

from typing import TypeVar

from domain.facts import Fact
from domain.recorded import Stamped
from projections.artifacts.rendering import Rendering
from projections.inline import foreign
from projections.placeholder import placeholder

F = TypeVar("F", bound=Fact)


def found(rendering: Rendering, kind: type[F]) -> tuple[tuple[Stamped[object], F], ...]:
    """Return the facts of one type, each with its place in the stream."""
    return tuple((item, item.fact) for item in rendering.of(kind))


def began(rendering: Rendering) -> str:
    """Return when it began: the earliest alert, or when somebody noticed."""
    intake = rendering.incident.intake
    return intake.earliest_fired_at or intake.detected_at or rendering.last.recordedtime


def check_title(rendering: Rendering, check_id: str) -> str:
    """Return what a recovery check looks at, in the words of the plan in force; its id where it has none."""
    plan = rendering.incident.planning.plan
    checks = () if plan is None else plan.fact.checks
    title = next((check.title for check in checks if check.check_id == check_id), None)
    return foreign(check_id.replace("_", " ")) if title is None else placeholder(title)
