"""Checks on record, and the validation that somebody asks for (R-STEP-32, R-EVT-18)."""

from __future__ import annotations

from collections.abc import Mapping

from domain.context import Context
from domain.foreseen import after
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident
from domain.moment import timestamp
from domain.past import checked as in_the_past
from domain.policies import policy_of
from domain.prose import optional_prose
from domain.recorded_at import recorded_at
from domain.recovery.checks import (
    Required,
    attempt_number,
    check_twice,
    counted_after,
    required,
    validation,
)
from domain.recovery.commands import CheckTold, RecordChecks
from domain.recovery.facts import RecoveryCheckRecorded
from domain.refusal import Refusal
from domain.text import code


def record(state: Incident, command: RecordChecks, context: Context) -> tuple[IncidentFact, ...] | Refusal:
    """Return the checks; that they validate the recovery follows, or is asked for."""
    refusal = _refusal(state, command)
    if refusal is not None:
        return refusal
    wanted = required(state, policy_of(context))
    facts: list[IncidentFact] = []
    for place, told in enumerate(command.checks):
        fact = _recorded(state, told, wanted, context, f"checks[{place}].at")
        if isinstance(fact, Refusal):
            return fact
        facts.append(fact)
    if not command.complete:
        return tuple(facts)
    # As it stands once these checks are recorded: what is missing has not passed.
    checked = after(state, facts, context)
    return (*facts, validation(checked, policy_of(context), recorded_at(state, context)))


def _recorded(
    state: Incident, told: CheckTold, wanted: Mapping[str, Required], context: Context, place: str
) -> RecoveryCheckRecorded | Refusal:
    at = in_the_past(place, told.at, context.now)
    if isinstance(at, Refusal):
        return at
    row = wanted.get(told.check)
    return RecoveryCheckRecorded(
        attempt=attempt_number(state),
        check_id=code(told.check),
        kind=told.kind or (row.kind if row else "health"),
        critical=told.critical or (row is not None and row.critical),
        result=told.result,
        at=None if at is None else timestamp(at),
        duration_ms=told.duration_ms,
        expected=optional_prose(told.expected),
        observed=optional_prose(told.observed),
    )


def _refusal(state: Incident, command: RecordChecks) -> Refusal | None:
    names = [told.check for told in command.checks]
    if (refusal := check_twice(names)) is not None:
        return refusal
    if not names and not command.complete:
        return Refusal(
            code="CHECKS_MISSING",
            message="name the checks and how they came out",
            place="checks",
            expected="at least one check, or complete",
            found="none",
        )
    if command.complete and not counted_after(state):
        return Refusal(
            code="NOT_EXECUTED",
            message="recovery is validated once the mitigation is complete",
            place="complete",
            expected="every approved command on record",
            found="an execution that goes on",
        )
    return None
