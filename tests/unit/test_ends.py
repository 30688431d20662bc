"""Ends without mitigation, links between incidents, stricter profiles (R-TRN-02, 23 to 25, R-PROF-01)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from domain import incident
from domain.crew.commands import JoinIncident
from domain.gates.commands import EvaluateGate
from domain.intake.commands import (
    DismissIncident,
    LinkIncident,
    MergeIncident,
    MitigationIsNotRequired,
    OpenIncident,
    TightenProfile,
    TuningProposal,
)
from domain.intake.facts import SignalAttached
from domain.own_commands import AbsorbIncident, AttachSignal, MirrorLink
from domain.severity.commands import ReassessSeverity
from tests.support.meaning import ALERT, firing
from tests.support.playing import BOB, CAROL, NOTIFIER, POLICY_IDS, Play
from tests.support.scenes import (
    SCOPE,
    START,
    agree,
    agreed,
    aligning,
    approve,
    approved,
    declared,
    executing,
    opened,
    planning,
    shows,
    stands,
    tell,
)

DISMISS = DismissIncident(
    rationale="The probe had lost its network.",
    tuning=TuningProposal(alert_rule="CheckoutSlow", proposal="Ask two probes."),
)
NOTHING_TO_DO = MitigationIsNotRequired(kind="self_recovered", rationale="The provider repaired it.")
MERGE = MergeIncident(into="INC-2", rationale="Both are the failing provider.")
LINK = LinkIncident(incident="INC-2", kind="child", rationale="The same provider failed there.")
TIGHTEN = TightenProfile(profile="team", rationale="A second person is awake now.")
STRICT = TightenProfile(profile="strict", rationale="An auditor will want to see it.")
OTHER = "incident-other"


@pytest.mark.req("R-TRN-02", "R-STEP-11", "R-EVT-11")
def test_a_false_alarm_is_dismissed_with_its_verdict_and_what_to_tune() -> None:
    play = opened()
    verdict, dismissed = play.do(DISMISS)
    assert (verdict.verdict, dismissed.cause) == ("false_positive", "false_positive")
    assert dismissed.tuning.alert_rule == "CheckoutSlow"
    assert stands(play) == "dismissed"


@pytest.mark.req("R-TRN-23", "R-GATE-50")
@pytest.mark.parametrize("scene", [declared, agreed, planning, aligning, approved])
def test_what_was_declared_in_error_is_cancelled_before_execution(
    scene: Callable[[], Play],
) -> None:
    play = scene()
    assert play.refused(DISMISS, CAROL).code == "ROLE_MISSING"
    (dismissed,) = play.do(DISMISS)
    assert (dismissed.cause, dismissed.tuning.alert_rule) == ("declared_in_error", "CheckoutSlow")
    assert (shows(play, "severity_alignment"), shows(play)) == ("NOT_REQUIRED", "NOT_REQUIRED")
    assert play.refused(START).code == "NOT_NOW"


@pytest.mark.req("R-TRN-23")
def test_what_is_executed_is_not_cancelled() -> None:
    assert executing().refused(DISMISS).code == "NOT_NOW"


@pytest.mark.req("R-TRN-24", "R-GATE-50")
@pytest.mark.parametrize("scene", [declared, agreed, planning, aligning])
def test_without_need_of_mitigation_gate_2_does_not_apply(scene: Callable[[], Play]) -> None:
    play = scene()
    play.do(NOTHING_TO_DO)
    assert stands(play) == "validating_recovery"
    assert shows(play) == "NOT_APPLICABLE"
    assert play.refused(NOTHING_TO_DO).code == "NOT_NOW"


@pytest.mark.req("R-TRN-24")
def test_gate_1_is_still_owed_and_a_new_round_ends_in_recovery_again() -> None:
    play = declared()
    play.do(NOTHING_TO_DO)
    assert shows(play, "severity_alignment") == "NOT_EVALUATED"
    agree(play)
    play.do(SCOPE)
    tell(play)
    assert shows(play, "severity_alignment") == "PASS"
    assert stands(play) == "validating_recovery"
    play.do(ReassessSeverity(rationale="It was worse than we thought."))
    assert stands(play) == "assessing"
    agree(play)
    play.do(SCOPE)
    tell(play)
    assert stands(play) == "validating_recovery"


@pytest.mark.req("R-TRN-25")
@pytest.mark.parametrize("scene", [opened, declared, executing])
def test_an_open_incident_goes_on_as_another(scene: Callable[[], Play]) -> None:
    play = scene()
    assert play.refused(MERGE).code == "OTHER_UNKNOWN"
    play.do(MERGE, other=OTHER)
    assert (stands(play), play.state.intake.merged_into) == ("merged", OTHER)
    assert play.refused(MERGE, other=OTHER).code == "NOT_NOW"
    assert not incident.accepts_signals(play.state)


@pytest.mark.req("R-TRN-25")
def test_only_the_commander_merges() -> None:
    assert declared().refused(MERGE, BOB, other=OTHER).code == "ROLE_MISSING"


@pytest.mark.req("R-TRN-25")
def test_alerts_and_people_follow_into_the_incident_that_goes_on() -> None:
    source, target = declared(), declared()
    source.do(JoinIncident(), CAROL)
    source.ask(AttachSignal(alert=ALERT, signal=firing()), NOTIFIER)
    absorb = AbsorbIncident(stream=OTHER, source=source.state, rationale=MERGE.rationale)
    linked, attached, joined = target.do(absorb, NOTIFIER)
    assert (linked.incident, linked.kind) == (OTHER, "merged")
    assert (attached.alert, attached.why) == (ALERT, "merged")
    assert (joined.principal, joined.voting) == ("p-carol", True)
    assert target.state.crew.commander is not None
    assert target.state.crew.commander.principal == "p-alice"


@pytest.mark.req("R-TRN-25")
def test_a_newer_episode_follows_even_where_an_older_one_was_known() -> None:
    source, target = declared(), declared()
    target.ask(AttachSignal(alert=ALERT, signal=firing()), NOTIFIER)
    source.ask(AttachSignal(alert=ALERT, signal=firing(episode="1772331000123456790")), NOTIFIER)
    facts = target.do(AbsorbIncident(stream=OTHER, source=source.state, rationale=MERGE.rationale), NOTIFIER)
    assert [fact.episode for fact in facts if isinstance(fact, SignalAttached)] == ["1772331000123456790"]


@pytest.mark.req("R-TRN-25")
def test_nothing_goes_on_as_an_incident_that_ended() -> None:
    target = declared()
    target.do(DISMISS)
    absorb = AbsorbIncident(stream=OTHER, source=declared().state, rationale=MERGE.rationale)
    assert target.refused(absorb, NOTIFIER).code == "OTHER_ENDED"


@pytest.mark.req("R-TRN-25")
@pytest.mark.parametrize("scene", [opened, declared, executing])
def test_a_link_changes_no_state_on_either_side(scene: Callable[[], Play]) -> None:
    play = scene()
    before = stands(play)
    assert play.refused(LINK).code == "OTHER_UNKNOWN"
    (linked,) = play.do(LINK, other=OTHER)
    assert (linked.incident, linked.kind, stands(play)) == (OTHER, "child", before)
    play.do(MirrorLink(stream=OTHER, kind="parent", rationale=LINK.rationale), NOTIFIER)
    assert stands(play) == before


@pytest.mark.req("R-TRN-25")
def test_an_incident_that_ended_can_still_be_linked() -> None:
    play = opened()
    play.do(DISMISS)
    play.do(LINK, other=OTHER)
    assert stands(play) == "dismissed"


@pytest.mark.req("R-PROF-01")
@pytest.mark.parametrize(
    ("profile", "wanted"), [("team", "team"), ("team", "solo"), ("strict", "team"), ("strict", "strict")]
)
def test_a_profile_is_never_loosened(profile: Any, wanted: Any) -> None:
    play = declared(profile)
    assert play.refused(msgspec.structs.replace(TIGHTEN, profile=wanted)).code == "PROFILE_LOOSER"


@pytest.mark.req("R-PROF-01", "R-GATE-50", "R-CFG-04")
def test_a_stricter_profile_makes_verdicts_stale() -> None:
    play = approved("solo")
    play.do(TIGHTEN)
    assert play.state.intake.policy_sha256 == POLICY_IDS["team"]
    assert (shows(play, "severity_alignment"), shows(play)) == ("STALE", "STALE")
    missing = play.refused(START).found or ""
    assert "gate_1" in missing
    assert "gate_2" in missing
    tell(play)
    assert shows(play, "severity_alignment") == "PASS"
    play.do(approve(), BOB)
    play.do(START)
    assert play.facts[-1].option_id == "A"


@pytest.mark.req("R-PROF-01", "R-WF-30")
def test_one_vote_does_not_become_two_by_tightening() -> None:
    play = approved("team")
    play.do(STRICT)
    tell(play)
    assert shows(play, "severity_alignment") == "FAIL"
    assert "responders" in play.state.gates.authoritative["severity_alignment"].failed
    assert "gate_1" in (play.refused(START).found or "")


@pytest.mark.req("R-PROF-01")
def test_governance_says_which_profiles_there_are() -> None:
    play = declared()
    assert play.refused(STRICT, policies={"team": "2" * 64}).code == "PROFILE_NOT_ALLOWED"


@pytest.mark.req("R-PROF-01", "R-EVT-22")
def test_every_verdict_names_the_policy_that_it_was_judged_by() -> None:
    play = planning("solo")
    play.do(TIGHTEN)
    play.do(EvaluateGate(gate="mitigation"))
    named = [fact.policy_sha256 for fact in play.facts if type(fact).__name__ == "GateEvaluated"]
    assert (named[0], named[-1]) == (POLICY_IDS["solo"], POLICY_IDS["team"])


@pytest.mark.req("R-DRILL-01", "R-TRN-25")
@pytest.mark.parametrize("drill", [True, False])
def test_a_drill_and_a_real_incident_do_not_become_one(*, drill: bool) -> None:
    source, target = declared(drill=drill), declared(drill=not drill)
    absorb = AbsorbIncident(stream=OTHER, source=source.state, rationale=MERGE.rationale)
    assert target.refused(absorb, NOTIFIER).code == "OTHER_UNFIT"


@pytest.mark.req("R-VIS-01", "R-TRN-25")
def test_what_is_restricted_does_not_go_on_where_everybody_sees_it() -> None:
    secret = Play()
    secret.do(OpenIncident(title="Keys were leaked", environment="production", visibility="restricted"))
    absorb = AbsorbIncident(stream=OTHER, source=secret.state, rationale=MERGE.rationale)
    assert opened().refused(absorb, NOTIFIER).code == "OTHER_UNFIT"
    back = AbsorbIncident(stream=OTHER, source=opened().state, rationale=MERGE.rationale)
    assert secret.kinds(secret.do(back, NOTIFIER))[0] == "IncidentLinked"
