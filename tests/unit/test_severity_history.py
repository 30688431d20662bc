"""Rounds, proposals, votes that changed, silent voters, and late notices that stay on record."""

from __future__ import annotations

import pytest

from domain.crew.commands import JoinIncident
from domain.incident import IncidentCommand
from domain.intake.commands import TightenProfile
from domain.severity.commands import ConfirmScope, ProposeSeverity, ReassessSeverity, VoteSeverity
from projections.severity_history import SeverityHistory, severity_history
from tests.support.looking import case, pinned
from tests.support.playing import BOB, CAROL, DAVE, Play
from tests.support.scenes import DECLARE, OPEN, PROPOSE, SCOPE, TOLD

BY_RULES = ProposeSeverity(
    rationale="A few payments fail.",
    slo_breaches=(),
)


def played(*commands: IncidentCommand, profile: str = "team") -> Play:
    play = Play(profile)  # type: ignore[arg-type]  # a profile
    for command in (OPEN, DECLARE, *commands):
        play.do(command)
    return play


def history(play: Play) -> SeverityHistory:
    return severity_history(play.items, case(play), pinned)


@pytest.mark.req("R-STEP-12")
def test_a_proposal_shows_what_the_rules_make_of_its_numbers() -> None:
    (only,) = history(played(BY_RULES)).rounds
    (proposal,) = only.proposals
    assert (proposal.severity, proposal.suggested, proposal.auto) == ("SEV-3", "SEV-3", True)
    assert proposal.rationale.startswith("⟦sealed:")


@pytest.mark.req("R-GATE-10")
def test_a_vote_that_was_changed_stays_and_says_by_which_it_was_replaced() -> None:
    play = played(PROPOSE, profile="strict")
    play.do(VoteSeverity(severity="SEV-2", rationale="Only some payments fail."), CAROL)
    play.do(VoteSeverity(severity="SEV-1"), CAROL)
    first, second, third = history(play).rounds[0].votes
    assert (first.by, second.by, third.by) == ("p-alice", "p-carol", "p-carol")
    assert (first.replaced_by, second.replaced_by, third.replaced_by) == (None, third.version, None)


@pytest.mark.req("R-GATE-10", "R-GATE-14")
def test_who_works_here_and_does_not_vote_is_silent_and_delays_nobody() -> None:
    play = Play()
    play.do(OPEN)
    play.do(DECLARE)
    play.do(JoinIncident(), CAROL)
    play.do(JoinIncident(voting=False), DAVE)
    play.do(PROPOSE)
    (only,) = history(play).rounds
    assert only.silent == ("p-carol",)
    assert only.consensus is not None
    assert (only.consensus.severity, only.consensus.upgraded) == ("SEV-1", False)


@pytest.mark.req("R-DEC-28", "R-GATE-12")
def test_a_late_notice_stays_on_the_record_of_its_round() -> None:
    play = played(PROPOSE, SCOPE)
    assert history(play).rounds[0].notice is not None
    play.forward(minutes=6)
    play.do(TOLD)
    play.do(PROPOSE)
    play.do(TOLD)
    first, second = history(play).rounds
    assert first.notice is not None
    assert second.notice is not None
    assert (first.notice.late, second.notice.late) == (True, False)
    assert first.notice.latency_ms is not None
    assert first.notice.latency_ms > first.notice.sla_ms
    assert (second.reason, second.by) == ("gate_1_failed", "p-alice")
    assert first.ended_at == second.began_at


@pytest.mark.req("R-DEC-28")
def test_a_round_in_which_nobody_was_told_is_late_once_its_time_is_over() -> None:
    play = played(PROPOSE, SCOPE)
    assert not _late(play)
    play.forward(minutes=5)
    assert _late(play)


def _late(play: Play) -> bool:
    notice = history(play).rounds[-1].notice
    assert notice is not None
    return notice.late


@pytest.mark.req("R-CFG-04", "R-DEC-28")
def test_a_round_is_judged_by_the_policy_that_was_in_force_in_it() -> None:
    play = Play("solo")
    for command in (OPEN, DECLARE, PROPOSE, SCOPE, TOLD):
        play.do(command)
    before = history(play).rounds[0].notice
    play.do(ReassessSeverity(rationale="A second region fails."))
    play.do(TightenProfile(profile="team", rationale="A second person is awake."))
    assert history(play).rounds[0].notice == before


@pytest.mark.req("R-TRN-18")
def test_an_objection_begins_a_new_round_and_may_upgrade() -> None:
    play = played(ProposeSeverity(severity="SEV-2", rationale="Some payments fail."))
    play.do(VoteSeverity(severity="SEV-1", rationale="All payments fail by now."), CAROL)
    _, second = history(play).rounds
    assert (second.reason, second.began_at is not None) == ("objection", True)
    assert second.consensus is not None
    assert second.consensus.upgraded


@pytest.mark.req("R-GATE-11")
def test_every_confirmation_of_the_scope_is_kept_in_its_round() -> None:
    play = played(PROPOSE, SCOPE, ConfirmScope(services=("checkout", "search"), regulated_data=True))
    one, two = history(play).rounds[0].scopes
    assert (one.regulated_data, two.regulated_data, two.customer_notification) == (False, True, None)
    assert two.services == ("checkout", "search")


def test_before_a_declaration_there_is_one_empty_round() -> None:
    play = Play()
    play.do(OPEN, BOB)
    (only,) = history(play).rounds
    assert (only.votes, only.consensus, only.notice, only.began_at) == ((), None, None, None)
    assert history(play).severity is None
