"""That it is over: seen, told, confirmed, and what is to be done after it (R-STEP-41, R-TRN-12)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from domain.crew.commands import GrantRole
from domain.execution.commands import ReenterPlanning
from domain.flow.commands import MarkStep
from domain.gates.commands import DecideWaiver, EvaluateGate, RequestWaiver
from domain.moment import nanoseconds, timestamp
from domain.notices.commands import AttestNotice
from domain.notices.facts import StakeholderNotificationRequested
from domain.own_commands import AttachSignal, ClearSignal
from domain.resolution.commands import (
    AlertsTold,
    RecordActionItem,
    StabilityTold,
    VerifyRestoration,
)
from tests.support.looking import upcoming
from tests.support.meaning import ALERT, firing
from tests.support.playing import ALICE, BOB, CAROL, PROGRAM, Play
from tests.support.scenes import (
    ALL_WELL,
    CONFIRM,
    MET,
    MISSED,
    PLAN,
    START,
    approve,
    executing,
    recover,
    recovering,
    resolving,
    settled,
    stands,
    tell_end,
)

CALM = VerifyRestoration(stability=StabilityTold())


def lacking(play: Play) -> set[str]:
    """Return what a refused confirmation says is missing."""
    refusal = play.refused(CONFIRM)
    assert refusal.code == "NOT_STABLE_OR_COMMS_UNSENT"
    return set((refusal.found or "").removeprefix("missing: ").split(", "))


def fires(play: Play) -> None:
    """Have an attached alert fire now."""
    at = timestamp(play.now)
    play.do(AttachSignal(alert=ALERT, signal=firing(fired_at=at, episode=str(nanoseconds(at)))))


def clears(play: Play) -> None:
    """Have the attached alert be over."""
    ended = firing(status="resolved", effect="clear", ended_at=timestamp(play.now))
    play.do(ClearSignal(alert=ALERT, signal=ended))


@pytest.mark.req("R-TRN-12", "R-GATE-44")
def test_a_refused_confirmation_lists_everything_that_is_missing() -> None:
    assert lacking(resolving()) == {
        "slo_restored",
        "alerts_cleared",
        "stability_window",
        "resolution_notices",
    }


@pytest.mark.req("R-TRN-12", "R-STEP-41", "R-EVT-19", "R-ROL-30")
def test_the_commander_confirms_what_is_restored_cleared_stable_and_told() -> None:
    play = settled()
    assert play.refused(CONFIRM, BOB).code == "ROLE_MISSING"
    confirmed = play.do(CONFIRM)[0]
    assert stands(play) == "capturing_rca"
    assert play.state.resolution.confirmed is not None
    assert play.state.resolution.confirmed.by == "p-alice"
    assert play.state.recovery.validated is not None
    assert confirmed.resolved_at == play.state.recovery.validated.at


@pytest.mark.req("R-WF-35")
def test_an_incident_lasts_from_its_first_alert_to_the_validated_recovery() -> None:
    play = executing()
    began = play.now
    fires(play)
    clears(play)
    recover(play)
    recovered = play.now
    play.forward(hours=2)
    play.do(ALL_WELL)
    tell_end(play)
    assert play.do(CONFIRM)[0].incident_duration_ms == (recovered - began) / timedelta(milliseconds=1)


@pytest.mark.req("R-WF-34", "R-GATE-42", "R-STEP-41")
def test_once_gate_3_is_open_everybody_concerned_is_to_be_told_that_it_ends() -> None:
    play = resolving()
    play.do(CALM)
    asked = [fact for fact in play.facts if isinstance(fact, StakeholderNotificationRequested)]
    told = [role for fact in asked if fact.purpose == "resolution" for role in fact.roles]
    assert sorted(told) == ["incident_commander", "product_owner", "sre_on_call"]
    assert "resolution_notices" in lacking(play)


@pytest.mark.req("R-GATE-42", "R-DIR-01")
def test_only_a_notice_of_the_end_counts_and_only_after_the_recovery() -> None:
    play = executing()
    tell_end(play)
    recover(play)
    assert "resolution_notices" in lacking(play)
    play.do(AttestNotice(roles=("incident_commander", "sre_on_call", "product_owner"), channel="phone"))
    assert "resolution_notices" in lacking(play)
    tell_end(play)
    assert "resolution_notices" not in lacking(play)


@pytest.mark.req("R-GATE-44")
@pytest.mark.parametrize(
    ("severity", "minutes", "enough"),
    [
        ("SEV-1", 30, True),
        ("SEV-1", 29, False),
        ("SEV-2", 15, True),
        ("SEV-2", 14, False),
        ("SEV-3", 5, True),
    ],
)
def test_the_service_stays_well_as_long_as_the_policy_says(
    severity: Any, minutes: int, *, enough: bool
) -> None:
    play = resolving(severity=severity)
    play.forward(minutes=minutes)
    play.do(CALM)
    assert ("stability_window" not in lacking(play)) is enough


@pytest.mark.req("R-GATE-44")
def test_a_window_begins_with_the_recovery_unless_somebody_says_otherwise() -> None:
    play = resolving()
    play.forward(minutes=40)
    assert play.state.recovery.validated is not None
    recovered = play.state.recovery.validated.at
    watched = play.do(CALM)[0]
    assert (watched.started_at, watched.duration_s) == (recovered, 40 * 60 + 1)
    for told in (
        StabilityTold(started_at=play.now - timedelta(hours=1)),
        StabilityTold(ended_at=play.now - timedelta(hours=1)),
        StabilityTold(started_at=play.now, ended_at=play.now - timedelta(minutes=1)),
    ):
        assert play.refused(VerifyRestoration(stability=told)).code == "WINDOW_UNFIT"
    ahead = VerifyRestoration(stability=StabilityTold(ended_at=play.now + timedelta(hours=1)))
    assert play.refused(ahead).code == "TIME_AHEAD"


@pytest.mark.req("R-GATE-44", "R-TRN-19")
def test_an_alert_that_fires_again_in_the_window_is_a_breach_whatever_was_counted() -> None:
    play = resolving()
    play.forward(minutes=10)
    fires(play)
    clears(play)
    play.forward(minutes=25)
    assert play.do(CALM)[0].breaches == 1
    assert "stability_window" in lacking(play)
    since = StabilityTold(started_at=play.now - timedelta(minutes=20))
    play.do(VerifyRestoration(stability=since))
    assert "stability_window" in lacking(play)
    play.forward(minutes=10)
    play.do(VerifyRestoration(stability=StabilityTold(started_at=play.now - timedelta(minutes=30))))
    assert "stability_window" not in lacking(play)


@pytest.mark.req("R-TRN-19")
def test_an_alert_that_fires_after_the_window_ends_what_the_window_said() -> None:
    play = settled()
    fires(play)
    assert lacking(play) == {"alerts_cleared", "stability_window"}
    clears(play)
    assert lacking(play) == {"stability_window"}


@pytest.mark.req("R-STEP-41", "R-GATE-44")
def test_alerts_speak_for_themselves_and_against_words() -> None:
    play = resolving()
    assert "alerts_cleared" in lacking(play)
    fires(play)
    refused = play.refused(VerifyRestoration(alerts=AlertsTold(cleared=True)))
    assert (refused.code, refused.found) == ("ALERTS_FIRING", "HighLatency")
    said = play.do(VerifyRestoration(alerts=AlertsTold(cleared=False)))[0]
    assert said.still_firing == (ALERT,)
    clears(play)
    assert "alerts_cleared" not in lacking(play)
    play.do(VerifyRestoration(alerts=AlertsTold(cleared=False, note="The dashboard is red.")))
    assert "alerts_cleared" in lacking(play)
    play.do(VerifyRestoration(alerts=AlertsTold(cleared=True)))
    assert "alerts_cleared" not in lacking(play)


@pytest.mark.req("R-STEP-41")
def test_one_missed_objective_is_no_restoration() -> None:
    play = resolving()
    assert play.do(VerifyRestoration(slos=(MET, MISSED)))[0].restored is False
    assert "slo_restored" in lacking(play)
    play.do(VerifyRestoration(slos=(MET,)))
    assert "slo_restored" not in lacking(play)


def test_what_was_seen_before_the_recovery_of_this_attempt_says_nothing_of_it() -> None:
    play = executing()
    assert play.refused(ALL_WELL).code == "NOT_NOW"
    recover(play)
    play.forward(minutes=31)
    play.do(ALL_WELL)
    assert lacking(play) == {"resolution_notices"}


@pytest.mark.req("R-TRN-19", "R-GATE-44")
def test_what_was_seen_of_an_earlier_attempt_says_nothing_of_the_next() -> None:
    play = settled()
    play.do(ReenterPlanning(rationale="It is slow again."))
    play.do(PLAN)
    play.do(approve(2))
    play.do(approve(2), BOB)
    play.do(START)
    recover(play)
    assert lacking(play) == {
        "slo_restored",
        "alerts_cleared",
        "stability_window",
        "resolution_notices",
    }


@pytest.mark.req("R-WF-02")
def test_seeing_something_means_saying_what() -> None:
    assert resolving().refused(VerifyRestoration(note="Looks fine.")).code == "NOTHING_SEEN"


@pytest.mark.req("R-WF-02", "R-STEP-41")
def test_a_halted_step_is_not_confirmed_and_not_resumed_before_it_is_stable() -> None:
    play = resolving()
    play.do(MarkStep(mark="halted", rationale="It is slow again.", halt_code="NOT_STABLE_OR_COMMS_UNSENT"))
    resume = MarkStep(mark="resumed", rationale="It is fast again.")
    assert play.refused(resume).code == "HALT_STILL_HOLDS"
    play.forward(minutes=31)
    play.do(ALL_WELL)
    tell_end(play)
    assert lacking(play) == {"not_halted"}
    play.do(resume)
    play.do(CONFIRM)


@pytest.mark.req("R-ROL-09", "R-ROL-30")
def test_a_program_confirms_nothing() -> None:
    assert settled().refused(CONFIRM, PROGRAM).code == "PROGRAM_DECIDES_NOTHING"


@pytest.mark.req("R-EVT-19")
def test_action_items_are_opened_and_done_one_by_one() -> None:
    play = resolving()
    first = play.do(RecordActionItem(title="Alert earlier", owner="p-bob", due_on=date(2026, 3, 15)), CAROL)
    assert (first[0].item_id, first[0].status, first[0].due_on) == ("ai1", "open", "2026-03-15")
    assert play.do(RecordActionItem(title="Test the rollback weekly"))[0].item_id == "ai2"
    done = play.do(RecordActionItem(item="ai1", status="done"), BOB)[0]
    assert (done.owner, done.status, done.due_on) == ("p-bob", "done", "2026-03-15")
    # The title is the sealed one of before: nobody had to say it again.
    assert play.state.resolution.items["ai1"].title == done.title
    assert done.title.c is not None
    assert play.refused(RecordActionItem(item="ai9", status="done")).code == "ACTION_ITEM_UNKNOWN"
    assert play.refused(RecordActionItem(owner="p-bob")).code == "TITLE_MISSING"
    assert play.refused(RecordActionItem(title="Ask", owner="p-nobody")).code == "PERSON_UNKNOWN"


@pytest.mark.req("R-GATE-44")
def test_nobody_watches_a_service_before_its_recovery_is_validated() -> None:
    assert recovering().refused(CALM).code == "NOT_RECOVERED"


@pytest.mark.req("R-WF-33")
def test_nothing_is_seen_ahead_of_time() -> None:
    play = resolving()
    ahead = VerifyRestoration(slos=(MET,), at=play.now + timedelta(hours=1))
    assert play.refused(ahead).code == "TIME_AHEAD"


@pytest.mark.req("R-DIR-01", "R-DEC-65")
def test_who_must_hear_of_the_end_and_is_nobody_gets_a_stand_in() -> None:
    play = resolving()
    play.people = tuple(person for person in play.people if person != BOB)
    blocked = [found for found in upcoming(play).blockers if found.code == "ROLE_UNHELD"]
    assert [(found.action, found.example["role"]) for found in blocked] == [("cover-role", "product_owner")]


@pytest.mark.req("R-GATE-44", "R-DEC-65")
def test_a_recovery_that_was_waived_unchecked_is_validated_before_it_is_over() -> None:
    play = recovering()
    play.do(EvaluateGate(gate="recovery"))
    play.do(GrantRole(principal=CAROL.id, role="sre_lead", rationale="Carol leads tonight."))
    waiver = RequestWaiver(
        gate="recovery",
        justification="It burns elsewhere.",
        recovery_plan="Check it by the morning.",
        criteria=play.state.gates.authoritative["recovery_validation"].failed,
    )
    play.do(waiver)
    for who in (ALICE, CAROL):
        play.do(DecideWaiver(waiver="w1", verdict="approved", rationale="The risk is small."), who)
    assert stands(play) == "confirming_resolution"
    assert "RECOVERY_UNVALIDATED" in {found.code for found in upcoming(play).blockers}
    assert "stability_window" in lacking(play)
