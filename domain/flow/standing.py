"""Where an incident stands: the one interpreter of the table of transitions (R-TRN, design section 6).

Facts that only record something never move anything (R-WF-02).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from domain.archive.facts import ReviewerSignedOff
from domain.flow.facts import StepMarked
from domain.flow.marks import MARKS
from domain.flow.transitions import BY_FACT, PLACES, TRANSITIONS, State, Transition
from domain.recorded import Stamped
from domain.resolution.facts import IncidentReopened


class Standing(Struct, frozen=True, kw_only=True):
    """The state, and the marks that transitions wait for: versions of the facts that set them, or 0.

    ``returns`` holds the states to which the incident was sent back, each with the version of the last time.
    """

    state: State = "none"
    agreed: int = 0
    scoped: int = 0
    gate_1: int = 0
    planned: int = 0
    ready: int = 0
    running: int = 0
    executed: int = 0
    validated: int = 0
    gate_3: int = 0
    gate_4: int = 0
    not_required: int = 0
    returns: Mapping[State, int] = {}
    halted: str | None = None
    resumed: int = 0

    @property
    def began(self) -> int:
        """The version in which this attempt began, or doing without one; 0 before either."""
        return max(self.running, self.not_required)


def after(standing: Standing, item: Stamped[Any]) -> Standing:
    """Return where the incident stands after a fact."""
    marked = _marked(standing, item)
    target = BY_FACT.get(type(item.fact))
    return settled(marked if target is None else replace(marked, state=target))


def settled(standing: Standing) -> Standing:
    """Return where the incident stands once every transition that can fire has fired."""
    if standing.halted is not None:
        return standing
    for row in TRANSITIONS:
        if row.source == standing.state and _fires(row, standing):
            standing = replace(standing, state=row.target)
    return standing


def _fires(row: Transition, standing: Standing) -> bool:
    marks = [int(getattr(standing, mark)) for mark in row.needs]
    return all(marks) and max(marks) > standing.returns.get(row.source, 0)


def _marked(standing: Standing, item: Stamped[Any]) -> Standing:
    """Return the standing with the marks that a fact sets, or takes away."""
    if isinstance(item.fact, StepMarked):
        return _stepped(standing, item.fact, item.version)
    if isinstance(item.fact, ReviewerSignedOff) and item.fact.verdict == "rejected":
        return _returned(standing, item.version)
    if isinstance(item.fact, IncidentReopened):
        # What was done before moves it no more (R-TRN-21).
        return Standing(state=standing.state)
    marks = MARKS.get(type(item.fact))
    return standing if marks is None else replace(standing, **marks(item.fact, item.version))


def _stepped(standing: Standing, fact: StepMarked, version: int) -> Standing:
    match fact.mark:
        case "halted":
            return replace(standing, halted=fact.halt_code)
        case "resumed":
            return replace(standing, halted=None, resumed=version)
        case "returned":
            return _returned(standing, version)
        case "waived":
            # A waiver of gate 3 stands for what did not recover, too (R-TRN-10, R-TRN-11).
            return replace(standing, validated=version, gate_3=version)
        case "skipped":
            return standing


def _returned(standing: Standing, version: int) -> Standing:
    """Return the standing at the state before: by a person (R-TRN-20), or by a rejected review (R-HND-11)."""
    before = PLACES[standing.state].before if standing.state in PLACES else None
    if before is None:
        return standing
    return replace(standing, state=before, returns={**standing.returns, before: version})
