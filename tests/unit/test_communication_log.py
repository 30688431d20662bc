"""Every notice and what became of it, and for each role that must be told how that stands now."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.crew.commands import CoverRole
from domain.flow.commands import Escalate
from domain.incident import IncidentCommand
from domain.intake.commands import OpenIncident
from domain.notices.commands import Acknowledge, AttestNotice, RequestNotice
from domain.notices.facts import StakeholderNotificationRequested
from domain.own_commands import RecordDelivery
from projections.communication_log import CommunicationLog, Message, RoleTold, communication_log
from tests.support.looking import case
from tests.support.playing import ALICE, BOB, CAROL, NOTIFIER, Play
from tests.support.scenes import DECLARE, OPEN, PROPOSE, SCOPE, TOLD


def played(*commands: IncidentCommand, play: Play | None = None) -> Play:
    play = play or Play()
    for command in (OPEN, DECLARE, PROPOSE, *commands):
        play.do(command)
    return play


def log(play: Play) -> CommunicationLog:
    return communication_log(play.items, case(play), play.roster())


def role(play: Play, name: str) -> RoleTold:
    return next(row for row in log(play).required if row.role == name)


def to_bob(play: Play) -> str:
    """Return the id of the notice that is for Bob."""
    found = (f for f in play.facts if isinstance(f, StakeholderNotificationRequested))
    return next(fact.notification_id for fact in found if fact.recipient == "p-bob")


def message(play: Play, ident: str | None) -> Message:
    return next(message for message in log(play).messages if message.id == ident)


def deliver(play: Play, **fields: object) -> None:
    play.do(RecordDelivery(notification_id=to_bob(play), channel="webhook", **fields), NOTIFIER)  # type: ignore[arg-type]  # as the command has them


@pytest.mark.req("R-STEP-13", "R-DEC-34")
def test_with_the_consensus_everybody_is_owed_a_notice() -> None:
    play = played()
    found = log(play)
    assert [row.standing for row in found.required] == ["not told yet"] * 3
    assert found.latency_ms is None
    assert found.consensus_at is not None
    assert found.due_at is not None
    assert {message.status for message in found.messages} == {"requested"}


@pytest.mark.req("R-DIR-01")
def test_a_role_that_nobody_holds_is_said_and_its_cover_too() -> None:
    play = played(play=Play(people=(ALICE, CAROL)))
    assert role(play, "product_owner").standing == "no one holds product_owner"
    play.do(CoverRole(role="product_owner", by="p-carol", rationale="Carol speaks for them."))
    covered = role(play, "product_owner")
    assert (covered.covered_by, covered.held_by, covered.standing) == (
        "p-carol",
        ("p-carol",),
        "not told yet",
    )


def test_without_a_roster_the_log_does_not_say_who_holds_a_role() -> None:
    play = played()
    found = communication_log(play.items, case(play))
    assert {row.held_by for row in found.required} == {None}
    assert {row.standing for row in found.required} == {"not told yet"}


@pytest.mark.req("R-GATE-12", "R-WF-35")
def test_a_notice_that_a_person_attests_counts_from_when_it_was_recorded() -> None:
    play = played()
    play.forward(minutes=3)
    told = AttestNotice(
        roles=TOLD.roles, channel="phone", at=play.now - timedelta(seconds=150), note="All there."
    )
    play.do(told)
    attested = message(play, None)
    assert (attested.status, attested.proof, attested.counts) == ("attested", "attested", True)
    assert attested.latency_ms == 181_000
    assert attested.happened_at is not None
    assert [row.standing for row in log(play).required] == ["told"] * 3
    assert log(play).latency_ms == 181_000


@pytest.mark.req("R-DIR-01")
def test_what_only_a_local_file_has_is_no_proof_in_a_team() -> None:
    play = played()
    deliver(play, proof="recorded_locally")
    delivered = message(play, to_bob(play))
    assert (delivered.status, delivered.counts) == ("delivered", False)
    assert role(play, "product_owner").standing == "not told yet"


@pytest.mark.req("R-DIR-01", "R-DRILL-01")
def test_in_a_drill_it_is() -> None:
    play = Play()
    play.do(OpenIncident(title="A drill", environment="production", services=("checkout",), drill=True))
    play.do(DECLARE)
    play.do(AttestNotice(roles=("product_owner",), channel="phone"))
    assert message(play, None).counts


@pytest.mark.req("R-STEP-13")
def test_what_a_channel_did_not_take_is_tried_again_or_given_up() -> None:
    play = played()
    deliver(play, error="503 Service Unavailable", retry_at=play.now + timedelta(minutes=1))
    assert message(play, to_bob(play)).status == "retrying"
    deliver(play, error="503 Service Unavailable")
    failed = message(play, to_bob(play))
    assert (failed.status, [f.attempt for f in failed.failures]) == ("failed", [1, 2])
    assert failed.failures[0].error.startswith("⟦sealed:")


@pytest.mark.req("R-STEP-13")
def test_a_delivered_notice_has_its_proof_and_who_acknowledged_it() -> None:
    play = played()
    deliver(play, proof="accepted")
    play.do(Acknowledge(id=to_bob(play)), BOB)
    delivered = message(play, to_bob(play))
    assert (delivered.proof, delivered.counts, delivered.acknowledged_by) == ("accepted", True, ("p-bob",))
    assert role(play, "product_owner").standing == "told"


def test_an_update_is_in_the_log_and_changes_nothing_about_who_must_be_told() -> None:
    play = played(SCOPE, RequestNotice(roles=("product_owner",), text="We roll back in five minutes."))
    updates = [message for message in log(play).messages if message.purpose == "update"]
    assert [message.recipient for message in updates] == ["p-bob"]
    assert role(play, "product_owner").told_at is None


@pytest.mark.req("R-TRN-22")
def test_a_call_that_nobody_answers_in_time_is_overdue() -> None:
    play = played(Escalate(rationale="Nobody with access answers."))
    (call,) = log(play).escalations
    assert (call.level, call.to_role, call.overdue) == (1, "on_call_lead", False)
    play.forward(minutes=6)
    assert log(play).escalations[0].overdue
    play.do(Acknowledge(id=call.id))
    assert log(play).escalations[0].acknowledged_by == "p-alice"
