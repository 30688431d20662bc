"""Laws of verdicts: whatever people do, what is recorded follows again from any prefix of the record."""

from __future__ import annotations

from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import facts
from domain.crew.commands import JoinIncident
from domain.decisions.commands import ApprovePlan, RejectPlan
from domain.execution.commands import StartExecution
from domain.gates.commands import DecideWaiver, EvaluateGate, RequestWaiver
from domain.gates.criterion import Case
from domain.gates.evaluator import evaluate
from domain.gates.table import GATES
from domain.incident_state import fold
from domain.intake.commands import DeclareIncident, OpenIncident, TightenProfile
from domain.notices.commands import AttestNotice
from domain.planning.commands import ProposePlan, VerifyItem
from domain.readiness.commands import EvaluatePrerequisites
from domain.rederiving import DerivedFact, follows
from domain.rederiving_end import FactOfTheEnd
from domain.severity.commands import ConfirmScope, ProposeSeverity, ReassessSeverity, VoteSeverity
from tests.support.playing import EVERYBODY, Play, policy
from tests.support.scenes import BUNDLE, REOPEN, SEAL, closed

WHY = "So that it is on record, and why."
SEVERITIES: st.SearchStrategy[Any] = st.sampled_from(["SEV-1", "SEV-2", "SEV-3"])
ROLES = ("incident_commander", "sre_on_call", "product_owner", "support_lead")
COMMANDS: st.SearchStrategy[Any] = st.one_of(
    st.builds(ProposeSeverity, severity=SEVERITIES, rationale=st.just(WHY)),
    st.builds(VoteSeverity, severity=SEVERITIES),
    st.just(ReassessSeverity(rationale=WHY)),
    st.builds(
        ConfirmScope,
        services=st.just(("checkout",)),
        regulated_data=st.booleans(),
        customer_notification=st.just(False),
    ),
    st.just(AttestNotice(roles=ROLES, channel="meeting")),
    st.just(ProposePlan(template="rollback", to_version="1.2.3")),
    st.builds(ApprovePlan, revision=st.integers(1, 2), rationale=st.just(WHY)),
    st.builds(RejectPlan, revision=st.integers(1, 2), rationale=st.just(WHY)),
    st.builds(
        EvaluateGate,
        gate=st.sampled_from(["severity", "mitigation"]),
        mode=st.sampled_from(["strict", "standard", "relaxed"]),
        sla_s=st.sampled_from([None, 30, 900]),
    ),
    st.builds(EvaluatePrerequisites, strict=st.booleans()),
    st.just(VerifyItem(item="R-PRE-21", result="verified")),
    st.just(RequestWaiver(gate="mitigation", justification=WHY, risk_assessment=WHY)),
    st.just(DecideWaiver(waiver="w1", verdict="approved", rationale=WHY)),
    st.just(TightenProfile(profile="strict", rationale=WHY)),
    st.just(StartExecution()),
    st.just(JoinIncident()),
)
SECONDS = st.sampled_from([0, 0.0000004, 1, 299.5, 40_000])
TURNS = st.lists(st.tuples(SECONDS, COMMANDS, st.sampled_from(EVERYBODY)), max_size=12)
SMOOTH: tuple[tuple[float, Any, Any], ...] = tuple(
    (1, command, EVERYBODY[0])
    for command in (
        ProposeSeverity(severity="SEV-2", rationale=WHY),
        ConfirmScope(services=("checkout",), regulated_data=False, customer_notification=False),
        AttestNotice(roles=ROLES, channel="meeting"),
        ProposePlan(template="rollback", to_version="1.2.3"),
        ApprovePlan(revision=1, rationale=WHY),
    )
)


def played(profile: Any, turns: list[Any], smooth: int) -> Play:
    """Return an incident in which everything was asked for, some of it in vain."""
    play = Play(profile)
    play.do(OpenIncident(title="t", environment="e"))
    play.do(DeclareIncident(rationale=WHY))
    for seconds, command, who in (*SMOOTH[:smooth], *turns):
        play.forward(seconds=seconds)
        play.ask(command, who)
    return play


@pytest.mark.req("R-GATE-51")
@given(st.sampled_from(["team", "solo"]), TURNS, st.integers(0, len(SMOOTH)))
def test_whatever_follows_is_derived_the_same_from_the_prefix_before_it(
    profile: Any, turns: list[Any], smooth: int
) -> None:
    items = played(profile, turns, smooth).items
    for number, item in enumerate(items):
        if isinstance(item.fact, DerivedFact):
            before = fold(items[:number])
            pinned = policy(before.intake.profile)
            assert follows(before, item.fact, pinned, item.recordedtime) == item.fact


@pytest.mark.req("R-GATE-51")
@pytest.mark.parametrize("profile", ["team", "solo", "strict"])
def test_whatever_follows_in_a_whole_incident_is_derived_again(profile: Any) -> None:
    play = closed(profile)
    for command in (SEAL, BUNDLE, REOPEN):
        play.do(command)
    seen = set()
    for number, item in enumerate(play.items):
        if isinstance(item.fact, DerivedFact):
            before = fold(play.items[:number])
            pinned = policy(before.intake.profile)
            assert follows(before, item.fact, pinned, item.recordedtime) == item.fact
            seen.add(type(item.fact))
    assert seen >= set(get_args(FactOfTheEnd))


@pytest.mark.req("R-GATE-51")
@given(st.sampled_from(["team", "solo"]), TURNS, st.integers(0, len(SMOOTH)), st.data())
def test_a_verdict_on_any_prefix_is_the_same_from_what_is_stored(
    profile: Any, turns: list[Any], smooth: int, data: Any
) -> None:
    items = played(profile, turns, smooth).items
    number = data.draw(st.integers(2, len(items)))
    stored = [msgspec.structs.replace(item, fact=read_back(item.fact)) for item in items[:number]]
    for gate in GATES:
        case, again = (
            Case(incident=fold(prefix), policy=policy(profile), at=items[number - 1].recordedtime)
            for prefix in (items[:number], stored)
        )
        assert evaluate(gate, case) == evaluate(gate, again) == read_back(evaluate(gate, case))


def read_back(fact: Any) -> Any:
    """Return a fact as the log gives it back."""
    data = msgspec.json.decode(msgspec.json.encode(facts.encode(fact)))
    return facts.decode(facts.type_name(fact), data)
