"""Incidents from the first alert to the declaration, command by command."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain import incident
from domain.actions import TABLE
from domain.authority import AUTHORITY
from domain.commands import COMMANDS, EXAMPLES
from domain.context import Principal
from domain.crew.facts import CommanderAssigned, ResponderJoined
from domain.flow.halts import CONDITIONS
from domain.flow.steps import STEPS
from domain.intake.commands import AttachAlert, DeclareIncident, OpenIncident
from domain.intake.facts import (
    AlertValidityConfirmed,
    IncidentDeclared,
    IncidentOpened,
    SignalAttached,
    SignalCleared,
)
from domain.own_commands import AttachSignal, ClearSignal, OpenCandidate
from domain.prose import prose
from domain.recorded import UnknownFact
from domain.refusal import REFUSALS
from domain.timeline.commands import AddTimelineEntry, CorrectTimelineEntry
from domain.timeline.facts import TimelineEntryCorrected, TimelineEntryRecorded
from tests.support.decider import given_incident, stamped
from tests.support.meaning import ALERT, AUDITOR, INTAKE, NOW, POLICIES, context, firing, fresh_id

DOMAIN = Path(incident.__file__).parent
NO_CODES = {
    *("PASS", "FAIL", "STALE", "WAIVED", "WAIVER_PENDING", "NOT_EVALUATED", "NOT_APPLICABLE", "NOT_REQUIRED"),
    *(
        *CONDITIONS,
        *(code for step in STEPS.values() for code in step.halt_codes),
        "MANUAL",
        "MUST",
        "GUIDELINE",
    ),
    *("NFC", "A", "B", "NOTHING", "F", "S", "T", "V"),
}
OPENED = IncidentOpened(
    origin="person",
    why="manual",
    title=prose("Checkout is slow"),
    environment="production",
    services=("checkout",),
    detected_at="2026-03-01T02:15:00.000000Z",
    drill=False,
    visibility="open",
    profile="team",
    policy_sha256=POLICIES["team"],
)
ATTACHED = SignalAttached(
    signal_id=fresh_id(7),
    alert=ALERT,
    alert_name="HighLatency",
    episode="1772331000123456789",
    fired_at="2026-03-01T02:10:00.123456Z",
    why="same-correlation",
    service="checkout",
    environment="production",
    severity_hint="SEV-1",
    at="2026-03-01T02:10:00.123456Z",
)
DECLARED = IncidentDeclared(authority_role="incident_commander", rationale=prose("it is confirmed"))
ENTRY = TimelineEntryRecorded(entry_id=fresh_id(5), category="note", text=prose("Something happened"))
OPEN = OpenIncident(title="Checkout is slow", environment="production", services=("checkout", "checkout"))
DECLARE = DeclareIncident(rationale="it is confirmed")
ENDED = firing(
    signal_id=fresh_id(8), status="resolved", effect="clear", ended_at="2026-03-01T02:14:00.000000Z"
)


def _fires(items: Any) -> bool:
    attached = incident.fold(items).intake.alerts.get(ALERT)
    return attached is not None and attached.firing


@pytest.mark.req("R-TRN-01", "R-EVT-11")
def test_a_person_opens_an_incident_that_pins_its_policy() -> None:
    given_incident().when(OPEN).then(OPENED)


@pytest.mark.req("R-DRILL-01", "R-VIS-01", "R-PROF-01", "R-CFG-04")
def test_drill_visibility_and_profile_are_fixed_at_opening() -> None:
    command = OpenIncident(
        title="Exercise",
        environment="staging",
        summary="Twice a year.",
        drill=True,
        visibility="restricted",
        profile="solo",
        detected_at=NOW - timedelta(hours=1),
    )
    opened = given_incident().when(command).facts[0]
    assert (opened.drill, opened.visibility, opened.profile) == (True, "restricted", "solo")
    assert opened.policy_sha256 == POLICIES["solo"]
    assert opened.detected_at == "2026-03-01T01:15:00.000000Z"
    assert opened.summary == prose("Twice a year.")


@pytest.mark.req("R-PROF-01")
def test_a_profile_that_governance_does_not_allow_is_refused() -> None:
    refused = given_incident().when(OpenIncident(title="x", environment="y", profile="strict"))
    assert refused.then_refused("PROFILE_NOT_ALLOWED").expected == "one of solo, team"
    candidate = OpenCandidate(alert=ALERT, signal=firing(), ordinal=0)
    given_incident().when(candidate, context(policies={})).then_refused("PROFILE_NOT_ALLOWED")


def test_an_open_incident_is_not_opened_again() -> None:
    given_incident(OPENED).when(OPEN).then_refused("ALREADY_OPEN")


@pytest.mark.req("R-TRN-01", "R-STEP-11")
def test_a_signal_opens_a_candidate_and_is_its_first_alert() -> None:
    command = OpenCandidate(alert=ALERT, signal=firing(), ordinal=2)
    opened, attached = given_incident().when(command, context(principal=INTAKE)).facts
    assert opened == IncidentOpened(
        origin="signal",
        why="rule:any-alert",
        title=prose("HighLatency on checkout (production)"),
        environment="production",
        services=("checkout",),
        detected_at="2026-03-01T02:10:00.123456Z",
        drill=False,
        visibility="open",
        profile="team",
        policy_sha256=POLICIES["team"],
        correlation="c" * 32,
        ordinal=2,
    )
    assert attached.why == "rule:any-alert"
    assert incident.fold(stamped(opened, attached)).state == "detecting"


def test_a_candidate_without_a_service_is_named_after_its_alert() -> None:
    bare = firing(service=None, environment=None)
    opened, _ = given_incident().when(OpenCandidate(alert=ALERT, signal=bare, ordinal=0)).facts
    assert (opened.title, opened.services) == (prose("HighLatency"), ())


def test_a_signal_from_our_future_is_detected_and_attached_now() -> None:
    ahead = firing(fired_at="2026-03-01T02:20:00.000000Z")
    opened, attached = given_incident().when(OpenCandidate(alert=ALERT, signal=ahead, ordinal=0)).facts
    assert opened.detected_at == "2026-03-01T02:15:00.000000Z"
    assert (attached.fired_at, attached.at) == ("2026-03-01T02:20:00.000000Z", None)


def test_whoever_loses_the_race_to_open_a_candidate_joins_it() -> None:
    second = firing(fingerprint="other", signal_id=fresh_id(9))
    command = OpenCandidate(alert="alert-two", signal=second, ordinal=0)
    facts = given_incident(OPENED).when(command).facts
    assert [(fact.alert, fact.why) for fact in facts] == [("alert-two", "same-correlation")]


def test_a_signal_joins_once() -> None:
    given_incident(OPENED).when(AttachSignal(alert=ALERT, signal=firing())).then(ATTACHED)
    given_incident(OPENED, ATTACHED).when(AttachSignal(alert=ALERT, signal=firing())).then_nothing()


def test_an_episode_older_than_the_attached_one_adds_nothing() -> None:
    older = firing(episode="1772330000000000000")
    given_incident(OPENED, ATTACHED).when(AttachSignal(alert=ALERT, signal=older)).then_nothing()


def test_an_alert_that_fires_again_is_attached_again() -> None:
    cleared = given_incident(OPENED, ATTACHED).when(ClearSignal(alert=ALERT, signal=ENDED)).facts
    again = AttachSignal(alert=ALERT, signal=firing(note="refired"))
    given_incident(OPENED, ATTACHED, *cleared).when(again).then(ATTACHED)


def test_nothing_joins_where_nothing_is_open() -> None:
    given_incident().when(AttachSignal(alert=ALERT, signal=firing())).then_refused("NOT_OPEN")


@pytest.mark.req("R-EVT-11")
def test_the_end_of_an_attached_firing_clears_it_once() -> None:
    cleared = SignalCleared(
        signal_id=fresh_id(7),
        alert=ALERT,
        alert_name="HighLatency",
        cleared_by=fresh_id(8),
        cleared_at="2026-03-01T02:14:00.000000Z",
        at="2026-03-01T02:14:00.000000Z",
    )
    given_incident(OPENED, ATTACHED).when(ClearSignal(alert=ALERT, signal=ENDED)).then(cleared)
    given_incident(OPENED, ATTACHED, cleared).when(ClearSignal(alert=ALERT, signal=ENDED)).then_nothing()


def test_an_end_under_a_moved_start_clears_what_began_before_it() -> None:
    moved = firing(status="resolved", effect="clear", episode="1772330999000000000", ended_at=ENDED.ended_at)
    cleared = given_incident(OPENED, ATTACHED).when(ClearSignal(alert=ALERT, signal=moved)).facts
    assert not _fires(stamped(OPENED, ATTACHED, *cleared))


def test_the_end_of_an_episode_that_is_not_attached_clears_nothing() -> None:
    given_incident(OPENED).when(ClearSignal(alert=ALERT, signal=ENDED)).then_nothing()
    other = firing(status="resolved", effect="clear", episode="1", ended_at="2026-03-01T02:10:00.123455Z")
    given_incident(OPENED, ATTACHED).when(ClearSignal(alert=ALERT, signal=other)).then_nothing()


def test_an_end_without_a_time_or_with_a_future_one_happens_when_it_is_recorded() -> None:
    for ended_at in (None, "2026-03-01T02:16:00.000000Z"):
        ended = firing(status="resolved", effect="clear", ended_at=ended_at)
        cleared = given_incident(OPENED, ATTACHED).when(ClearSignal(alert=ALERT, signal=ended)).facts[0]
        assert (cleared.cleared_at, cleared.at) == (ended_at, None)


def test_a_clearing_of_an_older_firing_leaves_the_newer_one_firing() -> None:
    newer = firing(signal_id=fresh_id(9), episode="1772331000999999999")
    attached = given_incident(OPENED, ATTACHED).when(AttachSignal(alert=ALERT, signal=newer)).facts
    stale = SignalCleared(signal_id=fresh_id(7), alert=ALERT, alert_name="x", cleared_by=fresh_id(8))
    assert _fires(stamped(OPENED, ATTACHED, *attached, stale))


@pytest.mark.req("R-TRN-03", "R-ROL-21", "R-ROL-02")
def test_a_declaration_implies_that_the_alerts_are_real() -> None:
    given_incident(OPENED).when(DECLARE).then(
        AlertValidityConfirmed(verdict="real", rationale=prose("it is confirmed")),
        DECLARED,
        CommanderAssigned(principal="p-commander", how="declared"),
        ResponderJoined(principal="p-commander", role="incident_commander"),
    )
    state = incident.fold(
        stamped(OPENED, AlertValidityConfirmed(verdict="real", rationale=prose("so")), DECLARED)
    )
    assert (state.state, state.intake.verdict) == ("assessing", "real")


@pytest.mark.req("R-TRN-03")
def test_an_incident_is_declared_once() -> None:
    given_incident(OPENED, DECLARED).when(DECLARE).then_refused("ALREADY_DECLARED")
    given_incident().when(DECLARE).then_refused("NOT_OPEN")


def test_the_authority_named_is_the_most_telling_role_held() -> None:
    who = Principal(id="p-x", type="user", roles=("responder", "sre_on_call"))
    assert (
        given_incident(OPENED).when(DECLARE, context(principal=who)).facts[1].authority_role == "sre_on_call"
    )


def test_a_person_attaches_an_alert_with_a_reason() -> None:
    command = AttachAlert(alert=ALERT, why="it is the same cause")
    attached = given_incident(OPENED).when(command, context(signal=firing())).facts[0]
    assert (attached.why, attached.rationale) == ("by-hand", prose("it is the same cause"))
    with_alert = context(signal=firing())
    given_incident(OPENED, attached).when(command, with_alert).then_refused("ALREADY_ATTACHED")
    given_incident(OPENED).when(command).then_refused("ALERT_UNKNOWN")
    given_incident().when(command, with_alert).then_refused("NOT_OPEN")


@pytest.mark.req("R-WF-02", "R-EVT-18")
@pytest.mark.parametrize("before", [(OPENED,), (OPENED, DECLARED)])
def test_an_entry_is_recordable_in_every_state(before: tuple[Any, ...]) -> None:
    command = AddTimelineEntry(text="Something happened", at=NOW - timedelta(minutes=5), category="command")
    given_incident(*before).when(command).then(
        TimelineEntryRecorded(
            entry_id=fresh_id(1),
            category="command",
            text=prose("Something happened"),
            at="2026-03-01T02:10:00.000000Z",
        )
    )
    assert given_incident(*before).when(AddTimelineEntry(text="Now")).facts[0].at is None


def test_an_entry_needs_an_incident() -> None:
    given_incident().when(AddTimelineEntry(text="x")).then_refused("NOT_OPEN")


@pytest.mark.req("R-WF-33")
@pytest.mark.parametrize(
    ("offset", "code"),
    [
        (timedelta(seconds=2), None),
        (timedelta(seconds=2, microseconds=1), "TIME_AHEAD"),
        (timedelta(days=-30), None),
        (timedelta(days=-365 * 100), "TIME_TOO_OLD"),
    ],
)
def test_a_time_in_the_future_is_refused_and_never_corrected(offset: timedelta, code: str | None) -> None:
    entry = given_incident(OPENED).when(AddTimelineEntry(text="x", at=NOW + offset))
    opening = given_incident().when(OpenIncident(title="x", environment="y", detected_at=NOW + offset))
    if code:
        assert entry.then_refused(code).place == "at"
        assert opening.then_refused(code).place == "detected_at"
    else:
        assert entry.facts
        assert opening.facts


@pytest.mark.req("R-EVT-18")
def test_a_correction_names_an_entry_that_exists() -> None:
    command = CorrectTimelineEntry(entry_id=fresh_id(5), text="Better", reason="It was wrong")
    given_incident(OPENED, ENTRY).when(command).then(
        TimelineEntryCorrected(entry_id=fresh_id(5), text=prose("Better"), reason=prose("It was wrong"))
    )
    given_incident(OPENED).when(command).then_refused("ENTRY_UNKNOWN")
    given_incident().when(command).then_refused("NOT_OPEN")


@pytest.mark.req("R-ROL-09")
@pytest.mark.parametrize("action", COMMANDS)
def test_an_auditor_changes_nothing(action: str) -> None:
    before = () if action == "open" else (OPENED,)
    at = context(principal=AUDITOR, signal=firing())
    refused = given_incident(*before).when(EXAMPLES[action], at).then_refused("ROLE_MISSING")
    assert refused.kind == "authority"
    assert refused.found == "auditor"


def test_a_program_records_and_opens_but_does_not_declare() -> None:
    at = context(principal=Principal(id="p-ci", type="service_account", roles=("ci",)))
    assert given_incident().when(OPEN, at).facts
    assert given_incident(OPENED).when(AddTimelineEntry(text="x"), at).facts
    given_incident(OPENED).when(DECLARE, at).then_refused("PROGRAM_DECIDES_NOTHING")


@pytest.mark.req("R-ROL-09")
def test_what_delivers_signals_can_do_nothing_else() -> None:
    at = context(principal=INTAKE)
    given_incident().when(OPEN, at).then_refused("ROLE_MISSING")
    given_incident(OPENED).when(AddTimelineEntry(text="x"), at).then_refused("ROLE_MISSING")
    given_incident(OPENED).when(DECLARE, at).then_refused("PROGRAM_DECIDES_NOTHING")


def test_someone_without_any_role_is_told_so() -> None:
    nobody = context(principal=Principal(id="p-n", type="user"))
    assert given_incident().when(OPEN, nobody).then_refused("ROLE_MISSING").found == "no role"


def test_every_action_has_a_row_in_the_matrix_and_an_example() -> None:
    assert set(AUTHORITY) == set(COMMANDS) == set(EXAMPLES) == set(TABLE)
    assert all(type(example) is COMMANDS[action] for action, example in EXAMPLES.items())


def test_joining_is_for_open_incidents_only() -> None:
    assert not incident.accepts_signals(incident.NOTHING)
    assert incident.accepts_signals(incident.fold(stamped(OPENED)))
    assert incident.accepts_signals(incident.fold(stamped(OPENED, DECLARED)))


def test_facts_of_other_kinds_change_nothing() -> None:
    state = incident.fold(stamped(OPENED, UnknownFact(type="x.v1", data={}), firing()))
    assert (state.version, state.intake) == (3, incident.fold(stamped(OPENED)).intake)


def test_the_table_of_refusals_holds_exactly_the_codes_in_use() -> None:
    sources = "".join(path.read_text() for path in DOMAIN.rglob("*.py") if path.name != "refusal.py")
    edge = "".join(path.read_text() for path in (DOMAIN.parent / "application").glob("*.py"))
    codes = set(re.findall(r'"([A-Z]+(?:_[A-Z]+)*)"', sources))
    # What the edge looks up, it refuses there.
    looked_up = set(re.findall(r'code="([A-Z]+(?:_[A-Z]+)*)"', edge))
    assert codes - NO_CODES <= set(REFUSALS) <= codes | looked_up
