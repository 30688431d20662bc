"""How bad it is: rounds of votes until all agree, and what a new round changes (R-STEP-12, R-GATE-10)."""

from __future__ import annotations

import pytest

from domain.crew.commands import JoinIncident
from domain.decisions.approvals import approval, current
from domain.gates.evaluating import case_of
from domain.gates.severity_alignment import metrics
from domain.planning.commands import ProposePlan
from domain.severity.assessment import shown
from domain.severity.commands import (
    BlastRadiusTold,
    ConfirmScope,
    CustomerImpactTold,
    ProposeSeverity,
    ReassessSeverity,
    SloBreachTold,
    VoteSeverity,
)
from tests.support.playing import ALICE, BOB, CAROL, DAVE, Play, policy
from tests.support.scenes import (
    PLAN,
    SCOPE,
    agree,
    agreed,
    approved,
    declared,
    planning,
    propose,
    shows,
    stands,
    tell,
)

OBJECTION = "A second region fails too."
AGAIN = ReassessSeverity(rationale="A second region fails since 02:40.")


def _agreed(play: Play) -> str | None:
    return None if play.state.severity.agreed is None else play.state.severity.agreed.severity


@pytest.mark.req("R-GATE-10", "R-STEP-12", "R-EVT-13")
def test_unanimous_votes_above_the_proposal_are_the_consensus() -> None:
    play = declared("strict")
    play.do(propose("SEV-2"))
    play.do(VoteSeverity(severity="SEV-1", rationale=OBJECTION), BOB)
    assert _agreed(play) is None
    play.do(VoteSeverity(severity="SEV-1"))
    reached = next(fact for fact in play.facts if type(fact).__name__ == "SeverityConsensusReached")
    assert (reached.severity, reached.agreeing, reached.responders) == ("SEV-1", 2, 2)


@pytest.mark.req("R-GATE-10")
@pytest.mark.parametrize(("severity", "enough"), [("SEV-1", False), ("SEV-2", False), ("SEV-3", True)])
def test_strict_wants_two_votes_unless_it_is_harmless(severity: str, *, enough: bool) -> None:
    play = declared("strict")
    play.do(propose(severity))  # type: ignore[arg-type]  # a parameter is a plain text
    assert (_agreed(play) == severity) is enough
    play.do(VoteSeverity(severity=severity), CAROL)  # type: ignore[arg-type]  # the same
    assert _agreed(play) == severity


@pytest.mark.req("R-GATE-10")
def test_who_joined_and_is_silent_is_listed_and_not_counted() -> None:
    play = declared()
    play.do(JoinIncident(), CAROL)
    play.do(JoinIncident(voting=False), DAVE)
    play.do(propose("SEV-1"))
    assert _agreed(play) == "SEV-1"
    found = {m.id: m.actual.num for m in metrics(case_of(play.state, play.context(SCOPE, ALICE)))}
    assert found["silent_count"] == 1


@pytest.mark.req("R-GATE-10")
def test_the_latest_vote_of_each_counts_and_until_all_agree_the_worst_is_shown() -> None:
    play = declared("strict")
    play.do(propose("SEV-2"))
    play.do(VoteSeverity(severity="SEV-1", rationale=OBJECTION), BOB)
    assert shown(play.state.severity) == "SEV-1"
    play.do(VoteSeverity(severity="SEV-2"), BOB)
    assert _agreed(play) == "SEV-2"


@pytest.mark.req("R-GATE-10", "R-TRN-18", "R-GATE-11")
def test_a_vote_against_the_consensus_is_an_objection_and_begins_a_round() -> None:
    play = planning()
    facts = play.do(VoteSeverity(severity="SEV-2", rationale=OBJECTION), BOB)
    assert play.kinds(facts)[:2] == ["SeverityReassessmentStarted", "SeverityVoteCast"]
    assert (facts[0].round, facts[0].reason, facts[1].round) == (2, "objection", 2)
    assert stands(play) == "assessing"
    assert shows(play, "severity_alignment") == "STALE"


@pytest.mark.req("R-GATE-10")
def test_a_vote_for_the_consensus_changes_nothing_that_was_agreed() -> None:
    play = planning()
    before = play.state.severity
    play.do(VoteSeverity(severity="SEV-1"), BOB)
    assert (play.state.severity.agreed, play.state.severity.votes) == (before.agreed, before.votes)
    assert "p-bob" in play.state.crew.responders


@pytest.mark.req("R-ROL-02")
def test_the_first_to_say_a_severity_says_why() -> None:
    play = declared("strict")
    assert play.refused(VoteSeverity(severity="SEV-2")).code == "RATIONALE_MISSING"
    play.do(propose("SEV-2"))
    assert play.refused(VoteSeverity(severity="SEV-1"), BOB).code == "RATIONALE_MISSING"
    play.do(VoteSeverity(severity="SEV-2"), BOB)
    assert play.refused(VoteSeverity(severity="SEV-1"), CAROL).place == "rationale"


@pytest.mark.req("R-TRN-04")
def test_severity_and_scope_are_both_wanted_in_either_order() -> None:
    play = declared()
    play.do(SCOPE)
    assert stands(play) == "assessing"
    play.do(propose())
    assert stands(play) == "notifying"
    play.do(AGAIN)
    agree(play)
    assert stands(play) == "assessing"
    play.do(SCOPE)
    assert stands(play) == "notifying"


@pytest.mark.req("R-TRN-18", "R-GATE-24")
@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [("SEV-2", "SEV-3", True), ("SEV-2", "SEV-2", True), ("SEV-2", "SEV-1", False)],
)
def test_a_new_round_voids_approvals_only_by_an_upgrade(first: str, second: str, *, kept: bool) -> None:
    play = approved("team", first)  # type: ignore[arg-type]  # a parameter is a plain text
    play.do(AGAIN)
    agree(play, second)  # type: ignore[arg-type]  # the same
    play.do(SCOPE)
    tell(play)
    assert stands(play) == "aligning"
    assert approval(play.state, policy("team")).num == (2 if kept else 0)
    assert shows(play) == ("PASS" if kept else "STALE")
    decision = current(play.state)
    assert decision is not None
    assert bool(decision.recorded) is kept


@pytest.mark.req("R-TRN-18")
def test_an_upgrade_is_measured_against_what_was_agreed_last() -> None:
    play = approved("team", "SEV-2")
    play.do(AGAIN)
    play.do(AGAIN)
    agree(play, "SEV-1")
    assert play.state.severity.upgraded > 0


@pytest.mark.req("R-STEP-12", "R-DEC-72")
@pytest.mark.parametrize(
    ("told", "severity"),
    [
        ({"customer_impact": CustomerImpactTold(affected_users_ratio="0.25")}, "SEV-1"),
        ({"customer_impact": CustomerImpactTold(affected_users_ratio="0.2499")}, "SEV-2"),
        ({"customer_impact": CustomerImpactTold(revenue_loss_minor_per_hour=1_000_000)}, "SEV-1"),
        ({"blast_radius": BlastRadiusTold(services_ratio="0.2")}, "SEV-2"),
        ({}, "SEV-3"),
    ],
)
def test_without_a_severity_the_rules_propose_one(told: dict[str, object], severity: str) -> None:
    play = declared()
    (proposal, *_) = play.do(ProposeSeverity(rationale="By the numbers.", **told))  # type: ignore[arg-type]  # parts of it
    assert (proposal.severity, proposal.suggested, proposal.auto) == (severity, severity, True)


@pytest.mark.parametrize(
    ("window", "rate", "severity"), [(3600, "14.4", "SEV-1"), (3601, "14.4", "SEV-2"), (21_600, "6", "SEV-2")]
)
def test_a_budget_that_burns_fast_is_severe(window: int, rate: str, severity: str) -> None:
    breach = SloBreachTold(slo_id="a", objective="0.999", observed="0.7", window_s=window, burn_rate=rate)
    play = declared()
    (proposal, *_) = play.do(ProposeSeverity(rationale="By the numbers.", slo_breaches=(breach,)))
    assert proposal.suggested == severity


@pytest.mark.req("R-DEC-65", "R-PRE-22")
def test_unknown_data_holds_up_neither_triage_nor_planning() -> None:
    play = declared()
    play.do(propose())
    play.do(ConfirmScope(services=("checkout",)))
    tell(play)
    play.do(PLAN)
    assert stands(play) == "aligning"


@pytest.mark.req("R-STEP-12", "R-TRN-05")
def test_without_consensus_there_is_no_planning() -> None:
    play = declared("strict")
    play.do(propose())
    refusal = play.refused(PLAN)
    assert refusal.code == "GATE_NOT_PASSED"
    assert "severity_assessment.status" in (refusal.found or "")
    assert play.state.gates.authoritative["severity_alignment"].fact.result == "FAIL"
    assert agreed().refused(ProposePlan(template="rollback", to_version="1")).code == "GATE_NOT_PASSED"
