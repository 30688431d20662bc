"""Several people at once, requests that are sent again, and a service that is killed in the middle."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import Children
from tests.support.service import Answer, Service
from tests.support.stories import (
    APPROVE,
    HAPPY,
    WHY,
    Cast,
    Incident,
    Story,
    in_process,
    receipt_facts,
    served_by,
)

WAIVER: dict[str, Any] = {"gate": "severity", "justification": "There is no time to tell everybody."}


def at_once(*asking: Callable[[], Answer]) -> list[Answer]:
    """Return the answers to requests that leave together, in the order given."""
    start = threading.Barrier(len(asking))

    def asked(ask: Callable[[], Answer]) -> Answer:
        start.wait()
        return ask()

    with ThreadPoolExecutor(len(asking)) as pool:
        return list(pool.map(asked, asking))


@pytest.mark.req("R-WF-31")
@pytest.mark.parametrize(
    ("by_header", "status", "code"), [(False, 409, "STALE_VERSION"), (True, 412, "PRECONDITION_FAILED")]
)
def test_of_two_approvals_of_one_version_one_is_recorded_and_the_other_told_what_changed(
    story: Story, cast: Cast, *, by_header: bool, status: int, code: str
) -> None:
    incident = story.fires().until("aligning", cast).quiet()
    version = incident.view()["version"]
    seen: dict[str, Any] = (
        {"headers": {"If-Match": f'"{version}"'}} if by_header else {"expected_version": version}
    )
    answers = at_once(
        lambda: incident.ask(cast.alice, "approve", **APPROVE, **seen),
        lambda: incident.ask(cast.bob, "approve", **APPROVE, **seen),
    )
    assert sorted(answer.status for answer in answers) == [200, status]
    late = next(answer for answer in answers if answer.status == status)
    problem, now = late.json, incident.view()["version"]
    assert (problem["code"], problem["expected"], problem["found"]) == (code, str(version), str(now))
    assert late.headers["etag"] == f'"{now}"'
    given = [fact.authid for fact in incident.facts if fact.kind == "decision-given"]
    assert len(given) == 1
    loser = cast.bob if given == [cast.alice.id] else cast.alice
    decided = incident.do(loser, "approve", **APPROVE, expected_version=now)
    assert decided.data("decision-recorded")["approvals"] == "complete"


@pytest.mark.req("R-WF-31")
@pytest.mark.parametrize("round_", range(3))
def test_two_approvals_at_once_that_expect_no_version_are_both_recorded_in_order(
    story: Story, cast: Cast, round_: int
) -> None:
    incident = story.fires().until("aligning", cast)
    answers = at_once(
        lambda: incident.ask(cast.alice, "approve", **APPROVE),
        lambda: incident.ask(cast.bob, "approve", **APPROVE),
    )
    assert [answer.status for answer in answers] == [200, 200]
    kinds = incident.kinds
    assert kinds.count("decision-given") == 2
    assert kinds.count("decision-recorded") == 1, "the last approval decides, and one alone is the last"
    incident.do(cast.alice, "start-execution")


@pytest.mark.req("R-WF-31", "R-GATE-10")
def test_votes_at_once_of_many_are_all_recorded_in_an_unbroken_order(story: Story, cast: Cast) -> None:
    incident = story.fires().until("assessing", cast)
    others = [story.world.add(f"voter {i}", "responder") for i in range(4)]
    voters = (cast.alice, cast.carol, cast.dave, *others)
    answers = at_once(
        *(
            lambda who=who, i=i: incident.ask(
                who, "vote-severity", severity=f"SEV-{1 + i % 2}", rationale="So it looks from where I am."
            )
            for i, who in enumerate(voters)
        )
    )
    assert [answer.status for answer in answers] == [200] * len(voters)
    facts = incident.facts
    assert [fact.version for fact in facts] == list(range(1, len(facts) + 1))
    votes = [fact for fact in facts if fact.kind == "severity-vote-cast"]
    assert sorted(vote.authid for vote in votes) == sorted(who.id for who in voters)
    for who, answer in zip(voters, answers, strict=True):
        mine = [fact for fact in receipt_facts(answer.json) if fact.kind == "severity-vote-cast"]
        assert [fact.authid for fact in mine] == [who.id], "everybody's receipt is their own"


@pytest.mark.req("R-WF-31", "R-WF-30")
def test_a_start_and_an_objection_at_once_are_in_one_order_or_the_other(story: Story, cast: Cast) -> None:
    incident = story.fires().until("approved", cast)
    started, objected = at_once(
        lambda: incident.ask(cast.alice, "start-execution"),
        lambda: incident.ask(cast.carol, "vote-severity", severity="SEV-2", rationale="One region only."),
    )
    assert objected.status == 200
    kinds = incident.kinds
    if started.status == 200:
        assert kinds.index("mitigation-execution-started") < kinds.index("severity-reassessment-started")
    else:
        assert started.json["code"] == "SAFETY_PRECONDITION_UNMET"
        assert "mitigation-execution-started" not in kinds


@pytest.mark.req("R-TRN-25", "R-WF-31")
def test_two_incidents_merged_into_each_other_at_once_end_as_one(story: Story, cast: Cast) -> None:
    one, two = story.fires().until("assessing", cast), story.fires().until("assessing", cast)
    answers = at_once(
        lambda: one.ask(cast.alice, "merge", into=two.stream, rationale=WHY),
        lambda: two.ask(cast.alice, "merge", into=one.stream, rationale=WHY),
    )
    assert sorted(answer.status for answer in answers) == [200, 409]
    assert sorted([one.state, two.state]) == ["assessing", "merged"]


@pytest.mark.req("R-WF-32")
def test_the_same_key_at_once_and_later_is_one_request_with_one_answer(story: Story, cast: Cast) -> None:
    incident = story.fires().until("aligning", cast)
    headers = {"Idempotency-Key": story.world.another("key")}
    answers = at_once(*([lambda: incident.ask(cast.alice, "approve", headers, **APPROVE)] * 5))
    again = incident.ask(cast.alice, "approve", headers, **APPROVE)
    assert {answer.body for answer in answers} == {again.body}
    replayed = [answer.headers.get("idempotent-replayed") for answer in answers]
    assert (replayed.count(None), replayed.count("true")) == (1, 4)
    assert again.headers["idempotent-replayed"] == "true"
    assert incident.kinds.count("decision-given") == 1


REFUSED: tuple[tuple[str, str, str, str, dict[str, Any]], ...] = (
    ("notifying", "alice", "WAIVER_NOT_PERMITTED", "request-waiver", WAIVER),
    ("assessing", "alice", "SAFETY_PRECONDITION_UNMET", "start-execution", {}),
    ("half", "alice", "SAFETY_PRECONDITION_UNMET", "start-execution", {"change_ref": "CHG-1"}),
    (
        "notifying",
        "carol",
        "GATE_NOT_PASSED",
        "propose-plan",
        {"template": "rollback", "to_version": "1.2.3"},
    ),
)


@pytest.mark.req("R-WF-32", "R-DEC-26")
@pytest.mark.parametrize(("state", "name", "code", "action", "fields"), REFUSED)
def test_a_refusal_that_is_on_record_is_answered_alike_whatever_happened_since(
    story: Story, cast: Cast, state: str, name: str, code: str, action: str, fields: dict[str, Any]
) -> None:
    incident, who = story.fires().until(state, cast), getattr(cast, name)
    headers = {"Idempotency-Key": story.world.another("key")}
    first = incident.ask(who, action, headers, **fields)
    assert (first.status, first.json["code"]) == (409, code)
    assert first.json["receipt"]["entries"], "the refusal is on record"
    assert "idempotent-replayed" not in first.headers

    def again() -> None:
        answer = incident.ask(who, action, headers, **fields)
        assert answer.headers.get("idempotent-replayed") == "true"
        assert answer.status == 409
        assert _lasting(answer) == _lasting(first)
        assert answer.headers["etag"] == first.headers["etag"]

    size = len(incident.quiet().facts)
    again()
    assert len(incident.facts) == size, "and nothing more is recorded"
    for other, doing, given, reached in HAPPY[[row[3] for row in HAPPY].index(state) + 1 :]:
        incident.do(getattr(cast, other), doing, **given)
        if reached in ("planning", "approved", "executing"):
            again()
    reused = incident.ask(who, action, headers, **{**fields, "expected_version": 1})
    assert (reused.status, reused.json["code"]) == (409, "IDEMPOTENCY_KEY_REUSED")


@pytest.mark.req("R-WF-32", "R-ROL-06")
@pytest.mark.parametrize(
    ("state", "action", "fields"), [("notifying", "request-waiver", WAIVER), ("half", "start-execution", {})]
)
def test_a_refusal_is_answered_alike_after_who_was_refused_lost_the_role(
    story: Story, cast: Cast, state: str, action: str, fields: dict[str, Any]
) -> None:
    erin = story.world.add("erin", "sre_team")
    incident = story.fires().until(state, cast)
    headers = {"Idempotency-Key": story.world.another("key")}
    first = incident.ask(erin, action, headers, **fields)
    assert (first.status, bool(first.json["receipt"])) == (409, True)
    path = f"/v1/people/{erin.id}/roles/sre_team/revoke"
    assert story.world.ask(story.world.admin, "POST", path, {"rationale": "Left the rota."}).status == 200
    again = incident.ask(erin, action, headers, **fields)
    assert (again.status, again.headers.get("idempotent-replayed")) == (409, "true")
    assert _lasting(again) == _lasting(first)


@pytest.mark.req("R-WF-32", "R-ROL-07")
def test_a_refusal_is_answered_alike_after_the_command_changed_hands(story: Story, cast: Cast) -> None:
    incident = story.fires().until("half", cast)
    headers = {"Idempotency-Key": story.world.another("key")}
    first = incident.ask(cast.alice, "start-execution", headers)
    incident.do(cast.alice, "offer-command", to=cast.carol.id)
    incident.do(cast.carol, "take-command")
    again = incident.ask(cast.alice, "start-execution", headers)
    assert (again.status, _lasting(again)) == (409, _lasting(first))


@pytest.mark.req("R-WF-32")
def test_a_success_of_a_command_that_may_be_refused_on_record_is_answered_as_one(
    story: Story, cast: Cast
) -> None:
    incident = story.fires().until("approved", cast)
    headers = {"Idempotency-Key": story.world.another("key")}
    first = incident.do(cast.alice, "start-execution", headers)
    again = incident.ask(cast.alice, "start-execution", headers)
    assert (again.status, again.body) == (200, first.answer.body)


@pytest.mark.req("R-WF-32", "R-GATE-55")
def test_a_refusal_is_answered_alike_after_its_evidence_expired(tmp_path: Path) -> None:
    with in_process(tmp_path / "home", stepping=True) as world:
        assert world.clock is not None
        cast, story = world.cast(), world.story()
        incident = story.fires().until("half", cast)
        first = incident.ask(cast.alice, "start-execution", {"Idempotency-Key": "k"})
        world.clock.forward(days=2)
        again = incident.ask(cast.alice, "start-execution", {"Idempotency-Key": "k"})
        assert (again.status, _lasting(again)) == (409, _lasting(first))
        story.finish()


def _lasting(answer: Answer) -> Any:
    """Return a problem without the id of the request, which is another each time."""
    return {name: value for name, value in answer.json.items() if name != "instance"}


class Killed:
    """The happy path through a service that is killed with -9 again and again, and started again."""

    def __init__(self, home: Path, children: Children, kills: int) -> None:
        self.home, self.children, self.chance = home, children, random.Random(kills)
        self.service = Service(children, home)
        self.world = served_by(self.service)

    def again(self) -> None:
        self.service.child.kill()
        self.service = Service(self.children, self.home)
        self.world = served_by(self.service)

    def insisted(self, incident: Incident, who: Any, action: str, fields: dict[str, Any]) -> None:
        """Ask while the service is killed, and again with the same key until there is an answer."""
        key = {"Idempotency-Key": f"{incident.stream}-{action}-{who.name}"}
        killer = threading.Timer(self.chance.uniform(0.0, 0.03), self.service.child.kill)
        killer.start()
        # Killed: nothing was promised.
        with suppress(OSError, HTTPException):
            incident.ask(who, action, key, **fields)
        killer.join()
        self.again()
        incident.story.world = self.world
        answer = incident.ask(who, action, key, **fields)
        assert answer.status == 200, answer.body


def tell_and_kill(home: Path, children: Children, kills: int) -> None:
    """Tell the happy path with at least so many kills, one in each request, incident after incident."""
    killed, done = Killed(home, children, kills), 0
    cast = killed.world.cast()
    while done < kills:
        incident = killed.world.story().fires()
        for who, action, fields, _ in HAPPY:
            if done < kills:
                killed.insisted(incident, getattr(cast, who), action, fields)
                done += 1
            else:
                incident.do(getattr(cast, who), action, **fields)
        assert incident.state == "executing"
        kinds = incident.kinds
        assert [fact.version for fact in incident.facts] == list(range(1, len(kinds) + 1))
        for once in ("incident-declared", "severity-consensus-reached", "decision-recorded"):
            assert kinds.count(once) == 1, once
        assert kinds.count("mitigation-execution-started") == 1
        assert kinds.count("decision-given") == 2
        incident.story.finish()
    killed.world.finish()
    assert killed.service.child.stop() == 0


@pytest.mark.req("R-WF-32", "R-WF-34")
def test_a_story_goes_on_after_the_service_was_killed_in_its_middle(home: Path, children: Children) -> None:
    tell_and_kill(home, children, 2)


@pytest.mark.soak
@pytest.mark.req("R-WF-32", "R-WF-34")
def test_stories_go_on_after_the_service_was_killed_forty_times(home: Path, children: Children) -> None:
    tell_and_kill(home, children, 40)
