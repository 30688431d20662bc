"""``docs/protocol.md`` says what the tables of the rules say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import get_args

import pytest

from domain.actions import TABLE
from domain.authority import ANYBODY, AUTHORITY, EXECUTORS, OWNER, PEOPLE, RESPONDERS
from domain.crew.crew import COMMANDER
from domain.flow.steps import STEPS
from domain.flow.transitions import BY_FACT, PLACES, TRANSITIONS, State
from domain.gates.table import GATES, NEVER_WAIVED
from domain.notices.audience import required_roles
from domain.policy_gates import Waiver
from tests.support.looking import follow
from tests.support.playing import Play, policy
from tests.support.scenes import OPEN
from tests.support.tree import ROOT

PAGE = (ROOT / "docs" / "protocol.md").read_text()
WHO: Mapping[str, tuple[str, ...]] = {
    "anybody, programs too": ANYBODY,
    "people and witnesses": PEOPLE,
    "the same and `ci`": (*PEOPLE, "ci"),
    "responders": RESPONDERS,
    "responders and `ci`": (*RESPONDERS, "ci"),
    "the commander": OWNER,
    "the commander or `ledger_admin`": (COMMANDER, "ledger_admin"),
    "the commander, `sre_team` or `release_engineering`": EXECUTORS,
}


def table(head: str, after: str = "") -> list[list[str]]:
    """Return the rows of the first table with this head, after some words."""
    rows = PAGE[PAGE.index(after) :].split(f"| {head} |\n", 1)[1].split("\n\n")[0].splitlines()[1:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def codes(cell: str) -> list[str]:
    """Return what stands in backticks."""
    return re.findall(r"`([^`]+)`", cell)


def test_the_states_are_those_of_the_rules_with_their_steps_and_the_way_back() -> None:
    rows = table("state | phase | step | title | goes on when | back to")
    assert [(*codes(row[0]), int(row[1]), row[2], row[3], *codes(row[5])) for row in rows] == [
        (state, place.phase, place.step, STEPS[place.step].title, *([place.before] if place.before else []))
        for state, place in PLACES.items()
    ]
    assert all(f"`{state}`" in PAGE for state in get_args(State))


def test_the_transitions_are_those_of_the_rules() -> None:
    rows = table("from | to | with")
    assert [(*codes(row[0]), *codes(row[1])) for row in rows] == [
        (row.source, row.target) for row in TRANSITIONS
    ]
    moved = table("request | to")
    assert sorted(state for row in moved for state in codes(row[1])) == sorted(BY_FACT.values())
    assert {action for row in moved for action in codes(row[0])} <= TABLE.keys()


@pytest.mark.req("R-DEC-65")
def test_the_path_is_what_is_next_from_the_first_minute_to_execution() -> None:
    play, done = Play("team"), []
    play.do(OPEN)
    while play.state.state != "executing":
        done.append(follow(play))
    assert [codes(row[0])[0] for row in table("request | and with it")] == done
    assert len(done) == 8
    assert "Eight requests" in PAGE


@pytest.mark.req("R-ROL-01")
def test_every_action_stands_beside_those_who_may_ask_for_it() -> None:
    said = {action: WHO[row[0]] for row in table("who | may") for action in codes(row[1])}
    assert said == dict(AUTHORITY)


@pytest.mark.parametrize("gate", GATES)
def test_the_criteria_are_those_of_the_gate_with_what_helps(gate: str) -> None:
    row = next(row for name, row in GATES.items() if name == gate)
    title = f"## Gate {row.number}: {row.title}"
    rows = table("criterion | what helps | whose it is", title)
    assert [(*codes(cells[0]), cells[1], *codes(cells[2])) for cells in rows] == [
        (criterion.id, criterion.remedy, criterion.owner) for criterion in row.criteria
    ]
    section = PAGE[PAGE.index(title) :].split("\n## ")[0]
    assert ("nobody can waive it" in section) == (gate in NEVER_WAIVED)


@pytest.mark.req("R-PROF-01")
def test_the_profiles_are_compared_as_the_shipped_policies_have_them() -> None:
    rows = {row[0]: row[1:] for row in table("| `solo` | `team` | `strict`")}
    policies = [policy("solo"), policy("team"), policy("strict")]
    gates = [one.gates.mitigation_readiness for one in policies]
    waivers = [gate.waiver for gate in gates]
    assert list(map(int, rows["votes for SEV-1"])) == [p.severity.min_responders.sev_1 for p in policies]
    assert [tuple(codes(cell)) for cell in rows["told of SEV-1"]] == [
        required_roles(one, "SEV-1") for one in policies
    ]
    assert [tuple(codes(cell)) for cell in rows["approve a plan"]] == [gate.approvers for gate in gates]
    assert [tuple(codes(cell)) for cell in rows["decide a waiver of gate 2"]] == [
        waiver.approvers for waiver in waivers if isinstance(waiver, Waiver)
    ]


def test_what_the_page_says_to_do_can_be_asked_for() -> None:
    ways = {code for row in table("when | then") for code in codes(row[1]) if "-" in code}
    assert ways <= TABLE.keys()
    for page in ("README.md", "docs/api.md"):
        assert "protocol.md" in (ROOT / page).read_text()
