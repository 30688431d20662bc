"""Commands about recovery."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from domain.recovery.facts import CheckKind, CheckResult
from domain.words import Amount, Ident, Moment, Text


class CheckTold(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One check and how it came out; `kind` is the plan's unless told, and what is critical stays so."""

    check: Ident
    result: CheckResult
    kind: CheckKind | None = None
    critical: bool = False
    expected: Text | None = None
    observed: Text | None = None
    at: Moment | None = None
    duration_ms: Amount | None = None


class RecordChecks(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="record-checks", forbid_unknown_fields=True
):
    """Record checks of the service after the mitigation (R-STEP-32); the latest word on each counts.

    Once every required check is on record, the recovery is validated; `complete` validates it before, with
    what is missing counted as not passed.
    """

    checks: Annotated[tuple[CheckTold, ...], Meta(max_length=64)] = ()
    complete: bool = False


EXAMPLES = (
    RecordChecks(
        checks=(
            CheckTold(check="api_health", result="pass", observed="p95 is 212 ms, errors 0.1 %."),
            CheckTold(check="primary_user_journey", result="pass"),
            CheckTold(check="data_integrity", result="pass"),
        )
    ),
)
