"""Every view of an incident that the rules played, as of its last fact or any moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from domain.classified import Profile
from domain.commands import COMMANDS, Command
from domain.comparing import compares_first
from domain.gates.criterion import Case
from domain.incident_state import Incident, fold
from domain.moment import timestamp
from domain.policy import Policy
from domain.rederiving import follows
from projections.communication_log import communication_log
from projections.decision_log import decision_log
from projections.gate_board import GateCard, gate_board
from projections.next_step import NextStep, next_step
from projections.plan_view import plan_view
from projections.severity_history import severity_history
from tests.support.playing import ALICE, POLICY_IDS, Play, policy

PROFILES: Mapping[str, Profile] = {sha256: profile for profile, sha256 in POLICY_IDS.items()}


def pinned(sha256: str) -> Policy:
    """Return the policy with this id."""
    return policy(PROFILES[sha256])


def derived(play: Play, fact: Any) -> Any:
    """Return what the rules would have recorded in place of a fact."""
    return follows(play.state, fact, policy(play.state.intake.profile), timestamp(play.now))


def case(play: Play, at: str | None = None) -> Case:
    """Return the case of an incident, now or as of a recorded time."""
    return case_of(play.state, at or timestamp(play.now))


def case_of(state: Incident, at: str) -> Case:
    """Return the case of a state."""
    assert state.intake.policy_sha256 is not None
    return Case(incident=state, policy=pinned(state.intake.policy_sha256), at=at)


def upcoming(play: Play) -> NextStep:
    """Return what is next."""
    return next_step(case(play), ALICE, play.roster())


def card(play: Play, number: int, at: str | None = None) -> GateCard:
    """Return a gate's card."""
    board = gate_board(play.items, case(play, at))
    return next(one for one in board.gates if one.number == number)


def views(items: Iterable[Any], play: Play, at: str) -> tuple[Any, ...]:
    """Return every view of the facts, as of a recorded time."""
    facts = tuple(items)
    seen = case_of(fold(facts), at)
    return (
        gate_board(facts, seen),
        decision_log(facts, seen),
        severity_history(facts, seen, pinned),
        communication_log(facts, seen, play.roster()),
        plan_view(facts, seen),
        next_step(seen, ALICE, play.roster()),
    )


def command_of(action: str, fields: Mapping[str, Any]) -> Command:
    """Return the command that a suggestion spells, as strictly as a request would be read."""
    return msgspec.json.decode(msgspec.json.encode({"action": action, **fields}), type=COMMANDS[action])


def follow(play: Play) -> str:
    """Do what is next, by whoever the rules let; return the action. Fails when nobody may."""
    seen = upcoming(play)
    found = seen.next
    assert found.action is not None, found
    asked = command_of(found.action, found.example)
    if seen.blockers and seen.blockers[0].code == "NOT_STABLE":
        play.forward(minutes=31)
    if compares_first(asked):
        play.compare()
    before = play.state.version
    voted = play.state.severity.votes if found.action == "vote-severity" else {}
    for who in play.people:
        if (not found.people or who.id in found.people) and who.id not in voted:
            play.ask(asked, who)
            if play.state.version > before:
                return found.action
    raise AssertionError(f"nobody may do what is next: {found}")
