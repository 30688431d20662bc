"""What must be verified before a rollback, by whom, and for how long (R-STEP-22, R-GATE-20, R-WF-05)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from domain.planning.checklist import coverage, items
from domain.planning.commands import ItemTold, SelectOption, VerifyItem
from domain.planning.facts import ItemCategory
from domain.recorded_at import recorded_at
from domain.refusal import OnRecord
from domain.template_parts import PreVerified
from tests.support.playing import ALICE, BOB, CAROL, Play, policy
from tests.support.scenes import PLAN, START, aligning, approve, approved, criterion, planning, stands

CATEGORIES: tuple[ItemCategory, ...] = (
    "script",
    "backup",
    "prerequisite",
    "dependency",
    "credential",
    "rehearsal",
)


def no(item: str) -> VerifyItem:
    """Return that an item does not apply."""
    return VerifyItem(item=item, result="not_applicable", justification="The service keeps no data.")


def by_hand(*told: ItemTold) -> Play:
    """Return an incident whose plan states nothing beforehand."""
    play = planning()
    play.do(msgspec.structs.replace(PLAN, checklist=told or (ItemTold(item_id="x", category="script"),)))
    return play


def covered(play: Play) -> tuple[int, int]:
    """Return verified of required items, now."""
    at = recorded_at(play.state, play.context(START, ALICE))
    found = coverage(items(play.state, policy(play.state.intake.profile), at))
    return found.num, found.den


@pytest.mark.req("R-GATE-20")
def test_every_category_is_owed_whatever_the_plan_lists() -> None:
    play = by_hand()
    assert covered(play) == (0, 6)
    play.do(VerifyItem(item="x"))
    for category in CATEGORIES[1:]:
        assert stands(play) == "verifying_rollback"
        play.do(VerifyItem(item=category), CAROL)
    assert covered(play) == (6, 6)
    assert stands(play) == "aligning"


@pytest.mark.req("R-GATE-20", "R-STEP-22", "R-EVT-15")
def test_the_latest_word_counts() -> None:
    play = aligning()
    facts = play.do(VerifyItem(item="data-backup", result="failed"), CAROL)
    assert play.kinds(facts) == ["RollbackPrerequisiteVerified", "RollbackReadinessAssessed"]
    assert (facts[1].status, facts[1].readiness_score.num) == ("incomplete", 5)
    play.do(VerifyItem(item="data-backup"), BOB)
    assert covered(play) == (6, 6)
    play.do(VerifyItem(item="data-backup", result="failed"), BOB)
    assert covered(play) == (5, 6)


@pytest.mark.req("R-GATE-20")
@pytest.mark.parametrize(("hours", "holds"), [(23.9, True), (24, False)])
def test_a_word_is_good_for_a_day(hours: float, *, holds: bool) -> None:
    play = aligning()
    play.forward(hours=hours)
    assert (covered(play) == (6, 6)) is holds


@pytest.mark.req("R-GATE-20", "R-EVT-22", "R-GATE-54")
def test_a_day_later_execution_is_refused_and_the_failing_verdict_is_on_record() -> None:
    play = approved()
    play.forward(hours=25)
    answer = play.ask(START)
    assert isinstance(answer, OnRecord)
    assert answer.refusal.code == "SAFETY_PRECONDITION_UNMET"
    assert answer.facts[0].result == "FAIL"
    assert criterion(play, "rollback_prerequisite_coverage") == "no"
    assert criterion(play, "rollback_readiness.status") == "no"
    # Nothing new to record the second time.
    assert not isinstance(play.ask(START), OnRecord)


@pytest.mark.req("R-WF-35", "R-GATE-20")
def test_a_word_expires_counted_from_its_recording_whatever_our_clock_says() -> None:
    play = aligning()
    before = play.state.recorded_at
    play.forward(hours=-30)
    play.do(VerifyItem(item="data-backup"))
    assert play.facts[-1].expires_at > before
    assert play.facts[-1].expires_at[:10] == "2026-03-02"
    assert covered(play) == (6, 6)


@pytest.mark.req("R-GATE-20", "R-WF-34")
def test_a_template_s_word_lasts_no_longer_than_the_policy_lets_it() -> None:
    play = planning()
    told = play.context(PLAN, ALICE)
    assert told.template is not None
    word = PreVerified(statement="It has always worked.", valid_hours=9_999)
    long = [msgspec.structs.replace(item, pre_verified=word) for item in told.template.template.checklist]
    template = msgspec.structs.replace(told.template.template, checklist=tuple(long))
    play.do(PLAN, template=msgspec.structs.replace(told.template, template=template))
    assert covered(play) == (6, 6)
    play.forward(hours=24)
    assert covered(play) == (0, 6)


@pytest.mark.req("R-GATE-20")
def test_what_is_bound_is_verified_again_for_each_revision() -> None:
    bound = ItemTold(item_id="x", category="script", bound=True)
    play = by_hand(bound)
    play.do(VerifyItem(item="x"))
    play.do(VerifyItem(item="backup"))
    assert covered(play) == (2, 6)
    play.do(msgspec.structs.replace(PLAN, checklist=(bound,)))
    assert covered(play) == (1, 6)


@pytest.mark.req("R-WF-05", "R-GATE-20")
def test_the_backup_of_a_rollback_is_left_out_by_commander_and_release_manager_together() -> None:
    play = aligning()
    play.do(no("data-backup"))
    assert covered(play) == (5, 6)
    play.do(no("data-backup"), BOB)
    assert covered(play) == (5, 5)


@pytest.mark.req("R-WF-05")
def test_a_release_manager_alone_leaves_nothing_out() -> None:
    play = by_hand()
    play.do(no("backup"), BOB)
    play.do(no("x"), CAROL)
    assert covered(play) == (0, 6)


@pytest.mark.req("R-GATE-20")
def test_anything_else_is_left_out_by_the_commander_and_for_a_reason() -> None:
    play = by_hand()
    bare = VerifyItem(item="rehearsal", result="not_applicable")
    assert play.refused(bare).code == "JUSTIFICATION_MISSING"
    play.do(no("rehearsal"))
    assert covered(play) == (0, 5)


@pytest.mark.req("R-GATE-20")
def test_what_was_left_out_is_owed_again_a_day_later() -> None:
    play = by_hand()
    play.do(no("rehearsal"))
    play.forward(hours=24)
    assert covered(play) == (0, 6)


@pytest.mark.req("R-WF-05")
def test_with_a_flag_selected_the_commander_alone_speaks_for_the_backup() -> None:
    play = by_hand()
    play.do(no("backup"))
    assert covered(play)[1] == 6
    play.do(SelectOption(option="B", fallback="A", rationale="Only the prices are broken."))
    assert covered(play)[1] == 5


@pytest.mark.req("R-WF-05")
def test_a_rollback_owes_a_backup_whatever_a_policy_asks_for() -> None:
    play = by_hand()
    lax = policy("team")
    gate = msgspec.structs.replace(lax.gates.mitigation_readiness, required_items=("script",))
    lax = msgspec.structs.replace(lax, gates=msgspec.structs.replace(lax.gates, mitigation_readiness=gate))
    assert [item.category for item in items(play.state, lax, play.state.recorded_at)] == ["script", "backup"]


@pytest.mark.req("R-GATE-20")
def test_a_checklist_of_nothing_passes_nothing() -> None:
    play = by_hand()
    for category in ("x", *CATEGORIES[1:]):
        play.do(no(category))
    play.do(no("backup"), BOB)
    assert covered(play) == (0, 0)
    play.do(approve())
    play.do(approve(), BOB)
    assert criterion(play, "rollback_prerequisite_coverage") == "no"
    assert criterion(play, "prerequisite_count") == "no"


def test_only_items_that_there_are_can_be_verified() -> None:
    assert aligning().refused(VerifyItem(item="weather")).code == "ITEM_UNKNOWN"


@pytest.mark.req("R-EVT-15")
@pytest.mark.parametrize(
    ("who", "role"), [(ALICE, "incident_commander"), (BOB, "release_manager"), (CAROL, "responder")]
)
def test_a_word_names_the_role_that_makes_it_count(who: Any, role: str) -> None:
    play = aligning()
    play.do(VerifyItem(item="data-backup"), who)
    assert play.facts[-1].role == role


@pytest.mark.req("R-GATE-20")
def test_once_execution_began_a_word_that_expires_fails_nothing() -> None:
    play = approved()
    play.do(START)
    play.forward(days=3)
    facts = play.do(VerifyItem(item="R-PRE-30"))
    assert play.kinds(facts) == ["PrerequisiteAttested"]


@pytest.mark.req("R-GATE-20", "R-WF-34")
@pytest.mark.parametrize("who", [ALICE, CAROL])
def test_a_template_does_not_overrule_a_person_who_looked(who: Any) -> None:
    play = aligning()
    play.do(VerifyItem(item="data-backup", result="failed"), who)
    play.do(PLAN)
    assert covered(play) == (5, 6)
    play.forward(hours=24)
    play.do(PLAN)
    assert covered(play) == (6, 6)
