"""The one evaluator of all gates: facts and a policy in, a verdict out (R-GATE-51 to 53).

A pure function of the facts so far, the pinned policy and the recorded time that the verdict will
have, so whoever repeats it from the record gets the identical verdict.
"""

from __future__ import annotations

from domain.gates.criterion import Case, Criterion, holds
from domain.gates.facts import (
    CriterionResult,
    Gate,
    GateEvaluated,
    Mode,
    Passed,
    Tightened,
)
from domain.gates.table import GATES, GateRow
from domain.ratio import Ratio

ENGINE = 1
"""Raise it when any verdict changes; a frozen test says when. Old verdicts name the engine that made them."""


def evaluate(
    gate: Gate, case: Case, mode: Mode = "strict", tightened: Tightened | None = None
) -> GateEvaluated:
    """Return the verdict on ``gate``.

    Only a strict verdict, by thresholds no looser than the policy's, is authoritative (R-DEC-27, R-GATE-53).
    """
    row = GATES[gate]
    results = tuple(_judged(criterion, row, case, mode, tightened) for criterion in row.criteria)
    policy_sha256 = case.incident.intake.policy_sha256
    if policy_sha256 is None:
        raise ValueError("gate: expected an incident that pins a policy, found none")
    return GateEvaluated(
        evaluation_id=f"g{row.number}-{case.incident.version}",
        gate=gate,
        mode=mode,
        authoritative=mode == "strict" and not _is_looser(row, case, tightened),
        scope=row.scope(case.incident),
        criteria=results,
        metrics=row.metrics(case),
        result="FAIL" if any(result.passed == "no" for result in results) else "PASS",
        policy_sha256=policy_sha256,
        engine=ENGINE,
        at_version=case.incident.version,
        tightened=tightened,
    )


def _judged(
    criterion: Criterion, row: GateRow, case: Case, mode: Mode, tightened: Tightened | None
) -> CriterionResult:
    threshold = _threshold(criterion, case, tightened)
    applies = criterion.applies(case)
    actual = criterion.measure(case) if applies else None
    met = actual is not None and holds(criterion.op, actual, threshold)
    return CriterionResult(
        id=criterion.id,
        level=criterion.level,
        op=criterion.op,
        unit=criterion.unit,
        threshold=threshold,
        actual=actual,
        passed=_passed(criterion, row, mode, met=met) if applies else "not_applicable",
    )


def _passed(criterion: Criterion, row: GateRow, mode: Mode, *, met: bool) -> Passed:
    if met:
        return "yes"
    softened = (mode != "strict" and criterion.level == "minimum") or (
        mode == "relaxed" and criterion.softens and not row.hard
    )
    return "warning" if softened else "no"


def _threshold(criterion: Criterion, case: Case, tightened: Tightened | None) -> Ratio:
    return _asked(criterion, tightened) or criterion.threshold(case)


def _asked(criterion: Criterion, tightened: Tightened | None) -> Ratio | None:
    """Return the threshold that was asked for by hand for this criterion."""
    if tightened is None or criterion.tightened_by is None:
        return None
    if criterion.tightened_by == "sla":
        return None if tightened.sla_ms is None else Ratio(tightened.sla_ms)
    return tightened.threshold


def _is_looser(row: GateRow, case: Case, tightened: Tightened | None) -> bool:
    """Return whether any threshold asked for by hand lets more pass than the policy's."""
    for criterion in row.criteria:
        asked = _asked(criterion, tightened)
        # What only just meets the policy must still have to meet what is asked for.
        if asked is not None and not holds(criterion.op, asked, criterion.threshold(case)):
            return True
    return False
