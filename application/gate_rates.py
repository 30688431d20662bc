"""Pass rates of gates over all incidents, read from the log by the types of facts that count (R-GATE-57)."""

from __future__ import annotations

from collections.abc import Iterator

from application.engine import Engine
from application.reading import BATCH, RecordedFact, recorded
from domain.facts import NAMES
from domain.gates.facts import GateEvaluated
from domain.intake.facts import IncidentOpened
from domain.severity.facts import SeverityConsensusReached
from projections import gate_rates
from projections.gate_rates import GateRate

COUNTED = (NAMES[IncidentOpened], NAMES[SeverityConsensusReached], NAMES[GateEvaluated])


def rates(engine: Engine, *, drills: bool = False) -> tuple[GateRate, ...]:
    """Return the rates as of everything that is committed."""
    return gate_rates.gate_rates(_facts(engine), drills=drills)


def _facts(engine: Engine) -> Iterator[RecordedFact]:
    first = 0
    while rows := engine.store.rows_of_type(COUNTED, first, BATCH):
        yield from map(recorded, rows)
        first = rows[-1].position + 1
