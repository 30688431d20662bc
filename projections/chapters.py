"""The chapters of an incident: where it went from one state to another, and by which fact (R-SVC-08)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from domain.classified import Severity
from domain.facts import Fact
from domain.flow.steps import STEPS
from domain.flow.transitions import PLACES, State
from domain.incident_state import NOTHING, seen
from domain.recorded import Recorded, UnknownFact
from domain.severity.assessment import shown


class Chapter(Struct, frozen=True, kw_only=True):
    """From ``version`` on the incident stood in ``state``; ``title`` is that of the step, if it is one."""

    version: int
    recordedtime: str
    state: State
    phase: int | None
    step: str | None
    title: str | None
    severity: Severity | None


def chapters(recorded: Iterable[Recorded[Fact | UnknownFact]]) -> Iterator[Chapter]:
    """Yield the chapters of one stream's facts, given in the order of their versions."""
    incident = NOTHING
    for item in recorded:
        before, incident = incident.state, seen(incident, item)
        if incident.state != before:
            place = PLACES.get(incident.state)
            yield Chapter(
                version=item.version,
                recordedtime=item.recordedtime,
                state=incident.state,
                phase=None if place is None else place.phase,
                step=None if place is None else place.step,
                title=None if place is None else STEPS[place.step].title,
                severity=shown(incident.severity),
            )
