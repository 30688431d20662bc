"""What follows from a completed report: gate 4 is evaluated (R-WF-34, R-TRN-14)."""

from __future__ import annotations

from domain.context import Context
from domain.gates.board import is_current
from domain.gates.evaluating import case_of
from domain.gates.evaluator import evaluate
from domain.gates.facts import Gate
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident
from domain.report.current import is_complete
from domain.report.writing import COMPLETED_IN

GATE: Gate = "resolution_documentation"


def gate_4(state: Incident, context: Context) -> tuple[IncidentFact, ...]:
    """With the completed report gate 4 is evaluated; after that, again once it would pass and did not."""
    if state.state not in COMPLETED_IN or not is_complete(state):
        return ()
    verdict = state.gates.authoritative.get(GATE)
    judged = verdict is not None and verdict.version > state.report.version
    stands = verdict is not None and verdict.fact.result == "PASS" and is_current(state, verdict)
    if judged and stands:
        return ()
    fresh = evaluate(GATE, case_of(state, context))
    return () if judged and fresh.result == "FAIL" else (fresh,)
