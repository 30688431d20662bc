"""The tables of the domain name the same things: actions, facts, states, roles (design section 6)."""

from __future__ import annotations

from typing import Any, get_args

import msgspec
import pytest

from domain.actions import TABLE
from domain.authority import AUTHORITY, PROGRAMS_TOO, SERVICES
from domain.commands import ACTIONS, COMMANDS, EXAMPLES, Command
from domain.facts import FACTS
from domain.flow.halts import CONDITIONS
from domain.flow.standing import Standing
from domain.flow.steps import STEPS
from domain.flow.transitions import BY_FACT, DECLARED, OPEN, PLACES, PLANNED, TRANSITIONS, State
from domain.gates.table import ALIASES, GATES
from domain.incident_facts import INCIDENT_FACTS
from domain.incident_state import FOLDS, Incident
from domain.intake.commands import OpenIncident
from domain.role_names import ROLES
from tests.support.requests import BY_ACTION

STATES = set(get_args(State))
MOST_FACTS = 96
MOST_COMMANDS = 64


def test_every_action_has_a_decider_an_authority_an_example_and_requests_to_play() -> None:
    assert set(TABLE) == set(AUTHORITY) == set(COMMANDS) == set(EXAMPLES) == set(BY_ACTION)


@pytest.mark.req("R-EVT-01")
def test_there_are_no_more_facts_and_commands_than_people_can_know() -> None:
    assert len(FACTS) <= MOST_FACTS
    assert len(COMMANDS) <= MOST_COMMANDS


def test_every_fact_of_an_incident_is_folded_by_one_noun() -> None:
    assert set(FOLDS) == set(INCIDENT_FACTS)
    assert {part for part, _ in FOLDS.values()} <= set(Incident.__struct_fields__)
    assert set(FACTS.values()) >= INCIDENT_FACTS


def test_every_state_of_the_tables_is_one() -> None:
    for row in TRANSITIONS:
        assert {row.source, row.target} <= STATES
        assert set(row.needs) <= set(Standing.__struct_fields__)
    assert set(PLACES) | {"none", "closed", "dismissed", "merged"} == STATES
    assert {place.before for place in PLACES.values()} - {None} <= STATES
    assert set(BY_FACT.values()) <= STATES
    assert set(BY_FACT) <= INCIDENT_FACTS
    for action in TABLE.values():
        assert action.states <= STATES
    assert PLANNED < DECLARED < OPEN


def test_transitions_only_lead_onwards() -> None:
    order = list(PLACES)
    assert all(order.index(row.source) < order.index(row.target) for row in TRANSITIONS)


def test_transitions_that_leave_one_state_lie_in_the_order_of_their_states() -> None:
    # One pass over the table carries an incident as far as it can go.
    sources = [list(PLACES).index(row.source) for row in TRANSITIONS]
    assert sources == sorted(sources)


def test_every_step_is_the_one_after_the_step_before() -> None:
    steps = [(place.phase, place.step) for place in PLACES.values()]
    assert steps == sorted(steps)
    assert all(step.startswith(f"{phase}.") for phase, step in steps)


def test_every_halt_code_has_a_condition_and_a_step() -> None:
    assert {code for step in STEPS.values() for code in step.halt_codes} == set(CONDITIONS)


@pytest.mark.req("R-ROL-01")
def test_every_role_of_the_matrix_is_a_role() -> None:
    assert {role for roles in AUTHORITY.values() for role in roles} <= set(ROLES)


@pytest.mark.req("R-ROL-09")
def test_programs_only_record_open_and_evaluate() -> None:
    assert {
        "open",
        "add-timeline-entry",
        "correct-timeline-entry",
        "record-out-of-band",
        "evaluate-gate",
        "evaluate-prerequisites",
        "capture-evidence",
        "record-command",
        "record-checks",
    } == PROGRAMS_TOO
    assert all(ROLES[role].kind == "service_account" for role in SERVICES)  # type: ignore[index]  # names of roles


def test_every_gate_is_numbered_and_has_a_short_name() -> None:
    assert [row.number for row in GATES.values()] == [1, 2, 3, 4]
    assert set(GATES) <= set(ALIASES.values())
    for gate, row in GATES.items():
        assert {criterion.gate for criterion in row.criteria} == {gate}
        assert len({criterion.id for criterion in row.criteria}) == len(row.criteria)


@pytest.mark.parametrize("action", sorted(EXAMPLES))
def test_an_example_decodes_to_itself(action: str) -> None:
    example: Any = EXAMPLES[action]
    told = msgspec.json.encode(example)
    assert msgspec.json.decode(told, type=Command) == example
    assert msgspec.json.decode(told)["action"] == action == ACTIONS[type(example)]


def test_a_field_that_no_command_has_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"action": "open", "title": "x", "environment": "y", "roles": []}, OpenIncident)


@pytest.mark.req("R-ROL-02")
@pytest.mark.parametrize("rationale", ["", "too short", " " * 12])
def test_a_rationale_is_ten_characters_that_say_something(rationale: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"action": "declare", "rationale": rationale}, COMMANDS["declare"])
