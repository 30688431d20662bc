"""Verdicts and waivers, folded; what they come to at a moment is `domain.gates.board`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from domain.gates.facts import (
    GateEvaluated,
    GateFact,
    GateWaiverDecided,
    GateWaiverRefused,
    GateWaiverRequested,
)
from domain.recorded import Stamped


class Verdict(Struct, frozen=True, kw_only=True):
    """A recorded evaluation, in ``version`` of the stream."""

    fact: GateEvaluated
    at: str
    version: int

    @property
    def failed(self) -> tuple[str, ...]:
        """The criteria that failed."""
        return tuple(result.id for result in self.fact.criteria if result.passed == "no")


class Waiver(Struct, frozen=True, kw_only=True):
    """A requested waiver: ``approvals`` (principal, role) in order, ``rejected_by`` once somebody refused."""

    fact: GateWaiverRequested
    at: str
    version: int
    requested_by: str
    approvals: tuple[tuple[str, str], ...] = ()
    rejected_by: str | None = None


class Gates(Struct, frozen=True, kw_only=True):
    """The state of all gates: the latest authoritative verdict of each, waivers by id."""

    authoritative: Mapping[str, Verdict] = {}
    waivers: Mapping[str, Waiver] = {}


def evolve(state: Gates, item: Stamped[GateFact]) -> Gates:
    """Return the state after a fact."""
    fact = item.fact
    match fact:
        case GateEvaluated():
            return _evaluated(state, Verdict(fact=fact, at=item.recordedtime, version=item.version))
        case GateWaiverRequested():
            waiver = Waiver(fact=fact, at=item.recordedtime, version=item.version, requested_by=item.authid)
            return _with(state, waiver)
        case GateWaiverDecided():
            return _decided(state, fact, item.authid)
        case GateWaiverRefused():
            return state
        case _:
            assert_never(fact)


def _evaluated(state: Gates, verdict: Verdict) -> Gates:
    if not verdict.fact.authoritative:
        return state
    return replace(state, authoritative={**state.authoritative, verdict.fact.gate: verdict})


def _decided(state: Gates, fact: GateWaiverDecided, by: str) -> Gates:
    waiver = state.waivers.get(fact.waiver_id)
    if waiver is None:
        return state
    if fact.verdict == "rejected":
        return _with(state, replace(waiver, rejected_by=by))
    return _with(state, replace(waiver, approvals=(*waiver.approvals, (by, fact.role))))


def _with(state: Gates, waiver: Waiver) -> Gates:
    return replace(state, waivers={**state.waivers, waiver.fact.waiver_id: waiver})
