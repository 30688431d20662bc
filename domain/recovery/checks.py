"""Which checks are required, how they stand, and what they come to (R-GATE-30, R-DEC-30)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from domain.incident_state import Incident
from domain.moment import milliseconds
from domain.policy import Policy
from domain.ratio import Ratio, at_least, of_decimal
from domain.recovery.facts import CheckKind, RecoveryValidationCompleted, ValidationStatus
from domain.recovery.recovery import Checked
from domain.refusal import Refusal


class Required(Struct, frozen=True, kw_only=True):
    """A check that must pass; without one of the two the service has not recovered if it is ``critical``."""

    check_id: str
    kind: CheckKind
    critical: bool


class Count(Struct, frozen=True, kw_only=True):
    """How the required checks stand; what is missing, skipped or in error has not passed."""

    required: int
    passed: int
    critical_total: int
    critical_failed: int
    missing: tuple[str, ...]


def required(incident: Incident, policy: Policy) -> Mapping[str, Required]:
    """Return ``C``: the policy's critical checks, and those of the plan that was executed."""
    critical = policy.gates.recovery_validation.critical_checks
    found = {name: Required(check_id=name, kind="health", critical=True) for name in critical}
    plan = incident.planning.plan
    for check in plan.fact.checks if plan is not None and incident.standing.running else ():
        must = check.critical or check.check_id in critical
        found[check.check_id] = Required(check_id=check.check_id, kind=check.kind, critical=must)
    return found


def counted_after(incident: Incident) -> int:
    """Return the version after which a check says something of this attempt, or of doing nothing."""
    completed = incident.execution.completed
    return max(
        incident.standing.not_required,
        incident.resolution.reopened,
        0 if completed is None else completed.version,
    )


def attempt_number(incident: Incident) -> int:
    """Return the attempt that is checked, 0 where nothing had to be executed."""
    attempt = incident.execution.attempt
    return 0 if attempt is None or not incident.standing.running else attempt.number


def latest(incident: Incident) -> Mapping[str, Checked]:
    """Return the latest word on each check since the mitigation was complete."""
    since = counted_after(incident)
    return {name: item for name, item in incident.recovery.checks.items() if item.version > since}


def count(incident: Incident, policy: Policy) -> Count:
    """Return how the required checks stand now."""
    wanted, known = required(incident, policy), latest(incident)
    passed = {name for name in wanted if name in known and known[name].fact.result == "pass"}
    critical = {name for name, row in wanted.items() if row.critical}
    # Whoever says that a check is critical is believed; nobody is who says that it is not.
    critical |= {name for name in wanted if name in known and known[name].fact.critical}
    return Count(
        required=len(wanted),
        passed=len(passed),
        critical_total=len(critical),
        critical_failed=len(critical - passed),
        missing=tuple(name for name in wanted if name not in known),
    )


def validation(incident: Incident, policy: Policy, at: str) -> RecoveryValidationCompleted:
    """Return what the checks come to, as validated at recorded time ``at`` (R-GATE-34)."""
    found = count(incident, policy)
    attempt = incident.execution.attempt
    began = attempt.at if attempt is not None and incident.standing.running else None
    return RecoveryValidationCompleted(
        attempt=attempt_number(incident),
        required=found.required,
        passed=found.passed,
        critical_total=found.critical_total,
        critical_failed=found.critical_failed,
        status=_status(found, policy),
        recovery_time_ms=None if began is None else milliseconds(began, at),
    )


def validated_now(incident: Incident) -> RecoveryValidationCompleted | None:
    """Return the validation on record of what is checked now, None where there is none yet."""
    known = incident.recovery.validated
    return None if known is None or known.version <= counted_after(incident) else known.fact


def same(known: RecoveryValidationCompleted, found: RecoveryValidationCompleted) -> bool:
    """Return whether two validations say the same, whenever they were made."""
    return replace(known, recovery_time_ms=None) == replace(found, recovery_time_ms=None)


def check_twice(names: Sequence[str]) -> Refusal | None:
    """Return the refusal of a list that names a check twice, None where each stands once."""
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is None:
        return None
    return Refusal(
        code="CHECK_TWICE",
        message="one request says one thing of a check",
        place="checks",
        expected="each check once",
        found=f"{twice} twice",
    )


def _status(found: Count, policy: Policy) -> ValidationStatus:
    if found.critical_failed or not found.passed:
        return "failed"
    threshold = of_decimal(policy.gates.recovery_validation.success)
    return "success" if at_least(Ratio(found.passed, found.required), threshold) else "partial"
