"""Who works on an incident: one commander, roles by grants, programs decide nothing (R-ROL, R-VIS-01)."""

from __future__ import annotations

import pytest

from domain.authority import AUTHORITY
from domain.commands import ACTIONS, EXAMPLES
from domain.context import Principal
from domain.crew.commands import GrantRole, JoinIncident, LeaveIncident, OfferCommand, RevokeRole, TakeCommand
from domain.crew.crew import roles_of
from domain.intake.commands import OpenIncident
from domain.severity.commands import VoteSeverity
from domain.timeline.commands import AddTimelineEntry
from domain.visibility import sees
from tests.support.playing import ALICE, BOB, CAROL, DAVE, PROGRAM, Play
from tests.support.scenes import (
    DECLARE,
    PLAN,
    aligning,
    approve,
    approved,
    declared,
    executing,
    opened,
    propose,
    stands,
    verdict,
)

LEAD = Principal(id="p-lead", type="user", roles=("on_call_lead",))
AUDITOR = Principal(id="p-auditor", type="user", roles=("auditor",))
UNREACHABLE = TakeCommand(rationale="The commander does not answer for ten minutes.")
GRANT = GrantRole(principal="p-carol", role="release_manager", rationale="Bob is asleep, Carol knows it.")


def commander(play: Play) -> tuple[str, str] | None:
    """Return who commands, and how they came to."""
    found = play.state.crew.commander
    return None if found is None else (found.principal, found.how)


@pytest.mark.req("R-ROL-07", "R-TRN-03", "R-ROL-21")
def test_any_responder_declares_and_commands() -> None:
    play = opened()
    assert commander(play) is None
    play.do(DECLARE, CAROL)
    assert commander(play) == ("p-carol", "declared")
    assert play.state.crew.responders == {"p-carol": "incident_commander"}
    assert play.refused(DECLARE, ALICE).code == "ALREADY_DECLARED"
    assert opened().refused(DECLARE, AUDITOR).code == "ROLE_MISSING"


@pytest.mark.req("R-ROL-07", "R-EVT-11")
def test_command_passes_to_whom_it_was_offered_once_they_take_it() -> None:
    play = declared()
    play.do(OfferCommand(to="p-carol"))
    assert commander(play) == ("p-alice", "declared")
    (assigned, joined) = play.do(TakeCommand(), CAROL)
    assert (assigned.how, assigned.previous, joined.principal) == ("transferred", "p-alice", "p-carol")
    assert commander(play) == ("p-carol", "transferred")
    assert "incident_commander" not in roles_of(play.state.crew, ALICE)
    assert play.refused(OfferCommand(to="p-bob"), ALICE).code == "ROLE_MISSING"


@pytest.mark.req("R-ROL-07")
def test_command_that_was_not_offered_is_taken_over_by_an_on_call_lead_alone_and_for_a_reason() -> None:
    play = declared()
    play.do(OfferCommand(to="p-bob"))
    assert play.refused(UNREACHABLE, CAROL).code == "NOT_OFFERED"
    assert play.refused(TakeCommand(), LEAD).code == "RATIONALE_MISSING"
    play.do(UNREACHABLE, LEAD)
    assert commander(play) == ("p-lead", "taken_over")
    # What the commander before had offered is off.
    assert play.refused(TakeCommand(), BOB).code == "NOT_OFFERED"


@pytest.mark.req("R-ROL-07")
def test_command_is_offered_to_somebody_else_who_is_known() -> None:
    play = declared()
    assert play.refused(OfferCommand(to="p-alice")).code == "ALREADY_COMMANDS"
    assert play.refused(OfferCommand(to="p-stranger")).code == "PERSON_UNKNOWN"
    assert play.refused(UNREACHABLE, ALICE).code == "ALREADY_COMMANDS"


@pytest.mark.req("R-ROL-07", "R-ROL-25")
def test_an_approval_as_commander_lasts_as_long_as_the_command() -> None:
    play = approved()
    play.do(UNREACHABLE, LEAD)
    assert verdict(play) == "FAIL"
    play.do(approve(), LEAD)
    assert verdict(play) == "PASS"


@pytest.mark.req("R-ROL-07")
def test_a_change_of_command_does_not_fail_what_runs_already() -> None:
    play = executing()
    play.do(UNREACHABLE, LEAD)
    assert verdict(play) == "PASS"


@pytest.mark.req("R-EVT-11")
def test_the_commander_stays_and_others_may_leave() -> None:
    play = declared()
    play.do(JoinIncident(), CAROL)
    assert play.refused(JoinIncident(), CAROL).code == "ALREADY_JOINED"
    assert play.refused(LeaveIncident()).code == "COMMANDER_STAYS"
    play.do(LeaveIncident(principal="p-carol"))
    assert play.refused(LeaveIncident(), CAROL).code == "NOT_JOINED"
    assert play.state.crew.voting == {"p-alice"}


@pytest.mark.req("R-EVT-11")
def test_who_voted_and_leaves_has_left_until_they_vote_again() -> None:
    play = declared("strict")
    play.do(propose())
    play.do(VoteSeverity(severity="SEV-1"), CAROL)
    assert play.kinds(play.do(LeaveIncident(), CAROL)) == ["ResponderLeft"]
    play.do(AddTimelineEntry(text="Seen from home."), CAROL)
    assert "p-carol" not in play.state.crew.responders
    play.do(VoteSeverity(severity="SEV-1"), CAROL)
    assert "p-carol" in play.state.crew.responders


@pytest.mark.req("R-ROL-06", "R-EVT-11")
def test_a_role_for_one_incident_counts_and_the_approval_says_who_gave_it() -> None:
    play = aligning()
    assert play.refused(approve(), CAROL).code == "ROLE_MISSING"
    play.do(GRANT)
    granted_at = play.state.recorded_at
    play.do(approve(), CAROL)
    given = play.facts[-1]
    assert (given.role, given.granted_by, given.granted_at) == ("release_manager", "p-alice", granted_at)


@pytest.mark.req("R-ROL-06")
def test_a_role_held_everywhere_says_so_too() -> None:
    play = aligning()
    play.do(approve(), BOB)
    assert play.facts[-1].granted_by == "p-admin"
    play.do(approve())
    given = next(f for f in reversed(play.facts) if type(f).__name__ == "DecisionGiven")
    assert given.granted_by is None


@pytest.mark.req("R-ROL-06")
def test_grants_are_the_commanders_once_to_known_people_of_roles_that_exist() -> None:
    play = declared()
    assert play.refused(GRANT, BOB).code == "ROLE_MISSING"
    for role in ("incident_commander", "ledger_admin", "ci", "captain"):
        refused = play.refused(GrantRole(principal="p-carol", role=role, rationale=GRANT.rationale))
        assert refused.code == "ROLE_NOT_GRANTABLE"
    stranger = GrantRole(principal="p-stranger", role="sre_team", rationale=GRANT.rationale)
    assert play.refused(stranger).code == "PERSON_UNKNOWN"
    play.do(GRANT)
    assert play.refused(GRANT).code == "ROLE_HELD"


@pytest.mark.req("R-ROL-06")
def test_a_revoked_role_no_longer_counts() -> None:
    play = aligning()
    revoke = RevokeRole(principal="p-carol", role="release_manager", rationale="Bob is awake again.")
    assert play.refused(revoke).code == "ROLE_NOT_HELD"
    play.do(GRANT)
    play.do(revoke)
    assert play.refused(approve(), CAROL).code == "ROLE_MISSING"


@pytest.mark.req("R-ROL-09")
@pytest.mark.parametrize(
    "action",
    ["vote-severity", "approve", "reject", "request-waiver", "decide-waiver", "declare", "start-execution"],
)
def test_a_program_decides_nothing_whatever_roles_it_holds(action: str) -> None:
    program = Principal(id="p-robot", type="service_account", roles=tuple({*AUTHORITY[action]}))
    assert aligning().refused(EXAMPLES[action], program).code == "PROGRAM_DECIDES_NOTHING"


@pytest.mark.req("R-ROL-09")
def test_a_program_may_record() -> None:
    assert declared().do(AddTimelineEntry(text="Pipeline 7 is green."), PROGRAM)


@pytest.mark.req("R-ROL-21", "R-ROL-20")
@pytest.mark.parametrize(
    "action",
    [action for action, roles in AUTHORITY.items() if roles == ("incident_commander",)],
)
def test_what_is_the_commanders_is_nobody_elses(action: str) -> None:
    play = aligning()
    refused = play.refused(EXAMPLES[action], BOB)
    assert refused.code == "ROLE_MISSING"
    assert ACTIONS[type(EXAMPLES[action])] == action


@pytest.mark.req("R-ROL-24")
@pytest.mark.parametrize(("who", "votes"), [(CAROL, True), (DAVE, True), (AUDITOR, False)])
def test_any_responder_votes(who: Principal, *, votes: bool) -> None:
    play = declared("strict")
    play.do(propose())
    assert isinstance(play.ask(VoteSeverity(severity="SEV-1"), who), tuple) is votes


@pytest.mark.req("R-ROL-26")
@pytest.mark.parametrize(
    ("role", "may"), [("sre_team", True), ("release_engineering", True), ("responder", False)]
)
def test_executors_execute(role: str, *, may: bool) -> None:
    who = Principal(id="p-hands", type="user", roles=(role,))
    assert isinstance(approved().ask(EXAMPLES["start-execution"], who), tuple) is may


@pytest.mark.req("R-VIS-01")
def test_a_restricted_incident_is_seen_by_those_who_take_part_and_by_roles_that_see_all() -> None:
    play = Play()
    play.do(OpenIncident(title="Leak", environment="production", visibility="restricted"), BOB)
    assert [sees(play.state, who) for who in (ALICE, BOB, CAROL, DAVE)] == [True, True, False, True]
    play.do(DECLARE)
    play.do(GrantRole(principal="p-carol", role="sre_team", rationale="She has to repair it."))
    assert sees(play.state, CAROL)
    play.do(RevokeRole(principal="p-carol", role="sre_team", rationale="She has repaired it."))
    assert not sees(play.state, CAROL)
    assert sees(play.state, AUDITOR)


@pytest.mark.req("R-VIS-01")
def test_everybody_sees_an_open_incident() -> None:
    assert sees(opened().state, Principal(id="p-x", type="user"))


@pytest.mark.req("R-ROL-07")
def test_while_nobody_commands_an_on_call_lead_may_do_what_the_commander_may() -> None:
    play = opened()
    assert play.refused(EXAMPLES["dismiss"], CAROL).code == "ROLE_MISSING"
    play.do(EXAMPLES["dismiss"], ALICE)
    assert stands(play) == "dismissed"
    assert declared().refused(EXAMPLES["dismiss"], LEAD).code == "ROLE_MISSING"


def test_a_plan_is_no_witness_s_to_propose() -> None:
    witness = Principal(id="p-w", type="user", roles=("product_owner",))
    assert aligning().refused(PLAN, witness).code == "ROLE_MISSING"
