"""The plan in force: the hash that approvals bind to, the checklist as it stands, and what is missing."""

from __future__ import annotations

import pytest

from domain.incident import IncidentCommand
from domain.planning.commands import ProposePlan, SelectOption, VerifyItem
from domain.planning.plan_hash import plan_sha256
from projections.plan_view import PlanShown, PlanView, plan_view
from tests.support.looking import case
from tests.support.playing import BOB, Play
from tests.support.scenes import DECLARE, OPEN, PLAN, PROPOSE, SCOPE, TOLD


def played(*commands: IncidentCommand) -> Play:
    play = Play()
    for command in (OPEN, DECLARE, PROPOSE, SCOPE, TOLD, *commands):
        play.do(command)
    return play


def view(play: Play, at: str | None = None) -> PlanView:
    return plan_view(play.items, case(play, at))


def plan(play: Play, at: str | None = None) -> PlanShown:
    found = view(play, at).plan
    assert found is not None
    return found


def test_before_a_plan_everything_is_missing() -> None:
    found = view(played())
    assert (found.plan, found.revisions, len(found.missing)) == (None, (), found.elements)


@pytest.mark.req("R-WF-03", "R-EVT-15")
def test_a_plan_from_a_template_is_complete_and_its_words_are_sealed() -> None:
    play = played(PLAN)
    found = plan(play)
    assert play.state.planning.plan is not None
    assert found.plan_sha256 == plan_sha256(play.state.planning.plan.fact)
    assert (found.revision, found.clear, found.template, found.to_version) == (1, True, "rollback", "1.2.3")
    assert view(play).missing == ()
    assert all(option.title.startswith("⟦sealed:") for option in found.options)
    assert all(len(option.commands) <= 1 for option in found.options)
    assert found.selection is not None
    assert found.selection.option_id == "A"


@pytest.mark.req("R-GATE-20", "R-PRE-41")
def test_the_checklist_says_who_said_what_and_until_when_it_counts() -> None:
    play = played(PLAN)
    play.do(VerifyItem(item="data-backup", justification="Restored into staging."), BOB)
    item = next(item for item in plan(play).checklist if item.item_id == "data-backup")
    assert (item.verified, item.stale, item.category) == (True, False, "backup")
    assert (item.said[-1].by, item.said[-1].role, item.said[-1].source) == (
        "p-bob",
        "release_manager",
        "person",
    )
    late = max(said.expires_at for item in plan(play).checklist for said in item.said)
    assert all(item.stale for item in plan(play, at=late).checklist)
    assert plan(play).readiness.num == plan(play).readiness.den
    assert plan(play, at=late).readiness.num == 0


@pytest.mark.req("R-GATE-24")
def test_every_revision_is_listed_with_its_hash_and_a_new_one_has_no_old_selection() -> None:
    play = played(PLAN, SelectOption(option="B", fallback="A", rationale="Only the flag is broken."))
    assert plan(play).selection is not None
    play.do(ProposePlan(template="rollback", to_version="1.2.4"))
    found = view(play)
    assert [revision.revision for revision in found.revisions] == [1, 2]
    assert len({revision.plan_sha256 for revision in found.revisions}) == 2
    assert found.revisions[-1].plan_sha256 == plan(play).plan_sha256
