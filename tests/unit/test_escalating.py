"""A new round of severity that nobody asked for: begun by a rule, ended by people (R-SVC-10, R-TRN-18)."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from domain import incident
from domain.classified import Severity
from domain.context import Principal
from domain.execution.commands import RecordCommand, StartExecution
from domain.intake.commands import AttachAlert, MitigationIsNotRequired
from domain.own_commands import AbsorbIncident, AttachSignal, CheckTimers, ClearSignal
from domain.prose import prose
from domain.severity.assessment import shown
from domain.severity.commands import BlastRadiusTold, ConfirmScope, ReassessSeverity, VoteSeverity
from domain.severity.facts import Cause, SeverityReassessmentStarted
from domain.severity.hints import Hints
from domain.wording.reassessing import REASONS, why_again
from projections.report.moments import MOMENTS
from tests.support import scenes
from tests.support.looking import derived, upcoming
from tests.support.meaning import firing
from tests.support.playing import ALICE, BOB, Play, policy
from tests.support.scenes import SCOPE, agree, agreed, declared, propose, shows, stands, tell

INTAKE = Principal(id="p-intake", type="system", roles=("signal_ingestor",))
SCHEDULER = Principal(id="p-scheduler", type="system", roles=("scheduler",))
EXPOSED = replace(SCOPE, regulated_data=True)
HALF = replace(SCOPE, services_ratio="0.50")
OBJECTION = "It is worse than that."


def fires(play: Play, hint: str | None, alert: str = "a") -> tuple[Any, ...]:
    """Have another alert join the incident; return what that recorded."""
    started = str(1772331000123456789 + len(play.items))
    signal = firing(severity_hint=hint, episode=started, fired_at="2026-03-01T02:11:00.000000Z")
    return play.do(AttachSignal(alert=f"alert-{alert * 32}", signal=signal), INTAKE)


def begun(facts: tuple[Any, ...]) -> list[SeverityReassessmentStarted]:
    return [fact for fact in facts if isinstance(fact, SeverityReassessmentStarted)]


def agree_again(play: Play, severity: Severity = "SEV-2") -> None:
    agree(play, severity)
    assert play.state.severity.agreed is not None
    assert play.state.severity.agreed.severity == severity


@pytest.mark.req("R-SVC-10", "R-TRN-18", "R-GATE-11")
def test_an_alert_that_says_more_than_is_agreed_begins_a_round_and_changes_no_severity() -> None:
    play = agreed(severity="SEV-2")
    tell(play)
    facts = fires(play, "SEV-1")
    assert play.kinds(facts) == ["SignalAttached", "SeverityReassessmentStarted"]
    alert = facts[0].alert
    assert facts[1] == SeverityReassessmentStarted(
        round=2,
        reason="new_signal",
        cause=Cause(rule="severity_hint", severity="SEV-1", agreed="SEV-2", alert=alert),
    )
    assert play.items[-1].authid == "p-intake"
    assert (stands(play), play.state.severity.agreed) == ("assessing", None)
    assert shown(play.state.severity) == "SEV-2"
    assert shows(play, "severity_alignment") == "STALE"


@pytest.mark.req("R-SVC-10")
@pytest.mark.parametrize(("severity", "hint"), [("SEV-2", "SEV-2"), ("SEV-1", "SEV-2"), ("SEV-3", None)])
def test_an_alert_that_says_no_more_begins_nothing(severity: Severity, hint: str | None) -> None:
    play = agreed(severity=severity)
    assert play.kinds(fires(play, hint)) == ["SignalAttached"]


@pytest.mark.req("R-SVC-10")
def test_a_hint_in_words_of_its_own_says_nothing() -> None:
    assert begun(fires(agreed(severity="SEV-3"), "SEV-0")) == []


@pytest.mark.req("R-SVC-10")
def test_while_people_are_at_it_further_alerts_begin_nothing() -> None:
    play = agreed(severity="SEV-3")
    assert begun(fires(play, "SEV-2"))
    assert begun(fires(play, "SEV-1", "b")) == []
    assert play.state.severity.round == 2


@pytest.mark.req("R-SVC-10")
def test_what_people_agree_in_knowledge_of_a_hint_stands_however_many_alerts_repeat_it() -> None:
    play = agreed(severity="SEV-2")
    fires(play, "SEV-1")
    agree_again(play)
    for alert in "abc":
        assert begun(fires(play, "SEV-1", alert)) == []
    # Nor after another round, in which no alert said anything.
    play.do(ReassessSeverity(rationale=OBJECTION))
    agree_again(play)
    assert begun(fires(play, "SEV-1", "d")) == []


@pytest.mark.req("R-SVC-10")
def test_a_hint_known_before_the_first_consensus_is_answered_by_it() -> None:
    play = declared()
    fires(play, "SEV-1")
    agree_again(play)
    assert begun(fires(play, "SEV-1", "b")) == []


@pytest.mark.req("R-SVC-10")
def test_a_hint_that_says_still_more_is_news() -> None:
    play = agreed(severity="SEV-3")
    fires(play, "SEV-2")
    agree_again(play, "SEV-3")
    (again,) = begun(fires(play, "SEV-1", "b"))
    assert again.round == 3


@pytest.mark.req("R-SVC-10")
def test_once_people_agreed_with_a_hint_and_took_it_back_it_is_news_again() -> None:
    play = agreed(severity="SEV-2")
    fires(play, "SEV-1")
    agree_again(play, "SEV-1")
    play.do(VoteSeverity(severity="SEV-2", rationale=OBJECTION), BOB)
    agree_again(play)
    assert begun(fires(play, "SEV-1", "b"))


@pytest.mark.req("R-SVC-10", "R-TRN-21")
def test_what_was_answered_before_a_closing_is_no_answer_afterwards() -> None:
    play = agreed(severity="SEV-2")
    fires(play, "SEV-1")
    agree_again(play)
    play.forward(hours=2)
    play.do(CheckTimers(), SCHEDULER)
    agree_again(play)
    assert (play.state.hints.overruled, dict(play.state.severity.overdue)) == ("SEV-1", {"SEV-2": "SEV-1"})
    told = play.context(SCOPE, ALICE)
    play.record((SeverityReassessmentStarted(round=4, reason="reopened"),), told)
    assert (play.state.hints, dict(play.state.severity.overdue)) == (Hints(), {})


@pytest.mark.req("R-SVC-10", "R-TRN-18")
def test_once_the_end_is_confirmed_no_alert_begins_a_round() -> None:
    play = scenes.capturing(severity="SEV-2")
    assert begun(fires(play, "SEV-1")) == []
    assert stands(play) == "capturing_rca"


@pytest.mark.req("R-SVC-10")
def test_an_alert_that_a_person_attaches_or_a_merger_brings_says_as_much() -> None:
    play = agreed(severity="SEV-2")
    alert = "alert-" + "e" * 32
    facts = play.do(AttachAlert(alert=alert, why="It is the same queue."), signal=firing())
    assert [round_.cause for round_ in begun(facts)] == [
        Cause(rule="severity_hint", severity="SEV-1", agreed="SEV-2", alert=alert)
    ]
    assert play.items[-1].authid == "p-alice"
    other = declared()
    fires(other, "SEV-1")
    into = agreed(severity="SEV-2")
    absorb = AbsorbIncident(stream="incident-other", source=other.state, rationale=OBJECTION)
    assert [round_.reason for round_ in begun(into.do(absorb))] == ["new_signal"]


@pytest.mark.req("R-TRN-18", "R-SVC-10")
def test_what_runs_goes_on_and_nothing_new_starts_until_gate_1_passes_again() -> None:
    play = scenes.approved(severity="SEV-2")
    fires(play, "SEV-1")
    missing = play.refused(StartExecution()).found or ""
    assert "severity" in missing
    assert "gate_1" in missing
    play = scenes.executing(severity="SEV-2")
    fires(play, "SEV-1")
    assert stands(play) == "assessing"
    assert "MitigationExecutionCompleted" in play.kinds(play.do(RecordCommand(exit_code=0)))
    agree_again(play)
    play.do(SCOPE)
    tell(play)
    assert stands(play) == "validating_recovery"


@pytest.mark.req("R-SVC-10", "R-WF-34")
@pytest.mark.parametrize(
    ("scope", "cause"),
    [
        (EXPOSED, Cause(rule="regulated_data", severity="SEV-1", agreed="SEV-2")),
        (HALF, Cause(rule="services_ratio", severity="SEV-1", agreed="SEV-2", services_ratio="0.50")),
    ],
)
def test_a_scope_that_meets_a_rule_begins_a_round_and_counts_in_it(scope: ConfirmScope, cause: Cause) -> None:
    play = agreed(severity="SEV-2")
    facts = play.do(scope)
    assert play.kinds(facts) == ["SeverityReassessmentStarted", "AffectedScopeConfirmed"]
    assert facts[0] == SeverityReassessmentStarted(round=2, reason="auto_escalation", cause=cause)
    agree_again(play)
    # Nobody has to confirm once more what began the round, and confirming it again begins nothing.
    assert stands(play) == "notifying"
    assert begun(play.do(scope)) == []
    agree_again(play)
    assert begun(play.do(scope)) == []


@pytest.mark.req("R-SVC-10")
@pytest.mark.parametrize(
    "scope", [SCOPE, replace(SCOPE, services_ratio="0.499"), replace(EXPOSED, regulated_data=None)]
)
def test_a_scope_below_the_rules_begins_nothing(scope: ConfirmScope) -> None:
    assert begun(agreed(severity="SEV-2").do(scope)) == []


@pytest.mark.req("R-SVC-10")
@pytest.mark.parametrize("scope", [EXPOSED, HALF])
def test_what_people_knew_when_they_agreed_begins_nothing_nor_what_they_agree_with(
    scope: ConfirmScope,
) -> None:
    play = declared()
    play.do(scope)
    agree_again(play)
    assert begun(play.do(scope)) == []
    assert begun(agreed(severity="SEV-1").do(scope)) == []


@pytest.mark.req("R-SVC-10")
def test_a_policy_that_does_not_mind_exposed_data_begins_nothing_because_of_it() -> None:
    play = agreed(severity="SEV-2")
    rules = policy("team")
    lenient = replace(rules.severity.auto_escalate, regulated_data_exposed=False)
    told = replace(rules, severity=replace(rules.severity, auto_escalate=lenient))
    assert begun(play.do(EXPOSED, policy=told)) == []


@pytest.mark.req("R-SVC-10")
def test_a_proposal_says_by_which_rule_its_round_begins() -> None:
    play = agreed(severity="SEV-2")
    reach = BlastRadiusTold(services_ratio="0.6")
    facts = play.do(replace(propose("SEV-2"), blast_radius=reach))
    assert [(r.reason, r.cause and r.cause.rule) for r in begun(facts)] == [
        ("auto_escalation", "services_ratio")
    ]
    # People know of it now: proposed again, the round is theirs.
    again = begun(play.do(replace(propose("SEV-2"), blast_radius=reach)))
    assert [(r.reason, r.cause) for r in again] == [("manual", None)]


def overdue(profile: str = "team", severity: Severity = "SEV-2", **passed: float) -> Play:
    play = agreed(profile, severity)  # type: ignore[arg-type]  # a parameter is a plain text
    tell(play)
    play.forward(**(passed or {"minutes": 120}))
    return play


@pytest.mark.req("R-SVC-10", "R-AUT-63")
def test_two_hours_of_sev_2_without_mitigation_begin_a_round() -> None:
    play = overdue()
    (began,) = play.do(CheckTimers(), SCHEDULER)
    assert began == SeverityReassessmentStarted(
        round=2,
        reason="auto_escalation",
        cause=Cause(rule="unmitigated", severity="SEV-1", agreed="SEV-2", minutes=120),
    )
    assert play.do(CheckTimers(), SCHEDULER) == ()
    agree_again(play)
    play.forward(hours=9)
    assert play.do(CheckTimers(), SCHEDULER) == (), "people agreed in knowledge of it"
    agree_again(play, "SEV-1")
    agree_again(play)
    play.forward(hours=2)
    assert begun(play.do(CheckTimers(), SCHEDULER)), "it was SEV-1 meanwhile, and is SEV-2 anew"


@pytest.mark.req("R-SVC-10")
def test_the_minutes_count_from_the_consensus_and_to_the_last_microsecond() -> None:
    play = agreed(severity="SEV-2")
    # Two commands, a second each, since: the scope, and the look itself.
    play.forward(minutes=119, seconds=57, microseconds=999_999)
    assert play.do(CheckTimers(), SCHEDULER) == ()
    play.forward(microseconds=1)
    assert begun(play.do(CheckTimers(), SCHEDULER))


@pytest.mark.req("R-SVC-10")
@pytest.mark.parametrize(
    "play",
    [
        Play,
        declared,
        lambda: agreed(severity="SEV-1"),
        lambda: agreed(severity="SEV-3"),
        lambda: scenes.recovering(severity="SEV-2"),
        lambda: scenes.closed(severity="SEV-2"),
    ],
)
def test_time_alone_begins_nothing_where_no_rule_speaks_or_something_was_done(play: Any) -> None:
    found = play()
    found.forward(days=1)
    assert found.do(CheckTimers(), SCHEDULER) == ()


@pytest.mark.req("R-SVC-10", "R-TRN-24")
def test_what_needs_no_mitigation_is_not_unmitigated() -> None:
    play = overdue()
    play.do(MitigationIsNotRequired(kind="self_recovered", rationale=OBJECTION))
    assert play.do(CheckTimers(), SCHEDULER) == ()


@pytest.mark.req("R-SVC-10")
def test_a_mitigation_that_was_begun_and_not_completed_mitigated_nothing() -> None:
    play = scenes.executing(severity="SEV-2")
    play.forward(hours=2)
    assert begun(play.do(CheckTimers(), SCHEDULER))


FOUND = Cause(rule="severity_hint", severity="SEV-1", agreed="SEV-2", alert="alert-" + "a" * 32)
UNMITIGATED = Cause(rule="unmitigated", severity="SEV-1", agreed="SEV-2", minutes=120)
BEGAN = SeverityReassessmentStarted(round=2, reason="new_signal", cause=FOUND)
LATE = replace(BEGAN, reason="auto_escalation", cause=UNMITIGATED)


def heard(severity: Severity = "SEV-2") -> Play:
    """Return an incident just before the round that an alert begins: the alert is attached."""
    play = agreed(severity=severity)
    command = AttachSignal(alert=FOUND.alert or "", signal=firing())
    told = play.context(command, INTAKE)
    attached = incident.decide(play.state, command, told)
    assert isinstance(attached, tuple)
    play.record(attached[:1], told)
    return play


@pytest.mark.req("R-GATE-51", "R-SVC-10")
def test_every_round_that_was_recorded_follows_from_the_facts_before_it() -> None:
    assert derived(heard(), BEGAN) == BEGAN
    assert derived(overdue(), LATE) == LATE
    for scope in (EXPOSED, HALF):
        (began, *_) = agreed(severity="SEV-2").do(scope)
        assert derived(agreed(severity="SEV-2"), began) == began
    asked = SeverityReassessmentStarted(round=2, reason="manual", rationale=prose(OBJECTION))
    assert derived(agreed(), asked) == asked
    assert derived(agreed(), replace(asked, reason="objection")) == replace(asked, reason="objection")


@pytest.mark.req("R-GATE-51", "R-SVC-10")
@pytest.mark.parametrize(
    ("scene", "fact"),
    [
        (lambda: agreed(severity="SEV-2"), BEGAN),
        (lambda: heard("SEV-1"), BEGAN),
        (heard, replace(BEGAN, round=3)),
        (heard, replace(BEGAN, reason="auto_escalation")),
        (heard, replace(BEGAN, cause=replace(FOUND, alert="alert-" + "b" * 32))),
        (heard, replace(BEGAN, cause=None)),
        (lambda: overdue(minutes=119), LATE),
        (overdue, replace(LATE, cause=replace(UNMITIGATED, minutes=90))),
        (lambda: agreed(severity="SEV-2"), replace(LATE, cause=replace(UNMITIGATED, rule="services_ratio"))),
        (lambda: scenes.capturing(severity="SEV-2"), SeverityReassessmentStarted(round=2, reason="manual")),
        (declared, SeverityReassessmentStarted(round=2, reason="objection")),
        (agreed, SeverityReassessmentStarted(round=2, reason="gate_1_failed")),
    ],
)
def test_a_round_that_no_rule_begins_there_is_found(scene: Any, fact: SeverityReassessmentStarted) -> None:
    assert derived(scene(), fact) != fact


@pytest.mark.req("R-SVC-10")
@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (FOUND, "a new alert says SEV-1"),
        (replace(FOUND, rule="regulated_data"), "regulated data is exposed"),
        (replace(FOUND, rule="services_ratio", services_ratio="0.50"), "half of all services are affected"),
        (
            replace(FOUND, rule="services_ratio", services_ratio="0.625"),
            "62.5 % of all services are affected",
        ),
        (replace(FOUND, rule="services_ratio", services_ratio="1"), "100 % of all services are affected"),
        (UNMITIGATED, "SEV-2 for 2 hours without mitigation"),
        (replace(UNMITIGATED, minutes=61), "SEV-2 for 1 hour and 1 minute without mitigation"),
        (replace(UNMITIGATED, minutes=45), "SEV-2 for 45 minutes without mitigation"),
    ],
)
def test_why_a_round_began_is_said_in_words(cause: Cause, words: str) -> None:
    assert why_again("new_signal", cause) == words
    assert why_again("manual", None) == REASONS["manual"]


@pytest.mark.req("R-SVC-10", "R-DEC-65")
def test_whoever_looks_is_told_why_there_is_a_new_round() -> None:
    play = agreed("strict", "SEV-2")
    fires(play, "SEV-1")
    because = "(round 2, because a new alert says SEV-1)"
    assert because in upcoming(play).blockers[0].what
    play.do(propose("SEV-1"))
    assert because in upcoming(play).blockers[0].what
    play.do(VoteSeverity(severity="SEV-2", rationale=OBJECTION), BOB)
    assert because in upcoming(play).blockers[0].what


def test_an_end_or_a_repetition_of_an_alert_begins_nothing() -> None:
    play = agreed(severity="SEV-2")
    command = AttachSignal(alert=FOUND.alert or "", signal=firing(severity_hint="SEV-2"))
    play.do(command, INTAKE)
    assert play.do(command, INTAKE) == ()
    ended = firing(status="resolved", effect="clear", ended_at="2026-03-01T02:16:00.000000Z")
    assert play.kinds(play.do(ClearSignal(alert=command.alert, signal=ended), INTAKE)) == ["SignalCleared"]


@pytest.mark.req("R-SVC-10")
def test_the_report_says_why_to_readers_who_were_not_there() -> None:
    said = MOMENTS[SeverityReassessmentStarted](LATE, "p-scheduler")
    assert said == "Severity assessed anew: SEV-2 for 2 hours without mitigation"
    said = MOMENTS[SeverityReassessmentStarted](BEGAN, "p-intake")
    assert said == "Severity assessed anew: a new alert says SEV-1, where SEV-2 was agreed"
    asked = SeverityReassessmentStarted(round=2, reason="manual")
    assert MOMENTS[SeverityReassessmentStarted](asked, "p-alice") == (
        "Severity assessed anew: somebody asked for it"
    )
