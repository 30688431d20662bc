"""Schemathesis against every action in every state that an incident can reach: answered as described."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import CHECKS, load_all_checks

from api.requests import ON_INCIDENTS
from domain.commands import EXAMPLES
from domain.flow.transitions import State
from tests.support.stories import Cast, Story, World, in_process, standing

load_all_checks()

# Each state that an incident can stand at, and two ways of standing there that change what can be done.
STATES = (*(state for state in get_args(State) if state != "none"), "halted", "waiver asked for")
# What has the right form may be refused for what it says; which status that gets is checked all the same.
LENIENT: list[Any] = [CHECKS.get_one("positive_data_acceptance")]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with in_process(tmp_path_factory.mktemp("fuzzed") / "home", stepping=True) as found:
        yield found
        found.finish()


@pytest.fixture(scope="module")
def cast(world: World) -> Cast:
    return world.cast()


@pytest.fixture(scope="module")
def described(world: World) -> Any:
    return schemathesis.openapi.from_asgi("/openapi.json", world.app)


class Standing:
    """An incident that stands at a state: another one as soon as an action has moved it."""

    def __init__(self, story: Story, cast: Cast, state: str) -> None:
        self._told, self._cast, self._state = story, cast, state
        self.incident = standing(story, cast, state)
        self._place = self._read()

    def settle(self, *, recorded: bool) -> None:
        """Take another incident where what was recorded has moved this one."""
        if recorded and (self._state == "waiver asked for" or self._read() != self._place):
            self.incident = standing(self._told, self._cast, self._state)

    def _read(self) -> tuple[Any, ...]:
        view = self.incident.view()
        return view["state"], view["halted"], view["severity_agreed"], view["profile"], view["commander"]


@pytest.mark.req("R-SVC-12", "R-WF-02")
@pytest.mark.parametrize("state", STATES)
def test_every_action_is_answered_as_described_in_every_state(
    world: World, cast: Cast, described: Any, state: str
) -> None:
    story = world.story()
    at = Standing(story, cast, state)
    for action in ON_INCIDENTS:
        operation = described[f"/v1/incidents/{{incident}}/actions/{action}"]["POST"]
        _fuzzed(operation, at, cast)
        for who in (cast.alice, cast.bob):
            body = {**msgspec.to_builtins(EXAMPLES[action])}
            answer = at.incident.ask(who, body.pop("action"), **body)
            assert answer.status in (200, 403, 404, 409, 422), answer.body
            at.settle(recorded=answer.status == 200)


def _fuzzed(operation: Any, at: Standing, cast: Cast) -> None:
    headers = {"Authorization": f"Bearer {cast.alice.token}"}

    @given(case=operation.as_strategy(generation_mode=schemathesis.GenerationMode.POSITIVE))
    @settings(max_examples=2, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
    def every_answer_fits(case: schemathesis.Case[Any]) -> None:
        case.path_parameters = {"incident": at.incident.stream}
        case.query.pop("wait", None)
        case.headers.pop("Prefer", None)
        response = case.call(headers=headers)
        case.validate_response(response, excluded_checks=LENIENT, headers=headers)
        at.settle(recorded=response.status_code == 200)

    every_answer_fits()
