"""A gate's verdict as people read it: each criterion in their units, with what helps and whose it is."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from domain.facts import Fact
from domain.gates.criterion import Case
from domain.gates.evaluator import evaluate
from domain.gates.facts import (
    CriterionResult,
    Gate,
    GateEvaluated,
    GateScope,
    Level,
    Metric,
    Mode,
    Operator,
    Passed,
    Tightened,
    Unit,
)
from domain.gates.table import GATES
from domain.ratio import Ratio
from domain.recorded import Stamped, UnknownFact
from projections.units import expected, measured


class CriterionShown(Struct, frozen=True, kw_only=True):
    """One criterion; ``expected`` and ``found`` say threshold and actual in people's units."""

    id: str
    level: Level
    op: Operator
    unit: Unit
    threshold: Ratio
    actual: Ratio | None
    passed: Passed
    expected: str
    found: str
    remedy: str
    owner: str


class MetricShown(Struct, frozen=True, kw_only=True):
    """A number beside the criteria that decides nothing; ``found`` says it in people's units."""

    id: str
    unit: Unit
    actual: Ratio
    found: str


class Evaluation(Struct, frozen=True, kw_only=True):
    """One verdict, recorded in ``version`` by ``by``; a ``preview`` is on no record and opens nothing."""

    evaluation_id: str
    gate: Gate
    result: str
    mode: Mode
    authoritative: bool
    preview: bool
    scope: GateScope
    at_version: int
    version: int | None
    evaluated_at: str
    by: str | None
    engine: int
    policy_sha256: str
    failed: tuple[str, ...]
    criteria: tuple[CriterionShown, ...]
    metrics: tuple[MetricShown, ...]
    tightened: Tightened | None


def verdicts(facts: Iterable[Stamped[Fact | UnknownFact]]) -> tuple[Evaluation, ...]:
    """Return every verdict on record, in order: a later pass deletes no failure (R-GATE-54)."""
    return tuple(
        _shown(item.fact, item.recordedtime, by=item.authid, version=item.version)
        for item in facts
        if isinstance(item.fact, GateEvaluated)
    )


def preview(gate: Gate, case: Case) -> Evaluation:
    """Return what evaluating ``gate`` now would give; it is no verdict."""
    found = _shown(evaluate(gate, case), case.at, by=None, version=None)
    return replace(found, evaluation_id="preview", authoritative=False, preview=True)


def _shown(fact: GateEvaluated, at: str, *, by: str | None, version: int | None) -> Evaluation:
    return Evaluation(
        evaluation_id=fact.evaluation_id,
        gate=fact.gate,
        result=fact.result,
        mode=fact.mode,
        authoritative=fact.authoritative,
        preview=False,
        scope=fact.scope,
        at_version=fact.at_version,
        version=version,
        evaluated_at=at,
        by=by,
        engine=fact.engine,
        policy_sha256=fact.policy_sha256,
        failed=tuple(result.id for result in fact.criteria if result.passed == "no"),
        criteria=tuple(_criterion(fact.gate, result) for result in fact.criteria),
        metrics=tuple(map(_metric, fact.metrics)),
        tightened=fact.tightened,
    )


def _criterion(gate: Gate, result: CriterionResult) -> CriterionShown:
    # An old verdict may name a criterion that the gate no longer has.
    rows = GATES[gate].criteria if gate in GATES else ()
    row = next((row for row in rows if row.id == result.id), None)
    return CriterionShown(
        id=result.id,
        level=result.level,
        op=result.op,
        unit=result.unit,
        threshold=result.threshold,
        actual=result.actual,
        passed=result.passed,
        expected=expected(result.op, result.unit, result.threshold),
        found=measured(result.unit, result.actual),
        remedy="" if row is None else row.remedy,
        owner="" if row is None else row.owner,
    )


def _metric(metric: Metric) -> MetricShown:
    return MetricShown(
        id=metric.id, unit=metric.unit, actual=metric.actual, found=measured(metric.unit, metric.actual)
    )
