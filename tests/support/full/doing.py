"""The rollback, an entry that was corrected, and checks until the service had recovered."""

from __future__ import annotations

from typing import Any

from domain.execution.facts import (
    MitigationCommandExecuted,
    MitigationExecutionCompleted,
    MitigationExecutionStarted,
)
from domain.prose import prose
from domain.readiness.facts import PrerequisitesEvaluated, PrerequisiteState
from domain.recovery.facts import RecoveryCheckRecorded, RecoveryValidationCompleted
from domain.timeline.facts import TimelineEntryCorrected, TimelineEntryRecorded
from tests.support.full.beginning import cleared
from tests.support.full.story import ALICE, BOB, ERRORS_ALERT, INTAKE, LATENCY_ALERT, Step, at
from tests.support.full.verdicts import verdict
from tests.support.meaning import fresh_id


def _ran(seq: int, started: str, ended: str, ms: int, output: str) -> Step:
    return (
        ended,
        ALICE,
        MitigationCommandExecuted(
            attempt=1,
            seq=seq,
            tried=1,
            outcome="success",
            started_at=at(started),
            at=at(ended),
            duration_ms=ms,
            exit_code=0,
            output=prose(output),
        ),
    )


def _check(clock: str, name: str, kind: Any, result: Any, saw: str, *, critical: bool = False) -> Step:
    expected = {"latency-slo": "p99 below 800 ms"}.get(name)
    return (
        clock,
        BOB,
        RecoveryCheckRecorded(
            attempt=1,
            check_id=name,
            kind=kind,
            critical=critical,
            result=result,
            at=at(clock),
            expected=None if expected is None else prose(expected),
            observed=prose(saw),
        ),
    )


DOING: tuple[Step, ...] = (
    (
        "02:20:30",
        ALICE,
        PrerequisitesEvaluated(
            strict=True,
            outcome="proceed",
            items=(
                PrerequisiteState(
                    id="R-PRE-30", kind="system", item_class="required", status="attested", by="attestation"
                ),
            ),
        ),
    ),
    (
        "02:20:30",
        ALICE,
        MitigationExecutionStarted(
            attempt=1,
            plan_revision=1,
            option_id="A",
            change_ref="CHG-4711",
            from_version="1.2.4",
            to_version="1.2.3",
        ),
    ),
    _ran(1, "02:20:40", "02:20:42", 2_000, "deployment.apps/checkout annotated"),
    _ran(2, "02:20:50", "02:26:10", 320_000, "rolled back eu-west, us-east"),
    _ran(3, "02:26:20", "02:29:05", 165_000, "deployment checkout successfully rolled out"),
    (
        "02:29:05",
        ALICE,
        MitigationExecutionCompleted(attempt=1, commands_total=3, commands_succeeded=3, duration_ms=515_000),
    ),
    (
        "02:31:00",
        BOB,
        TimelineEntryRecorded(
            entry_id=fresh_id(50),
            category="communication",
            text=prose("Support tells waiting customers that payments work again in us-east."),
            at=at("02:26:30"),
        ),
    ),
    (
        "02:31:30",
        BOB,
        TimelineEntryCorrected(
            entry_id=fresh_id(50),
            text=prose("Support tells waiting customers that payments work again in eu-west."),
            reason=prose("eu-west was rolled back first."),
        ),
    ),
    _check("02:30:10", "smoke", "smoke", "pass", "Order 88123 paid in 0.6 s", critical=True),
    _check("02:30:30", "health", "health", "pass", "24 of 24 pods ready", critical=True),
    _check("02:31:40", "latency-slo", "slo", "fail", "p99 1150 ms, falling"),
    _check("02:34:00", "checkout-journey", "user_journey", "pass", "Card and invoice both work"),
    ("02:36:05", INTAKE, cleared(10, LATENCY_ALERT, "CheckoutLatencyHigh", "02:36:00")),
    ("02:36:20", INTAKE, cleared(12, ERRORS_ALERT, "CheckoutErrorRate", "02:36:15")),
    _check("02:37:00", "latency-slo", "slo", "pass", "p99 610 ms for five minutes"),
    (
        "02:37:00",
        BOB,
        RecoveryValidationCompleted(
            attempt=1,
            required=4,
            passed=4,
            critical_total=2,
            critical_failed=0,
            status="success",
            recovery_time_ms=990_000,
        ),
    ),
    ("02:37:00", BOB, lambda story: verdict(story, "recovery_validation", 3, attempt=1)),
)
