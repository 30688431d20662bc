"""What people read: every past of an incident, an alert or the list is the fold of that past's facts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from application import views
from application.engine import Engine
from application.views import At
from domain.moment import timestamp
from domain.timeline.commands import AddTimelineEntry
from projections.incident_list import incident_list
from projections.timeline import timeline
from tests.support.rendered import rendered
from tests.support.use_cases import (
    OPEN,
    SteppingClock,
    a_story,
    an_alert,
    appends,
    deliver,
    do,
    history,
    note,
    open_home,
    open_one,
    resolved,
    stream_of,
    timeline_file,
    whole_log,
)


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def engine(home: Path, clock: SteppingClock) -> Iterator[Engine]:
    with open_home(home, clock) as opened:
        yield opened


def test_an_incident_is_found_by_number_and_by_stream(engine: Engine) -> None:
    stream = open_one(engine)
    engine.follower.catch_up()
    assert [views.resolve(engine, name) for name in ("INC-1", "inc-1", stream)] == [stream] * 3


@pytest.mark.parametrize(
    "name",
    ["INC-2", "INC-0", "INC-01", "INC-1 ", "1", "", "INC-9999999999", "incident-" + "0" * 32, "source-a"],
)
def test_other_names_lead_nowhere(engine: Engine, name: str) -> None:
    open_one(engine)
    deliver(engine, an_alert())
    engine.follower.catch_up()
    assert views.resolve(engine, "INC-2") is not None
    assert name == "INC-2" or views.resolve(engine, name) is None


def test_streams_that_are_no_incidents_are_not_shown_as_such(engine: Engine) -> None:
    deliver(engine, an_alert())
    for stream in ("keys", "source-alertmanager", stream_of(an_alert()), "incident-" + "0" * 32):
        assert views.incident(engine, stream) is None
        assert views.timeline_view(engine, stream) is None
        assert timeline_file(engine, stream) is None


@pytest.mark.req("R-DRILL-01", "R-VIS-01")
def test_an_incident_shows_what_it_was_opened_with(engine: Engine) -> None:
    stream = open_one(engine, msgspec.structs.replace(OPEN, drill=True, visibility="restricted"))
    engine.follower.catch_up()
    view = views.incident(engine, stream)
    assert view is not None
    assert (view.number, view.version, view.state, view.title) == (
        "INC-1",
        1,
        "detecting",
        "Checkout answers slowly",
    )
    assert (view.drill, view.visibility, view.profile) == (True, "restricted", "team")
    assert view.policy_sha256 == engine.policies["team"]
    (listed,) = views.incidents(engine)
    assert listed == view
    (before,) = views.incidents(engine, At(size=2))
    assert (before.drill, before.visibility) == (True, "restricted")


def test_an_incident_counts_its_alerts(engine: Engine) -> None:
    (stream,) = deliver(engine, an_alert(pod="a"), an_alert(pod="b"), resolved(pod="b")).incidents
    view = views.incident(engine, stream)
    assert view is not None
    assert (view.alerts_firing, view.alerts_cleared) == (1, 1)
    assert {link.alert: link.firing for link in view.alerts} == {
        stream_of(an_alert(pod="a")): True,
        stream_of(an_alert(pod="b")): False,
    }


@pytest.mark.req("R-SVC-08", "R-WF-35")
def test_every_past_is_the_fold_of_the_facts_up_to_then(engine: Engine, clock: SteppingClock) -> None:
    stream = a_story(engine, clock)
    facts = history(engine, stream)
    assert len(facts) == 9
    for n, last in enumerate(facts, start=1):
        # Facts of one append have one recorded time, so that past ends with the last of them.
        together = tuple(item for item in facts if item.recordedtime <= last.recordedtime)
        pasts = (
            (At(version=n), facts[:n]),
            (At(size=last.position + 1), facts[:n]),
            (At(time=last.recordedtime), together),
            (At(version=n, time=last.recordedtime), facts[:n]),
        )
        for at, expected in pasts:
            view, lines = views.incident(engine, stream, at), views.timeline_view(engine, stream, at)
            assert view is not None
            assert lines is not None
            (row,) = incident_list(expected)
            assert (view.version, view.state, view.declared_at) == (row.version, row.state, row.declared_at)
            assert (view.alerts_firing, view.alerts_cleared) == (row.firing, row.cleared)
            assert lines.version == row.version
            assert [entry.version for entry in lines.entries] == [
                entry.version for entry in timeline(expected).entries
            ]
            assert timeline_file(engine, stream, at) == rendered(expected)


@pytest.mark.req("R-SVC-08")
@pytest.mark.parametrize("at", [At(version=0), At(size=1), At(time="2026-03-01T00:00:00.000000Z")])
def test_before_its_opening_there_was_no_incident(engine: Engine, clock: SteppingClock, at: At) -> None:
    stream = a_story(engine, clock)
    assert views.incident(engine, stream, at) is None
    assert views.timeline_view(engine, stream, at) is None
    assert timeline_file(engine, stream, at) is None
    assert timeline_file(engine, stream, at, readable=True) is None
    assert stream not in [
        view.incident for view in views.incidents(engine, At(time=at.time, size=at.size or 1))
    ]


@pytest.mark.req("R-WF-35")
def test_what_was_reported_late_says_so(engine: Engine, clock: SteppingClock) -> None:
    stream = open_one(engine)
    do(engine, AddTimelineEntry(text="Seen.", at=clock.now - timedelta(seconds=125)), stream)
    do(engine, AddTimelineEntry(text="Seen.", at=clock.now - timedelta(seconds=100)), stream)
    lines = views.timeline_view(engine, stream)
    assert lines is not None
    assert [entry.reported_late for entry in lines.entries] == [True, False, False]


@pytest.mark.req("R-EVT-03")
def test_facts_of_unknown_types_are_counted_and_break_nothing(engine: Engine) -> None:
    stream = open_one(engine)
    appends(engine, stream)()
    do(engine, note(), stream)
    lines, view = views.timeline_view(engine, stream), views.incident(engine, stream)
    assert lines is not None
    assert view is not None
    assert (lines.unknown, lines.version, len(lines.entries)) == (1, 3, 2)
    assert view.version == 3


@pytest.mark.req("R-SVC-07", "R-SVC-08")
def test_every_past_list_is_the_fold_of_the_log_up_to_then(engine: Engine, clock: SteppingClock) -> None:
    for pod in "ab":
        a_story(engine, clock, pod)
        clock.forward(hours=1)
    log = whole_log(engine)
    for size in range(engine.store.head().size + 1):
        expected = incident_list(item for item in log if item.position < size)
        found = views.incidents(engine, At(size=size))
        assert [(v.number, v.incident, v.version, v.state) for v in found] == [
            (row.name, row.stream, row.version, row.state) for row in expected
        ]
    for last in log:
        expected = incident_list(item for item in log if item.recordedtime <= last.recordedtime)
        found = views.incidents(engine, At(time=last.recordedtime))
        assert [(v.number, v.incident, v.version) for v in found] == [
            (row.name, row.stream, row.version) for row in expected
        ]


@pytest.mark.req("R-SVC-07")
def test_the_present_list_is_the_past_list_of_the_whole_log(engine: Engine, clock: SteppingClock) -> None:
    for pod in "abc":
        a_story(engine, clock, pod)
    present = views.incidents(engine)
    assert present == views.incidents(engine, At(size=engine.store.head().size))
    assert present == views.incidents(engine, At(size=10**9))
    assert present == tuple(views.incident(engine, view.incident) for view in present)


def test_lists_of_all_times_are_cut_into_the_same_pages(engine: Engine) -> None:
    for _ in range(5):
        open_one(engine)
    engine.follower.catch_up()
    for at in (At(), At(size=100)):
        pages = [views.incidents(engine, at, after=after, limit=2) for after in (0, 2, 4, 6)]
        assert [[view.number for view in page] for page in pages] == [
            ["INC-1", "INC-2"],
            ["INC-3", "INC-4"],
            ["INC-5"],
            [],
        ]


def test_numbers_are_the_same_at_all_times_whatever_the_clocks_said(home: Path) -> None:
    ahead, behind = SteppingClock(), SteppingClock()
    ahead.forward(hours=1)
    with open_home(home, ahead) as engine:
        first = open_one(engine)
    with open_home(home, behind) as engine:
        second = open_one(engine)
        engine.follower.catch_up()
        now = {view.incident: view.number for view in views.incidents(engine)}
        assert now == {first: "INC-1", second: "INC-2"}
        past = views.incidents(engine, At(time=timestamp(behind.now)))
        assert {view.incident: view.number for view in past} == {second: "INC-2"}


@pytest.mark.req("R-STEP-11", "R-GLO-03")
def test_an_alert_tells_each_message_and_what_came_of_it(engine: Engine) -> None:
    (incident,) = deliver(engine, an_alert()).incidents
    deliver(engine, an_alert())
    deliver(engine, resolved())
    view = views.alert(engine, stream_of(an_alert()))
    assert view is not None
    assert (view.alert_name, view.service, view.environment, view.version) == (
        "HighLatency",
        "checkout",
        "production",
        3,
    )
    assert [(x.kind, x.status, x.effect, x.incident, x.count) for x in view.signals] == [
        ("received", "firing", "open", incident, None),
        ("duplicate", None, None, None, 1),
        ("received", "resolved", "clear", incident, None),
    ]
    assert view.signals[1].duplicate_of == view.signals[0].signal_id


def test_an_alert_with_facts_of_unknown_types_is_shown_without_them(engine: Engine) -> None:
    deliver(engine, an_alert())
    appends(engine, stream_of(an_alert()))()
    view = views.alert(engine, stream_of(an_alert()))
    assert view is not None
    assert (view.version, len(view.signals)) == (2, 1)


@pytest.mark.parametrize("stream", ["keys", "source-alertmanager", "alert-" + "0" * 32])
def test_what_is_no_alert_is_not_shown_as_one(engine: Engine, stream: str) -> None:
    (incident,) = deliver(engine, an_alert()).incidents
    assert views.alert(engine, stream) is None
    assert views.alert(engine, incident) is None
