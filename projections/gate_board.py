"""The gates at a moment: the state of each, the verdicts behind it, waivers, and what now would give.

A gate that is not open has a preview: what evaluating it at this very moment would give, so that nobody
has to fail a gate to find out why it would.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from domain.actions import decided
from domain.facts import Fact
from domain.gates.board import GateState, Light, lights
from domain.gates.commands import RequestWaiver
from domain.gates.criterion import Case
from domain.gates.facts import Gate
from domain.gates.table import GATES, NEVER_WAIVED
from domain.policy_gates import Waiver as Terms
from domain.recorded import Stamped, UnknownFact
from projections.look import Look
from projections.verdicts import Evaluation, preview, verdicts
from projections.waivers import RefusedWaiver, WaiverShown, WaiverStatus, refused_waivers, waivers

ANY_TEXT = "What the request would say."
SHUT = ("NOT_EVALUATED", "FAIL", "STALE", "WAIVER_PENDING")


class Cosigned(Struct, frozen=True, kw_only=True):
    """A criterion that a waiver covers only if it names it, and if this role signs too (R-GATE-55)."""

    criterion: str
    role: str


class WaiverTerms(Struct, frozen=True, kw_only=True):
    """What a waiver would take; ``possible`` while the rules accept a request for one."""

    permitted: bool
    possible: bool
    approvers: tuple[str, ...] = ()
    requires: str | None = None
    ttl_hours: int | None = None
    criteria: tuple[str, ...] = ()
    cosigned: tuple[Cosigned, ...] = ()


class GateCard(Struct, frozen=True, kw_only=True):
    """One gate: ``evaluation`` is the verdict that the state rests on, ``history`` all of them."""

    gate: Gate
    number: int
    title: str
    guards: str
    state: GateState
    violated: bool
    evaluation: Evaluation | None
    preview: Evaluation | None
    waiver_status: WaiverStatus
    waivers: tuple[WaiverShown, ...]
    refused_waivers: tuple[RefusedWaiver, ...]
    next_waiver: WaiverTerms
    history: tuple[Evaluation, ...]


class GateBoard(Struct, frozen=True, kw_only=True):
    """All gates as of ``version`` and recorded time ``as_of``."""

    version: int
    as_of: str
    gates: tuple[GateCard, ...]


def gate_board(facts: Iterable[Stamped[Fact | UnknownFact]], case: Case) -> GateBoard:
    """Return the board of one incident, whose ``facts`` lead to the case."""
    items = tuple(facts)
    history, asked, refused = verdicts(items), waivers(items, case), refused_waivers(items)
    cards = (
        _card(
            light,
            case,
            tuple(verdict for verdict in history if verdict.gate == gate),
            tuple(waiver for waiver in asked if waiver.gate == gate),
            tuple(refusal for refusal in refused if refusal.gate == gate),
        )
        for gate, light in lights(case.incident, case.at).items()
    )
    return GateBoard(version=case.incident.version, as_of=case.at, gates=tuple(cards))


def _card(
    light: Light,
    case: Case,
    history: tuple[Evaluation, ...],
    asked: tuple[WaiverShown, ...],
    refused: tuple[RefusedWaiver, ...],
) -> GateCard:
    row = GATES[light.gate]
    version = None if light.verdict is None else light.verdict.version
    return GateCard(
        gate=light.gate,
        number=row.number,
        title=row.title,
        guards=row.guards,
        state=light.state,
        violated=light.violated,
        evaluation=next((verdict for verdict in history if verdict.version == version), None),
        preview=preview(light.gate, case) if light.state in SHUT else None,
        waiver_status=asked[-1].status if asked else "none",
        waivers=asked,
        refused_waivers=refused,
        next_waiver=_terms(light, case),
        history=history,
    )


def _terms(light: Light, case: Case) -> WaiverTerms:
    terms = None if light.gate in NEVER_WAIVED else getattr(case.policy.gates, light.gate).waiver
    if not isinstance(terms, Terms):
        return WaiverTerms(permitted=False, possible=False)
    failed = () if light.verdict is None else light.verdict.failed
    possible = bool(failed) and _would_be_accepted(light.gate, failed, case)
    failed = failed if possible else ()
    cosigned = {row.id: row.cosigned_by for row in GATES[light.gate].criteria if row.cosigned_by is not None}
    return WaiverTerms(
        permitted=True,
        possible=possible,
        approvers=terms.approvers,
        requires=terms.requires,
        ttl_hours=terms.ttl_hours,
        criteria=failed,
        cosigned=tuple(Cosigned(criterion=name, role=cosigned[name]) for name in failed if name in cosigned),
    )


def _would_be_accepted(gate: Gate, criteria: tuple[str, ...], case: Case) -> bool:
    """Return whether the rules would take a complete request for a waiver now."""
    asked = RequestWaiver(
        gate=gate, justification=ANY_TEXT, criteria=criteria, risk_assessment=ANY_TEXT, recovery_plan=ANY_TEXT
    )
    answer = decided("request-waiver", case.incident, asked, Look(case=case).context)
    return isinstance(answer, tuple)
