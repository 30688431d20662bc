"""What was attested, last evaluated, and overridden, folded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from domain.readiness.facts import (
    Outcome,
    PrerequisiteAttested,
    PrerequisitesEvaluated,
    PrerequisitesOverridden,
    ReadinessFact,
    Status,
)
from domain.recorded import Stamped


class Evaluated(Struct, frozen=True, kw_only=True):
    """The latest evaluation, in ``version`` of the stream; ``statuses`` by item id."""

    strict: bool
    outcome: Outcome
    missing: tuple[str, ...]
    statuses: Mapping[str, Status]
    version: int


class Overridden(Struct, frozen=True, kw_only=True):
    """The latest override and what it is about."""

    missing: tuple[str, ...]
    version: int


class Attested(Struct, frozen=True, kw_only=True):
    """Who said that an item holds, and until when."""

    by: str
    source: str
    expires_at: str


class Readiness(Struct, frozen=True, kw_only=True):
    """The state of execution readiness; ``attested`` by people, ``stated`` by plan templates, by item id."""

    attested: Mapping[str, Attested] = {}
    stated: Mapping[str, Attested] = {}
    evaluated: Evaluated | None = None
    overridden: Overridden | None = None


def evolve(state: Readiness, item: Stamped[ReadinessFact]) -> Readiness:
    """Return the state after a fact."""
    fact = item.fact
    match fact:
        case PrerequisiteAttested():
            said = Attested(by=item.authid, source=fact.source, expires_at=fact.expires_at)
            # A template takes nothing away from what somebody attested: policies weigh the two apart.
            if fact.source != "person":
                return replace(state, stated={**state.stated, fact.item_id: said})
            return replace(state, attested={**state.attested, fact.item_id: said})
        case PrerequisitesEvaluated():
            return replace(state, evaluated=_evaluated(fact, item.version))
        case PrerequisitesOverridden():
            return replace(state, overridden=Overridden(missing=fact.missing, version=item.version))
        case _:
            assert_never(fact)


def _evaluated(fact: PrerequisitesEvaluated, version: int) -> Evaluated:
    return Evaluated(
        strict=fact.strict,
        outcome=fact.outcome,
        missing=fact.missing,
        statuses={state.id: state.status for state in fact.items},
        version=version,
    )
