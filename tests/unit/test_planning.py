"""Plans: what they must say, options, fallbacks, and revisions (R-STEP-21, R-WF-03 to 05, R-GATE-24)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from domain.decisions.approvals import current
from domain.gates.commands import EvaluateGate
from domain.gates.facts import Mode
from domain.planning.commands import DependencyTold, ItemTold, OptionTold, ProposePlan, RiskTold, SelectOption
from domain.planning.completeness import ELEMENTS, missing
from tests.support.playing import CAROL, Play
from tests.support.scenes import PLAN, aligning, approve, approved, criterion, planning, shows, stands

BACK = OptionTold(option_id="A", kind="rollback", title="Back", commands=("roll back",))
FLAG = OptionTold(option_id="B", kind="feature_flag", title="Flag off", commands=("flag off",))
WHOLE = ProposePlan(
    premises=("It is severe.",),
    constraints=("No data is lost.",),
    evidence=("The dashboards.",),
    options=(BACK, FLAG),
    select="A",
    rationale="It ran well before.",
    risks=(RiskTold(risk="Data", mitigation="A backup"),),
)
SELECT = SelectOption(option="B", fallback="A", rationale="Only the new prices are broken.")


def but(**changes: Any) -> ProposePlan:
    """Return the whole plan with changes."""
    return msgspec.structs.replace(WHOLE, **changes)


def proposed(plan: ProposePlan) -> Play:
    """Return an incident with a plan."""
    play = planning()
    play.do(plan)
    return play


@pytest.mark.req("R-GATE-24", "R-WF-03", "R-EVT-15")
def test_a_whole_plan_has_all_twelve_elements() -> None:
    assert len(ELEMENTS) == 12
    assert missing(proposed(WHOLE).state) == ()
    assert missing(aligning().state) == ()
    assert set(missing(planning().state)) == set(ELEMENTS)


@pytest.mark.req("R-GATE-24", "R-WF-03")
@pytest.mark.parametrize(
    ("changes", "element"),
    [
        ({"premises": ()}, "premises"),
        ({"constraints": ()}, "constraints"),
        ({"evidence": ()}, "evidence"),
        ({"options": (BACK,)}, "alternatives"),
        ({"select": None}, "selected_option"),
        ({"rationale": None}, "rationale"),
        ({"risks": ()}, "risks"),
        ({"risks": (RiskTold(risk="Data"),)}, "risk_mitigations"),
        ({"options": (msgspec.structs.replace(BACK, commands=()), FLAG)}, "command_list"),
    ],
)
def test_what_a_plan_lacks_is_named(changes: dict[str, Any], element: str) -> None:
    assert element in missing(proposed(but(**changes)).state)


@pytest.mark.req("R-TRN-06", "R-STEP-21")
@pytest.mark.parametrize(
    "options",
    [
        (msgspec.structs.replace(BACK, commands=()),),
        (BACK, msgspec.structs.replace(FLAG, dependencies=(DependencyTold(name="flags", known=False),))),
    ],
)
def test_a_plan_that_is_unclear_goes_no_further(options: tuple[OptionTold, ...]) -> None:
    play = proposed(but(options=options))
    assert stands(play) == "planning"
    assert current(play.state) is None
    assert play.refused(approve()).code == "NO_PLAN"


@pytest.mark.req("R-TRN-06", "R-TRN-07", "R-STEP-22")
def test_a_clear_plan_is_verified_next() -> None:
    play = proposed(WHOLE)
    assert stands(play) == "verifying_rollback"
    assert play.state.planning.assessed is not None
    assert play.state.planning.assessed.status == "incomplete"


@pytest.mark.req("R-WF-34")
def test_the_only_option_is_selected_by_proposing_it() -> None:
    play = proposed(but(options=(BACK,), select=None))
    assert play.state.planning.selected is not None
    assert play.state.planning.selected.option_id == "A"


@pytest.mark.req("R-WF-04")
@pytest.mark.parametrize("fallback", [None, "B", "C"])
def test_a_feature_flag_needs_a_rollback_to_fall_back_to(fallback: str | None) -> None:
    hotfix = msgspec.structs.replace(FLAG, option_id="C", kind="hotfix")
    plan = but(options=(BACK, FLAG, hotfix), select="B", fallback=fallback)
    assert planning().refused(plan).code == "FALLBACK_MISSING"
    play = proposed(but(options=(BACK, FLAG, hotfix)))
    refused = play.refused(SelectOption(option="B", fallback=fallback, rationale=SELECT.rationale))
    assert refused.code == "FALLBACK_MISSING"


@pytest.mark.req("R-WF-04", "R-EVT-15")
def test_a_feature_flag_with_its_fallback_is_complete() -> None:
    play = proposed(WHOLE)
    play.do(SELECT)
    assert play.state.planning.selected is not None
    assert play.state.planning.selected.fallback_option_id == "A"
    assert missing(play.state) == ()
    assert proposed(but(select="B", fallback="A")).state.planning.selected is not None


def test_options_that_do_not_exist_are_refused_by_place() -> None:
    assert planning().refused(but(select="Z")).place == "select"
    assert planning().refused(but(fallback="Z")).place == "fallback"
    play = proposed(WHOLE)
    wrong = SelectOption(option="Z", rationale=SELECT.rationale)
    assert play.refused(wrong).code == "OPTION_UNKNOWN"
    assert planning().refused(SELECT).code == "NO_PLAN"


@pytest.mark.req("R-STEP-21")
def test_options_need_ids_of_their_own() -> None:
    assert planning().refused(but(options=(BACK, BACK))).code == "OPTIONS_UNCLEAR"
    assert planning().refused(but(options=(), select=None)).code == "OPTIONS_UNCLEAR"


@pytest.mark.req("R-GATE-20")
@pytest.mark.parametrize(
    "checklist",
    [
        (ItemTold(item_id="x", category="script"), ItemTold(item_id="x", category="backup")),
        (ItemTold(item_id="R-PRE-30", category="script"),),
        (ItemTold(item_id="backup", category="script"),),
    ],
)
def test_one_word_cannot_verify_two_items(checklist: tuple[ItemTold, ...]) -> None:
    assert planning().refused(but(checklist=checklist)).code == "ITEMS_UNCLEAR"


def test_an_item_may_be_named_like_its_category() -> None:
    assert planning().do(but(checklist=(ItemTold(item_id="backup", category="backup"),)))


@pytest.mark.req("R-WF-34")
def test_a_template_that_is_not_there_or_not_filled_is_refused() -> None:
    assert planning().refused(ProposePlan(template="prayer")).code == "TEMPLATE_UNKNOWN"
    assert planning().refused(ProposePlan(template="rollback")).code == "TEMPLATE_NOT_FILLED"


@pytest.mark.req("R-GATE-24", "R-GATE-50", "R-TRN-06")
def test_a_revision_voids_approvals_and_the_verdict() -> None:
    play = approved()
    play.do(PLAN)
    assert play.state.planning.plan is not None
    assert play.state.planning.plan.revision == 2
    assert shows(play) == "STALE"
    assert play.refused(approve(1)).code == "PLAN_REVISED"
    play.do(approve(2))
    assert play.state.decision is not None
    assert len(play.state.decision.given) == 1


@pytest.mark.req("R-TRN-06")
def test_an_unclear_revision_is_back_at_planning() -> None:
    play = approved()
    play.do(but(options=(msgspec.structs.replace(BACK, commands=()),)))
    assert stands(play) == "planning"


@pytest.mark.req("R-STEP-23")
def test_only_the_commander_selects() -> None:
    assert proposed(WHOLE).refused(SELECT, CAROL).code == "ROLE_MISSING"


@pytest.mark.req("R-GATE-24")
def test_a_strategy_with_one_gap_fails_gate_2_in_strict_and_warns_in_the_other_modes() -> None:
    play = planning()
    play.do(msgspec.structs.replace(PLAN, risks=(RiskTold(risk="Data"),)))
    modes: list[tuple[Mode, str]] = [("standard", "warning"), ("relaxed", "warning"), ("strict", "no")]
    for mode, passed in modes:
        verdict, *_ = play.do(EvaluateGate(gate="mitigation", mode=mode))
        row = next(r for r in verdict.criteria if r.id == "strategy_completeness")
        assert (row.passed, row.actual.num, row.actual.den) == (passed, 11, 12)
    assert criterion(play, "strategy_completeness") == "no"


@pytest.mark.req("R-WF-34", "R-STEP-21")
def test_the_target_of_a_plan_and_of_its_commands_are_one() -> None:
    twice = msgspec.structs.replace(PLAN, to_version="1.2.3", variables={"to_version": "1.2.2"})
    refused = planning().refused(twice)
    assert (refused.code, refused.place) == ("TEMPLATE_NOT_FILLED", "variables.to_version")
    assert (refused.expected, refused.found) == ("1.2.3", "1.2.2")
    play = planning()
    (plan, *_) = play.do(msgspec.structs.replace(twice, to_version=None))
    assert plan.to_version == "1.2.2"


@pytest.mark.req("R-WF-34", "R-PRE-41")
def test_a_checklist_of_ones_own_keeps_the_attestations_of_the_template() -> None:
    play = planning()
    facts = play.do(msgspec.structs.replace(PLAN, checklist=(ItemTold(item_id="x", category="script"),)))
    kinds = play.kinds(facts)
    assert "PrerequisiteAttested" in kinds
    assert "RollbackPrerequisiteVerified" not in kinds
