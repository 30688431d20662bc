"""Facts about recovery (R-EVT-18)."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from domain.classified import Code, Count, Timestamp
from domain.prose import Prose

CheckKind = Literal["smoke", "health", "user_journey", "slo"]
CheckResult = Literal["pass", "fail", "error", "skipped"]
ValidationStatus = Literal["success", "partial", "failed"]


class RecoveryCheckRecorded(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A check of the service after attempt ``attempt``; 0 where nothing had to be executed."""

    attempt: Count
    check_id: Code
    kind: CheckKind
    critical: bool
    result: CheckResult
    at: Timestamp | None = None
    duration_ms: Count | None = None
    expected: Prose | None = None
    observed: Prose | None = None


class RecoveryValidationCompleted(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the latest checks of an attempt come to: follows from them (R-DEC-30, R-GATE-30, R-GATE-34)."""

    attempt: Count
    required: Count
    passed: Count
    critical_total: Count
    critical_failed: Count
    status: ValidationStatus
    recovery_time_ms: Count | None = None


RecoveryFact = RecoveryCheckRecorded | RecoveryValidationCompleted
