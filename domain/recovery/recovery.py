"""The checks of the present attempt and what they came to, folded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from domain.recorded import Stamped
from domain.recovery.facts import RecoveryCheckRecorded, RecoveryFact, RecoveryValidationCompleted


class Checked(Struct, frozen=True, kw_only=True):
    """The latest word on one check, recorded ``at`` in ``version`` of the stream."""

    fact: RecoveryCheckRecorded
    at: str
    version: int


class Validated(Struct, frozen=True, kw_only=True):
    """A completed validation, recorded ``at`` in ``version`` of the stream."""

    fact: RecoveryValidationCompleted
    at: str
    version: int


class Recovery(Struct, frozen=True, kw_only=True):
    """The state of recovery: ``checks`` by id, whatever their attempt, and the latest validation."""

    checks: Mapping[str, Checked] = {}
    validated: Validated | None = None


def evolve(state: Recovery, item: Stamped[RecoveryFact]) -> Recovery:
    """Return the state after a fact."""
    fact = item.fact
    match fact:
        case RecoveryCheckRecorded():
            checked = Checked(fact=fact, at=item.recordedtime, version=item.version)
            return replace(state, checks={**state.checks, fact.check_id: checked})
        case RecoveryValidationCompleted():
            return replace(state, validated=Validated(fact=fact, at=item.recordedtime, version=item.version))
        case _:
            assert_never(fact)
