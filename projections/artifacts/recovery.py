"""``recovery-validation.json``: every check of the service, and what they came to (R-ART-19)."""

from __future__ import annotations

from msgspec import Struct

from domain.artifacts import RECOVERY
from domain.ratio import Ratio
from domain.recorded import Recorded
from domain.recovery.facts import (
    CheckKind,
    CheckResult,
    RecoveryCheckRecorded,
    RecoveryValidationCompleted,
    ValidationStatus,
)
from projections.artifacts.content import Content
from projections.artifacts.rendering import Rendering
from projections.artifacts.row import Row
from projections.told import Text, optional_text


class CheckSeen(Struct, frozen=True, kw_only=True):
    """One look at one check; a later look replaces it, and both stay."""

    check_id: str
    kind: CheckKind
    critical: bool
    result: CheckResult
    checked_at: str
    duration_ms: int | None
    expected: Text | None
    observed: Text | None
    by: str
    recorded_at: str
    version: int


class Validation(Struct, frozen=True, kw_only=True):
    """What the checks came to when it was asked."""

    status: ValidationStatus
    required: int
    passed: int
    critical_total: int
    critical_failed: int
    recovery_time_ms: int | None
    at: str
    version: int


class AttemptChecked(Struct, frozen=True, kw_only=True):
    """The checks after one attempt; attempt 0 where nothing had to be executed."""

    attempt: int
    checks: tuple[CheckSeen, ...]
    validations: tuple[Validation, ...]


class RecoveryMetrics(Struct, frozen=True, kw_only=True):
    """Numbers of the latest validation; null before there is one (R-GATE-30, R-GATE-34)."""

    recovery_validation_success: Ratio | None
    critical_check_count: int | None
    critical_failed: int | None
    recovery_time_ms: int | None


class RecoveryData(Struct, frozen=True, kw_only=True):
    """Every attempt in order."""

    attempts: tuple[AttemptChecked, ...]


def content(rendering: Rendering) -> Content | None:
    """Return what was checked, None before anything was."""
    if not rendering.among(RecoveryCheckRecorded, RecoveryValidationCompleted):
        return None
    latest = next(reversed(rendering.of(RecoveryValidationCompleted)), None)
    return Content(
        status="pending" if latest is None else latest.fact.status,
        metrics=_metrics(None if latest is None else latest.fact),
        data=RecoveryData(attempts=_attempts(rendering)),
    )


def _metrics(fact: RecoveryValidationCompleted | None) -> RecoveryMetrics:
    return RecoveryMetrics(
        recovery_validation_success=None if fact is None else Ratio(fact.passed, fact.required),
        critical_check_count=None if fact is None else fact.critical_total,
        critical_failed=None if fact is None else fact.critical_failed,
        recovery_time_ms=None if fact is None else fact.recovery_time_ms,
    )


def _attempts(rendering: Rendering) -> tuple[AttemptChecked, ...]:
    checks: dict[int, list[CheckSeen]] = {}
    found: dict[int, list[Validation]] = {}
    for item in rendering.of(RecoveryCheckRecorded):
        checks.setdefault(item.fact.attempt, []).append(_check(item))
    for validated in rendering.of(RecoveryValidationCompleted):
        found.setdefault(validated.fact.attempt, []).append(_validation(validated))
    return tuple(
        AttemptChecked(
            attempt=number,
            checks=tuple(checks.get(number, ())),
            validations=tuple(found.get(number, ())),
        )
        for number in sorted(checks.keys() | found.keys())
    )


def _check(item: Recorded[RecoveryCheckRecorded]) -> CheckSeen:
    fact = item.fact
    return CheckSeen(
        check_id=fact.check_id,
        kind=fact.kind,
        critical=fact.critical,
        result=fact.result,
        checked_at=item.time,
        duration_ms=fact.duration_ms,
        expected=optional_text(fact.expected),
        observed=optional_text(fact.observed),
        by=item.authid,
        recorded_at=item.recordedtime,
        version=item.version,
    )


def _validation(item: Recorded[RecoveryValidationCompleted]) -> Validation:
    fact = item.fact
    return Validation(
        status=fact.status,
        required=fact.required,
        passed=fact.passed,
        critical_total=fact.critical_total,
        critical_failed=fact.critical_failed,
        recovery_time_ms=fact.recovery_time_ms,
        at=item.recordedtime,
        version=item.version,
    )


ROWS = (
    Row(
        requirement="R-ART-19",
        name=RECOVERY,
        artifact_id="recovery-validation",
        step="3.2",
        consumers=("22", "16", "18"),
        gate="recovery_validation",
        counted=True,
        render=content,
        metrics=RecoveryMetrics,
        data=RecoveryData,
    ),
)
