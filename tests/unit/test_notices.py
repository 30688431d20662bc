"""Telling people: who, by what, and what counts when (R-STEP-13, R-DIR-01, R-GATE-12, R-GATE-13, R-WF-35)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from domain.context import Principal
from domain.crew.commands import CoverRole, GrantRole, JoinIncident
from domain.flow.commands import Escalate
from domain.flow.facts import EscalationRaised
from domain.intake.commands import TightenProfile
from domain.notices.audience import recipients
from domain.notices.commands import Acknowledge, AttestNotice, RequestNotice
from domain.notices.facts import StakeholderNotificationRequested
from domain.notices.latency import notification_latency_ms, told_at, untold
from domain.own_commands import RecordDelivery
from domain.severity.commands import ReassessSeverity
from tests.support.playing import ALICE, BOB, CAROL, NOTIFIER, START, Play, policy
from tests.support.scenes import SCOPE, agree, agreed, declared, opened, propose, stands, tell

ALL = ("incident_commander", "sre_on_call", "product_owner")
COVER = CoverRole(role="product_owner", by="p-carol", rationale="Nobody from product can be reached.")


def delivered(notice: str, **changes: Any) -> RecordDelivery:
    """Return that a channel of ours took a notice."""
    usual: dict[str, Any] = {"channel": "webhook", "proof": "accepted"}
    return RecordDelivery(notification_id=notice, **{**usual, **changes})


def gate_1(play: Play) -> tuple[str, tuple[str, ...]]:
    """Return the latest verdict of gate 1, and what failed."""
    verdict = play.state.gates.authoritative["severity_alignment"]
    return verdict.fact.result, verdict.failed


def told_after(milliseconds: int, microseconds: int = 0) -> Play:
    """Return an incident whose people were all told that long after the consensus."""
    play = agreed()
    consensus = play.state.severity.agreed
    assert consensus is not None
    # Deciding takes a second of the clock.
    play.now = START + timedelta(seconds=2, milliseconds=milliseconds, microseconds=microseconds)
    assert consensus.at == "2026-03-01T02:15:03.000000Z"
    tell(play)
    return play


@pytest.mark.req("R-GATE-12", "R-DEC-29")
@pytest.mark.parametrize(
    ("late", "result"), [((300_000, 0), "PASS"), ((300_000, 1), "FAIL"), ((300_001, 0), "FAIL")]
)
def test_five_minutes_are_in_time_and_a_microsecond_more_is_not(late: tuple[int, int], result: str) -> None:
    play = told_after(*late)
    assert gate_1(play) == (result, () if result == "PASS" else ("notification_latency",))
    assert notification_latency_ms(play.state, policy("team")) == 300_000 + (result == "FAIL")


@pytest.mark.req("R-DEC-28", "R-GATE-12", "R-TRN-18")
def test_a_late_round_stays_on_record_and_the_next_one_has_its_own_clock() -> None:
    play = told_after(300_001)
    late = play.state.gates.authoritative["severity_alignment"].fact
    facts = play.do(propose())
    assert (facts[0].round, facts[0].reason) == (2, "gate_1_failed")
    play.do(SCOPE)
    assert untold(play.state, policy("team")) == ALL
    tell(play)
    assert gate_1(play) == ("PASS", ())
    assert stands(play) == "planning"
    assert late in play.facts


@pytest.mark.req("R-GATE-12")
def test_the_clock_runs_to_the_last_one_told() -> None:
    play = agreed()
    play.do(AttestNotice(roles=ALL[:2], channel="meeting"))
    assert notification_latency_ms(play.state, policy("team")) is None
    play.forward(minutes=10)
    play.do(AttestNotice(roles=ALL, channel="phone"))
    assert gate_1(play) == ("FAIL", ("notification_latency",))


@pytest.mark.req("R-GATE-12")
def test_who_was_told_before_the_consensus_waited_for_nothing() -> None:
    play = declared()
    play.do(AttestNotice(roles=ALL, channel="meeting"))
    play.do(propose())
    assert notification_latency_ms(play.state, policy("team")) == 0
    assert gate_1(play)[0] == "PASS"


@pytest.mark.req("R-WF-35")
def test_a_back_dated_attestation_counts_when_it_is_recorded() -> None:
    play = agreed()
    play.forward(minutes=10)
    told, *_ = play.do(AttestNotice(roles=ALL, channel="phone", at=START + timedelta(seconds=4)))
    assert gate_1(play) == ("FAIL", ("notification_latency",))
    assert told.at == "2026-03-01T02:15:04.000000Z"


@pytest.mark.req("R-GATE-13", "R-EVT-14")
def test_neither_a_request_nor_a_failure_is_a_notice() -> None:
    play = agreed()
    assert [n.fact.roles for n in play.state.notices.requested.values()] == [ALL[:2], ALL[2:]]
    play.do(delivered("n1-1", proof=None, error="no answer", retry_at=play.now), NOTIFIER)
    assert untold(play.state, policy("team")) == ALL
    play.do(delivered("n1-1"), NOTIFIER)
    assert play.ask(delivered("n1-1"), NOTIFIER) == ()
    assert untold(play.state, policy("team")) == ("product_owner",)
    play.do(delivered("n1-2"), NOTIFIER)
    assert gate_1(play)[0] == "PASS"


@pytest.mark.req("R-DIR-01")
@pytest.mark.parametrize(
    ("profile", "drill", "counts"), [("team", False, False), ("solo", False, True), ("team", True, True)]
)
def test_the_local_file_counts_in_solo_and_in_drills_only(profile: Any, *, drill: bool, counts: bool) -> None:
    play = agreed(profile, drill=drill)
    for notice in tuple(play.state.notices.requested):
        play.ask(delivered(notice, channel="file", proof="recorded_locally"), NOTIFIER)
    assert (untold(play.state, policy(profile)) == ()) is counts


@pytest.mark.req("R-DIR-01", "R-ROL-08")
def test_a_role_that_nobody_holds_shows_and_can_be_covered() -> None:
    play = declared(people=(ALICE, CAROL))
    assert recipients(play.state, play.roster(), "product_owner") == ()
    play.do(propose())
    asked = {n.fact.recipient: n.fact.roles for n in play.state.notices.requested.values()}
    assert asked == {"p-alice": ALL[:2], None: ALL[2:]}
    facts = play.do(COVER)
    assert play.kinds(facts) == ["RoleCovered", "StakeholderNotificationRequested"]
    assert (facts[1].recipient, facts[1].roles) == ("p-carol", ("product_owner",))
    assert recipients(play.state, play.roster(), "product_owner") == ("p-carol",)


@pytest.mark.req("R-DIR-01")
def test_only_the_commander_covers_a_role_and_with_somebody_known() -> None:
    play = declared()
    assert play.refused(COVER, BOB).code == "ROLE_MISSING"
    assert play.refused(msgspec.structs.replace(COVER, by="p-stranger")).code == "PERSON_UNKNOWN"


@pytest.mark.req("R-DRILL-01")
def test_a_drill_tells_those_who_take_part_and_nobody_else() -> None:
    play = declared(drill=True)
    play.do(propose())
    asked = {n.fact.recipient: n.fact.roles for n in play.state.notices.requested.values()}
    assert asked == {"p-alice": ALL[:2], None: ALL[2:]}
    play.do(JoinIncident(), BOB)
    play.do(ReassessSeverity(rationale="Once more with the product."))
    agree(play)
    second = {n.fact.recipient for n in play.state.notices.requested.values() if n.fact.round == 2}
    assert second == {"p-alice", "p-bob"}


@pytest.mark.req("R-DIR-01")
def test_the_commander_is_told_whoever_else_may_command() -> None:
    boss = Principal(id="p-boss", type="user", roles=("incident_commander",))
    play = declared(people=(ALICE, BOB, boss))
    play.do(propose())
    roles = {n.fact.recipient: n.fact.roles for n in play.state.notices.requested.values()}
    assert roles["p-alice"] == ALL[:2]
    assert "p-boss" not in roles


def test_a_role_granted_for_the_incident_is_told_first() -> None:
    play = declared()
    play.do(GrantRole(principal="p-carol", role="product_owner", rationale="She speaks for the product."))
    play.do(propose())
    asked = {n.fact.recipient for n in play.state.notices.requested.values()}
    assert asked == {"p-alice", "p-carol", "p-bob"}


@pytest.mark.req("R-STEP-13", "R-WF-34")
def test_an_early_notice_keeps_nobody_else_from_being_told() -> None:
    play = declared("strict")
    play.do(propose())
    play.do(RequestNotice(roles=("product_owner",), purpose="initial"))
    agree(play)
    asked = {role for n in play.state.notices.requested.values() for role in n.fact.roles}
    assert asked >= {"incident_commander", "sre_on_call", "support_lead", "executive"}
    ids = list(play.state.notices.requested)
    assert len(set(ids)) == len(ids)


@pytest.mark.req("R-PROF-01")
def test_a_stricter_profile_has_more_people_told() -> None:
    play = agreed("solo")
    assert {r for n in play.state.notices.requested.values() for r in n.fact.roles} == {"incident_commander"}
    facts = play.do(TightenProfile(profile="team", rationale="A second person is awake."))
    assert [fact.roles for fact in facts[1:]] == [("sre_on_call",), ("product_owner",)]


def test_nobody_is_told_a_severity_before_one_is_proposed() -> None:
    play = declared()
    assert play.refused(RequestNotice(roles=("product_owner",))).code == "SEVERITY_OPEN"


@pytest.mark.req("R-WF-33")
def test_a_notice_from_the_future_is_refused() -> None:
    play = agreed()
    ahead = AttestNotice(roles=ALL, channel="phone", at=play.now + timedelta(seconds=5))
    assert play.refused(ahead).code == "TIME_AHEAD"


@pytest.mark.req("R-EVT-14", "R-GATE-14")
def test_whoever_was_told_says_so_by_the_id() -> None:
    play = agreed()
    play.do(Acknowledge(id="n1-2"), BOB)
    assert play.state.notices.requested["n1-2"].acknowledged
    assert play.refused(Acknowledge(id="n9-9")).code == "NOTICE_UNKNOWN"


@pytest.mark.req("R-TRN-18", "R-GATE-12")
def test_a_receipt_for_the_round_before_tells_nobody_of_this_one() -> None:
    play = agreed()
    play.do(ReassessSeverity(rationale="A second region fails."))
    agree(play)
    play.do(delivered("n1-2"), NOTIFIER)
    assert told_at(play.state, "product_owner") is None
    play.do(delivered("n2-2"), NOTIFIER)
    assert told_at(play.state, "product_owner") is not None


@pytest.mark.req("R-DEC-34", "R-ROL-07")
def test_who_is_called_up_the_chain_gets_a_notice_of_its_own_purpose() -> None:
    play = agreed()
    facts = play.do(Escalate(rationale="Nobody answers the phone."), CAROL)
    raised = next(fact for fact in facts if isinstance(fact, EscalationRaised))
    (notice,) = [fact for fact in facts if isinstance(fact, StakeholderNotificationRequested)]
    assert (notice.purpose, notice.template_id) == ("escalation", "escalation.v1")
    assert (notice.roles, notice.recipient) == ((raised.to_role,), "p-alice")
    assert untold(play.state, policy("team")) == ALL  # being called is not being told at the beginning


@pytest.mark.req("R-TRN-22", "R-STEP-13")
def test_who_is_called_before_any_severity_is_told_as_for_the_highest() -> None:
    play = opened()
    raised, notice = play.do(Escalate(rationale="Nobody answers the phone."))
    assert raised.to_role == "on_call_lead"
    assert (notice.purpose, notice.recipient, notice.severity) == ("escalation", "p-alice", "SEV-1")


@pytest.mark.req("R-DIR-01")
def test_who_covers_a_role_is_told_though_its_holder_was_asked() -> None:
    play = agreed()
    facts = play.do(COVER)
    assert play.kinds(facts) == ["RoleCovered", "StakeholderNotificationRequested"]
    assert (facts[1].recipient, facts[1].roles) == ("p-carol", ("product_owner",))


@pytest.mark.req("R-EVT-14")
def test_a_notice_is_acknowledged_once_and_by_its_recipient() -> None:
    play = agreed()
    assert play.refused(Acknowledge(id="n1-2"), CAROL).code == "NOT_TOLD"
    play.do(Acknowledge(id="n1-2"), BOB)
    assert play.refused(Acknowledge(id="n1-2"), BOB).code == "ALREADY_ACKNOWLEDGED"


@pytest.mark.req("R-EVT-14", "R-DIR-01")
def test_a_notice_to_nobody_is_acknowledged_by_the_commander_or_who_holds_its_role() -> None:
    for who in (ALICE, BOB):
        play = declared(people=(ALICE, CAROL))
        play.do(propose())
        assert play.state.notices.requested["n1-2"].fact.recipient is None
        assert play.refused(Acknowledge(id="n1-2"), CAROL).code == "NOT_TOLD"
        play.do(Acknowledge(id="n1-2"), who)


@pytest.mark.req("R-TRN-22")
def test_an_escalation_is_not_taken_up_by_who_raised_it_unless_they_were_called() -> None:
    play = agreed()
    play.do(Escalate(rationale="Nobody answers the phone."))
    play.do(GrantRole(principal="p-carol", role="technical_lead", rationale="She knows the gateway."))
    play.do(Escalate(rationale="Nobody answers the phone."))
    play.do(Escalate(rationale="Nobody answers the phone."))
    assert play.state.escalations["e3"].fact.to_role == "technical_lead"
    assert play.refused(Acknowledge(id="e3")).code == "NOT_TOLD"
    assert play.refused(Acknowledge(id="e3"), BOB).code == "NOT_TOLD"
    play.do(Acknowledge(id="e3"), CAROL)
    assert play.refused(Acknowledge(id="e3"), CAROL).code == "ALREADY_ACKNOWLEDGED"
    play.do(Acknowledge(id="e1"))
