"""How often gates pass, by gate, mode, severity and quarter: a fold over verdicts (R-GATE-57)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from domain.classified import Severity
from domain.facts import Fact
from domain.gates.facts import Gate, GateEvaluated, Mode
from domain.intake.facts import IncidentOpened
from domain.ratio import Ratio
from domain.recorded import Recorded, UnknownFact
from domain.severity.facts import SeverityConsensusReached


class GateRate(Struct, frozen=True, kw_only=True):
    """How many verdicts of one kind there were in a quarter, and how many passed; ``rate`` is their ratio.

    ``severity`` is the one agreed when the verdict was given, null before any was.
    """

    gate: Gate
    mode: Mode
    quarter: str
    severity: Severity | None
    passed: int
    evaluated: int

    @property
    def rate(self) -> Ratio:
        """Passed of evaluated."""
        return Ratio(self.passed, self.evaluated)


class Rates(Struct, frozen=True, kw_only=True):
    """The state of the fold: drills are left out unless they are asked for (R-DRILL-01)."""

    drills: bool = False
    left_out: frozenset[str] = frozenset()
    agreed: Mapping[str, Severity] = {}
    counts: Mapping[tuple[Gate, Mode, str, Severity | None], tuple[int, int]] = {}


def after(rates: Rates, item: Recorded[Fact | UnknownFact]) -> Rates:
    """Return the rates after a fact of any incident."""
    match item.fact:
        case IncidentOpened(drill=True) if not rates.drills:
            return replace(rates, left_out=rates.left_out | {item.stream})
        case SeverityConsensusReached(severity=severity):
            return replace(rates, agreed={**rates.agreed, item.stream: severity})
        case GateEvaluated() if item.stream not in rates.left_out:
            return _counted(rates, item, item.fact)
        case _:
            return rates


def gate_rates(
    recorded: Iterable[Recorded[Fact | UnknownFact]], *, drills: bool = False
) -> tuple[GateRate, ...]:
    """Return the rates over facts in log order, by gate, mode, quarter and severity."""
    rates = Rates(drills=drills)
    for item in recorded:
        rates = after(rates, item)
    rows = (
        GateRate(gate=gate, mode=mode, quarter=quarter, severity=severity, passed=passed, evaluated=total)
        for (gate, mode, quarter, severity), (passed, total) in rates.counts.items()
    )
    return tuple(sorted(rows, key=lambda row: (row.quarter, row.gate, row.mode, row.severity or "")))


def quarter_of(time: str) -> str:
    """Return the quarter of a recorded time, such as ``2026-Q4``."""
    return f"{time[:4]}-Q{(int(time[5:7]) + 2) // 3}"


def _counted(rates: Rates, item: Recorded[Fact | UnknownFact], fact: GateEvaluated) -> Rates:
    key = (fact.gate, fact.mode, quarter_of(item.recordedtime), rates.agreed.get(item.stream))
    passed, total = rates.counts.get(key, (0, 0))
    return replace(rates, counts={**rates.counts, key: (passed + (fact.result == "PASS"), total + 1)})
