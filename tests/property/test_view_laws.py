"""Whatever people do: every view of the past is what the view was then, and what is next is true."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.commands import EXAMPLES
from domain.context import Principal
from domain.decisions.commands import ApprovePlan
from domain.execution.commands import StartExecution
from domain.moment import timestamp
from domain.severity.commands import VoteSeverity
from tests.support.looking import command_of, follow, upcoming, views
from tests.support.playing import EVERYBODY, Play
from tests.support.scenes import DECLARE, OPEN, PLAN, PROPOSE, SCOPE, TOLD

# Merging and linking need another incident, opening a second one is another stream's.
OTHERS = ("open", "merge", "link", "attach-alert")
PROGRESS = (DECLARE, PROPOSE, SCOPE, TOLD, PLAN, ApprovePlan(revision=1, rationale="It ran for two weeks."))
COMMANDS = (
    *(example for action, example in EXAMPLES.items() if action not in OTHERS),
    *PROGRESS,
    VoteSeverity(severity="SEV-2"),
    VoteSeverity(severity="SEV-3"),
)

deeds = st.one_of(
    st.tuples(st.sampled_from(COMMANDS), st.sampled_from(EVERYBODY)),
    st.tuples(st.just("follow"), st.none()),
    st.tuples(st.just("wait"), st.sampled_from([1, 200, 400, 90_000])),
)
stories = st.lists(deeds, max_size=20)
fewer = settings(max_examples=max(1, settings().max_examples // 2))


def opened() -> Play:
    play = Play()
    play.do(OPEN)
    return play


def planned() -> Play:
    """Return an incident that two approvals keep from execution."""
    play = opened()
    for command in (DECLARE, PROPOSE, SCOPE, TOLD, PLAN):
        play.do(command)
    return play


def do(play: Play, deed: Any) -> None:
    """Do one thing; what the rules refuse changes nothing."""
    match deed:
        case "wait", seconds:
            play.forward(seconds=seconds)
        case "follow", _:
            if upcoming(play).next.action is not None and play.state.state not in (
                "executing",
                "validating_recovery",
            ):
                follow(play)
        case command, who:
            play.ask(command, who)


@pytest.mark.req("R-SVC-08")
@given(stories)
@fewer
def test_every_view_of_a_past_version_is_what_the_view_was_then(story: list[Any]) -> None:
    play = opened()
    live = []
    for deed in story:
        do(play, deed)
        at = timestamp(play.now)
        live.append((play.state.version, at, views(play.items, play, at)))
    for version, at, then in live:
        assert views(play.items[:version], play, at) == then


@pytest.mark.req("R-WF-30", "R-GLO-05")
@given(stories)
@fewer
def test_execution_may_start_exactly_when_nothing_is_in_the_way(story: list[Any]) -> None:
    play = planned()
    for deed in story:
        do(play, deed)
        if play.state.state != "aligning":
            continue
        # Asking takes a second, in which what just held may expire; so it is judged a second later.
        play.forward(seconds=1)
        free = not upcoming(play).blocked
        play.forward(seconds=-1)
        assert isinstance(play.ask(StartExecution(), _commander(play)), tuple) == free


def _commander(play: Play) -> Principal:
    commander = play.state.crew.commander
    assert commander is not None
    return next(person for person in play.people if person.id == commander.principal)


@pytest.mark.req("R-WF-30")
@given(stories)
@fewer
def test_whatever_is_said_to_be_next_is_a_request_that_can_be_read(story: list[Any]) -> None:
    play = opened()
    for deed in story:
        do(play, deed)
        found = upcoming(play)
        for blocker in found.blockers:
            command_of(blocker.action, blocker.example)
            assert blocker.who
        assert found.blocked == bool(found.blockers)
