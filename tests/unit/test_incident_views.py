"""The process of an incident as readers see it: texts in their places, people of that time, any version."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from application import incident_views as views
from application.changing_people import PeopleRequest, change_people
from application.engine import Engine
from application.past import At
from application.people_asks import Ask
from application.shelves import policy_file, templates
from application.steps import run
from domain.context import Principal
from domain.moment import timestamp
from domain.notices.commands import AttestNotice
from domain.people_commands import AddPerson
from domain.planning.commands import ProposePlan
from domain.severity.commands import ConfirmScope, ProposeSeverity
from tests.support.meaning import COMMANDER
from tests.support.use_cases import DECLARE, SteppingClock, deliver, do, history, open_home, open_one
from tests.support.use_cases import an_alert as alert

ADMIN = Principal(id="p-admin", type="user", roles=("ledger_admin",))
PROPOSE = ProposeSeverity(severity="SEV-1", rationale="A third of payments fail.")
SCOPE = ConfirmScope(services=("checkout",), regulated_data=False, customer_notification=False)
TOLD = AttestNotice(roles=("incident_commander", "sre_on_call", "product_owner"), channel="meeting")
PLAN = ProposePlan(template="rollback", to_version="1.2.3")

LOOKS: tuple[Callable[[Engine, str, At], Any], ...] = (
    views.gates,
    views.decisions,
    views.severity,
    views.communications,
    views.plan,
    views.evidence,
    views.run,
    lambda engine, stream, at: views.next_step(engine, stream, COMMANDER, at),
)


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def engine(home: Path, clock: SteppingClock) -> Iterator[Engine]:
    with open_home(home, clock) as opened:
        yield opened


def a_plan(engine: Engine, clock: SteppingClock) -> str:
    """Record an incident up to its plan; return its stream."""
    stream = open_one(engine)
    for command in (DECLARE, PROPOSE, SCOPE, TOLD, PLAN):
        clock.forward(minutes=1)
        do(engine, command, stream)
    engine.follower.catch_up()
    return stream


@pytest.mark.req("R-SVC-08")
def test_replay_of_any_version_shows_what_was_shown_then(engine: Engine, clock: SteppingClock) -> None:
    stream = open_one(engine)
    then: list[tuple[At, tuple[Any, ...]]] = []
    for command in (DECLARE, PROPOSE, SCOPE, TOLD, PLAN):
        clock.forward(minutes=1)
        receipt = do(engine, command, stream)
        at = At(version=receipt.rows[-1].version)
        then.append((at, tuple(look(engine, stream, at) for look in LOOKS)))
    clock.forward(days=3)
    assert [(at, tuple(look(engine, stream, at) for look in LOOKS)) for at, _ in then] == then


@pytest.mark.req("R-SVC-08", "R-WF-35")
def test_a_version_is_judged_as_of_its_last_fact_the_present_as_of_now(
    engine: Engine, clock: SteppingClock
) -> None:
    stream = a_plan(engine, clock)
    last = history(engine, stream)[-1]
    clock.forward(days=3)
    past, now = views.plan(engine, stream, At(version=last.version)), views.plan(engine, stream)
    assert past is not None
    assert past.plan is not None
    assert now is not None
    assert now.plan is not None
    assert (past.as_of, past.plan.readiness.num) == (last.recordedtime, 6)
    assert (now.as_of > past.as_of, now.plan.readiness.num) == (True, 0)
    asked = timestamp(clock.now - timedelta(days=2))
    between = views.plan(engine, stream, At(time=asked))
    assert between is not None
    assert between.as_of == asked
    ahead = views.plan(engine, stream, At(time="2999-01-01T00:00:00.000000Z"))
    assert ahead is not None
    assert ahead.as_of < "2999"


@pytest.mark.req("R-EVT-04")
def test_readers_see_words_and_commands_line_by_line(engine: Engine, clock: SteppingClock) -> None:
    stream = a_plan(engine, clock)
    view = views.plan(engine, stream)
    assert view is not None
    assert view.plan is not None
    option = view.plan.options[0]
    assert len(option.commands) == option.commands_count
    assert any("1.2.3" in line for line in option.commands)
    assert "⟦sealed" not in msgspec.json.encode(view).decode()
    severity = views.severity(engine, stream)
    assert severity is not None
    assert severity.rounds[0].proposals[0].rationale == PROPOSE.rationale


@pytest.mark.parametrize("stream", ["keys", "incident-" + "0" * 32])
def test_where_there_is_no_incident_there_is_nothing(engine: Engine, stream: str) -> None:
    (candidate,) = deliver(engine, alert()).incidents
    assert [look(engine, stream, At()) for look in LOOKS] == [None] * len(LOOKS)
    assert [look(engine, candidate, At(version=0)) for look in LOOKS] == [None] * len(LOOKS)
    assert None not in [look(engine, candidate, At()) for look in LOOKS]


@pytest.mark.req("R-DIR-01", "R-SVC-08")
def test_who_held_a_role_is_looked_up_in_the_directory_of_that_time(
    engine: Engine, clock: SteppingClock
) -> None:
    stream = open_one(engine)
    do(engine, DECLARE, stream)
    do(engine, PROPOSE, stream)
    before = At(version=history(engine, stream)[-1].version)
    clock.forward(minutes=1)
    body = AddPerson(name="Ada", roles=("product_owner",))
    run(change_people(engine, PeopleRequest(ask=Ask(action="add-person", body=body), principal=ADMIN)))
    then, now = views.communications(engine, stream, before), views.communications(engine, stream)
    assert then is not None
    assert now is not None
    assert then.required[2].standing == "no one holds product_owner"
    assert now.required[2].standing == "not told yet"


@pytest.mark.req("R-WF-35")
def test_a_notice_attested_long_after_it_was_given_is_reported_late(
    engine: Engine, clock: SteppingClock
) -> None:
    stream = open_one(engine)
    do(engine, DECLARE, stream)
    do(engine, PROPOSE, stream)
    clock.forward(minutes=4)
    late = msgspec.structs.replace(TOLD, at=clock.now - timedelta(minutes=3))
    do(engine, late, stream)
    found = views.communications(engine, stream)
    assert found is not None
    (attested,) = [message for message in found.messages if message.status == "attested"]
    assert attested.reported_late
    assert attested.latency_ms is not None
    assert attested.latency_ms > 239_000


@pytest.mark.req("R-CFG-04")
def test_every_policy_that_was_pinned_stays_readable_and_nothing_else_is(engine: Engine) -> None:
    for sha256 in engine.policies.values():
        data = policy_file(engine, sha256)
        assert data is not None
        assert b"schema_version" in data
    deliver(engine, alert())
    (template, *_) = templates(engine)
    for other in ("0" * 64, "x", "../" * 20, template.sha256):
        assert policy_file(engine, other) is None


def test_templates_are_listed_with_their_variables(engine: Engine) -> None:
    found = {template.name: template for template in templates(engine)}
    assert set(found) == {"feature_flag", "hotfix", "rollback"}
    assert "to_version" in {variable.name for variable in found["rollback"].variables}
