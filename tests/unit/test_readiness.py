"""Whether execution may begin at all: attestations, overrides (R-PRE-01, 20 to 22, 40 to 42)."""

from __future__ import annotations

from typing import Any

import pytest

from domain.context import Principal
from domain.planning.commands import VerifyItem
from domain.prerequisite_items import ITEMS
from domain.readiness.commands import EvaluatePrerequisites, OverridePrerequisites
from domain.readiness.facts import PrerequisitesEvaluated
from domain.severity.commands import ConfirmScope
from tests.support.playing import ALICE, BOB, CAROL, DAVE, Play
from tests.support.scenes import (
    DECLARE,
    PLAN,
    SCOPE,
    START,
    STRICT_ITEMS,
    aligning,
    approve,
    approved,
    attest_all,
    declared,
    opened,
    planning,
    stands,
)

LOOSE = EvaluatePrerequisites(strict=False)
OVERRIDE = OverridePrerequisites(rationale="The monitoring package can follow.")


def evaluated(play: Play, *, strict: bool = True) -> PrerequisitesEvaluated:
    """Return how the prerequisites stand."""
    facts = play.do(EvaluatePrerequisites(strict=strict))
    return next(fact for fact in facts if isinstance(fact, PrerequisitesEvaluated))


def status(play: Play, item: str) -> str:
    """Return how one item stands."""
    return next(row.status for row in evaluated(play).items if row.id == item)


@pytest.mark.req("R-PRE-01", "R-PRE-40", "R-EVT-12")
def test_every_item_is_listed_and_what_is_missing_halts() -> None:
    found = evaluated(declared("strict"))
    assert [row.id for row in found.items] == list(ITEMS)
    assert (found.strict, found.outcome) == (True, "halt")
    assert set(STRICT_ITEMS) - {"R-PRE-15"} < set(found.missing)
    assert not {"R-PRE-14", "R-PRE-15", "R-PRE-20"} & set(found.missing)


@pytest.mark.req("R-PRE-40", "R-PRE-21", "R-PROF-01")
def test_in_team_a_template_and_two_approvals_are_enough() -> None:
    play = aligning()
    assert set(evaluated(play).missing) == {"R-PRE-21"}
    play.do(approve())
    facts = play.do(approve(), BOB)
    found = next(fact for fact in facts if isinstance(fact, PrerequisitesEvaluated))
    assert (found.outcome, found.missing) == ("proceed", ())
    assert status(play, "R-PRE-21") == "present"
    assert status(play, "R-PRE-30") == "attested"
    assert status(play, "R-PRE-10") == "missing"


@pytest.mark.req("R-PRE-30", "R-PRE-31", "R-PRE-32", "R-PRE-33", "R-PROF-01")
def test_in_strict_a_template_attests_nothing() -> None:
    play = approved("strict")
    for item in ("R-PRE-30", "R-PRE-31", "R-PRE-32", "R-PRE-33"):
        assert status(play, item) == "missing"
        play.do(VerifyItem(item=item))
        assert status(play, item) == "attested"


@pytest.mark.req("R-PRE-40", "R-WF-30")
def test_strict_executes_once_everything_is_attested() -> None:
    play = approved("strict")
    assert play.refused(START).found == "missing: execution_readiness"
    attest_all(play)
    play.do(START)
    assert stands(play) == "executing"


@pytest.mark.req("R-PRE-41", "R-PROF-01")
def test_a_template_takes_nothing_away_from_what_somebody_attested() -> None:
    play = planning("strict")
    play.do(VerifyItem(item="R-PRE-30"))
    play.do(PLAN)
    assert status(play, "R-PRE-30") == "attested"


@pytest.mark.req("R-PRE-41", "R-EVT-12")
@pytest.mark.parametrize(("hours", "holds"), [(23.9, True), (24, False)])
def test_an_attestation_carries_who_gave_it_and_is_good_for_a_day(hours: float, *, holds: bool) -> None:
    play = declared("strict")
    play.do(VerifyItem(item="R-PRE-30"), CAROL)
    assert play.state.readiness.attested["R-PRE-30"].by == "p-carol"
    play.forward(hours=hours)
    assert (status(play, "R-PRE-30") == "attested") is holds


@pytest.mark.req("R-PRE-20", "R-PRE-21", "R-PRE-22")
@pytest.mark.parametrize(
    ("item", "who", "may"),
    [
        ("R-PRE-20", CAROL, False),
        ("R-PRE-20", ALICE, True),
        ("R-PRE-21", ALICE, False),
        ("R-PRE-21", BOB, True),
        ("R-PRE-22", DAVE, False),
        ("R-PRE-30", CAROL, True),
    ],
)
def test_an_approval_is_attested_by_whose_word_it_is(item: str, who: Principal, *, may: bool) -> None:
    answer = declared("strict").ask(VerifyItem(item=item), who)
    assert isinstance(answer, tuple) is may


def test_a_prerequisite_is_attested_or_stays_missing() -> None:
    failed = VerifyItem(item="R-PRE-30", result="failed")
    assert declared().refused(failed).code == "ITEM_NOT_VERIFIED"


@pytest.mark.req("R-PRE-20")
@pytest.mark.parametrize(
    ("profile", "status_"), [("strict", "missing"), ("team", "present"), ("solo", "present")]
)
def test_a_responder_s_declaration_is_authority_enough_but_in_strict(profile: Any, status_: str) -> None:
    play = opened(profile)
    play.do(DECLARE, CAROL)
    assert status(play, "R-PRE-20") == status_


@pytest.mark.req("R-PRE-42")
def test_gaps_are_overridden_by_the_commander_and_only_gaps() -> None:
    play = approved("strict")
    assert play.refused(OVERRIDE).code == "NO_GAPS"
    assert evaluated(play, strict=False).outcome == "proceed_with_gaps"
    assert play.refused(START).found == "missing: execution_readiness"
    assert play.refused(OVERRIDE, BOB).code == "ROLE_MISSING"
    (fact,) = play.do(OVERRIDE)
    assert "R-PRE-10" in fact.missing
    play.do(START)
    assert stands(play) == "executing"


@pytest.mark.req("R-PRE-42")
def test_an_override_before_the_last_approval_still_holds_after_it() -> None:
    play = aligning("strict")
    play.do(VerifyItem(item="R-PRE-21"), BOB)
    play.do(LOOSE)
    play.do(OVERRIDE)
    play.do(approve())
    play.do(approve(), BOB)
    play.do(START)
    assert stands(play) == "executing"


@pytest.mark.req("R-PRE-42")
def test_a_later_evaluation_or_a_new_gap_undoes_an_override() -> None:
    play = approved("strict")
    play.do(VerifyItem(item="R-PRE-30"))
    play.do(LOOSE)
    play.do(OVERRIDE)
    play.forward(hours=24)
    assert "execution_readiness" in (play.refused(START).found or "")
    play = approved("strict")
    play.do(LOOSE)
    play.do(OVERRIDE)
    play.do(EvaluatePrerequisites())
    assert play.refused(START).found == "missing: execution_readiness"


@pytest.mark.req("R-PRE-42", "R-PRE-22")
def test_security_s_approval_is_never_a_gap() -> None:
    play = approved("strict")
    play.do(ConfirmScope(services=("checkout",), regulated_data=True, customer_notification=False))
    assert evaluated(play, strict=False).outcome == "halt"
    assert play.refused(OVERRIDE).code == "NO_GAPS"


@pytest.mark.req("R-PRE-42", "R-PRE-20")
def test_authority_to_declare_is_never_a_gap() -> None:
    play = opened("strict")
    play.do(DECLARE, CAROL)
    play.do(SCOPE, CAROL)
    found = evaluated(play, strict=False)
    assert (found.outcome, "R-PRE-20" in found.missing) == ("halt", True)
    play.do(VerifyItem(item="R-PRE-20"), ALICE)
    assert evaluated(play, strict=False).outcome == "proceed_with_gaps"


@pytest.mark.req("R-PRE-22")
@pytest.mark.parametrize(
    ("regulated", "customers", "found"),
    [
        (False, False, "not_applicable"),
        (None, False, "unknown"),
        (True, None, "unknown"),
        (False, True, "missing"),
    ],
)
def test_whether_security_must_approve_follows_from_the_scope(
    regulated: bool | None, customers: bool | None, found: str
) -> None:
    play = declared()
    assert status(play, "R-PRE-22") == "unknown"
    play.do(ConfirmScope(services=("a",), regulated_data=regulated, customer_notification=customers))
    assert status(play, "R-PRE-22") == found


@pytest.mark.req("R-PRE-22")
def test_security_s_approval_of_the_plan_is_what_counts() -> None:
    play = aligning()
    play.do(ConfirmScope(services=("a",), regulated_data=True, customer_notification=False))
    play.do(approve(), DAVE)
    assert status(play, "R-PRE-22") == "present"


@pytest.mark.req("R-DEC-65")
def test_missing_prerequisites_hold_up_neither_planning_nor_approving() -> None:
    play = planning("strict")
    play.do(PLAN)
    play.do(approve())
    assert evaluated(play).outcome == "halt"
    assert stands(play) == "aligning"
