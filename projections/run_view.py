"""What is being executed and checked: the approved commands, how each went, and the checks (R-STEP-31, 32).

Of the present attempt only; what earlier ones did is in the timeline and the execution report.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from domain.execution.execution import Attempt, Ran
from domain.execution.facts import Outcome
from domain.execution.running import commands_total
from domain.gates.criterion import Case
from domain.planning.plan import option
from domain.recovery.checks import Required, latest, required, validated_now
from domain.recovery.facts import CheckKind, CheckResult, RecoveryValidationCompleted
from domain.recovery.recovery import Checked
from projections.told import Text, Texts, optional_text, texts


class RanShown(Struct, frozen=True, kw_only=True):
    """The last run of an approved command, by its number; ``command`` where another than the approved one."""

    line: int
    tried: int
    outcome: Outcome
    exit_code: int | None
    expected_exit_code: int
    started_at: str
    ended_at: str
    duration_ms: int
    version: int
    command: Text | None
    output: Text | None


class AttemptShown(Struct, frozen=True, kw_only=True):
    """An attempt: ``commands`` are the approved lines in order, ``ran`` those on record."""

    number: int
    plan_revision: int
    option_id: str
    started_at: str
    commands: Texts
    commands_total: int
    ran: tuple[RanShown, ...]
    status: Literal["running", "halted", "complete"]


class CheckStanding(Struct, frozen=True, kw_only=True):
    """A required check and the latest word on it since the mitigation, null while there is none."""

    check_id: str
    kind: CheckKind
    critical: bool
    result: CheckResult | None
    at: str | None
    expected: Text | None
    observed: Text | None


class RunView(Struct, frozen=True, kw_only=True):
    """The present attempt, null before there is one, and what is known of the recovery."""

    version: int
    as_of: str
    attempt: AttemptShown | None
    checks: tuple[CheckStanding, ...]
    validation: RecoveryValidationCompleted | None


def run_view(case: Case) -> RunView:
    """Return what is executed and checked in the case."""
    attempt = case.incident.execution.attempt
    return RunView(
        version=case.incident.version,
        as_of=case.at,
        attempt=None if attempt is None else _attempt(attempt, case),
        checks=_checks(case),
        validation=validated_now(case.incident),
    )


def _attempt(attempt: Attempt, case: Case) -> AttemptShown:
    execution, standing = case.incident.execution, case.incident.standing
    chosen = option(case.incident.planning, attempt.option_id)
    complete = execution.completed is not None
    return AttemptShown(
        number=attempt.number,
        plan_revision=attempt.plan_revision,
        option_id=attempt.option_id,
        started_at=attempt.at,
        commands=() if chosen is None else texts(chosen.commands),
        commands_total=commands_total(case.incident),
        ran=tuple(_ran(line, ran) for line, ran in sorted(execution.ran.items())),
        status="complete" if complete else "running" if standing.halted is None else "halted",
    )


def _ran(line: int, ran: Ran) -> RanShown:
    return RanShown(
        line=line,
        tried=ran.fact.tried,
        outcome=ran.fact.outcome,
        exit_code=ran.fact.exit_code,
        expected_exit_code=ran.fact.expected_exit_code,
        started_at=ran.fact.started_at,
        ended_at=ran.fact.at,
        duration_ms=ran.fact.duration_ms,
        version=ran.version,
        command=optional_text(ran.fact.command),
        output=optional_text(ran.fact.output),
    )


def _checks(case: Case) -> tuple[CheckStanding, ...]:
    known = latest(case.incident)
    wanted = required(case.incident, case.policy)
    return tuple(_check(row, known.get(name)) for name, row in wanted.items())


def _check(row: Required, item: Checked | None) -> CheckStanding:
    return CheckStanding(
        check_id=row.check_id,
        kind=row.kind,
        critical=row.critical,
        result=None if item is None else item.fact.result,
        at=None if item is None else item.fact.at or item.at,
        expected=None if item is None else optional_text(item.fact.expected),
        observed=None if item is None else optional_text(item.fact.observed),
    )
