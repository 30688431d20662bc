"""Laws of the folds and deciders: prefixes, repetition, invariants under any sequence of commands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from domain import alert, facts, incident
from domain.alert_facts import (
    AlertFact,
    AlertRemarked,
    FlappingEnded,
    FlappingStarted,
    SignalDeduplicated,
    SignalReceived,
)
from domain.intake.commands import AttachAlert, DeclareIncident, OpenIncident
from domain.intake.facts import IncidentOpened
from domain.moment import from_nanoseconds, timestamp
from domain.own_commands import AttachSignal, ClearSignal, OpenCandidate
from domain.refusal import OnRecord, Refusal
from domain.timeline.commands import AddTimelineEntry, CorrectTimelineEntry
from domain.timeline.facts import TimelineEntryCorrected, TimelineEntryRecorded
from projections.incident_list import Row, after, incident_list
from projections.timeline import timeline
from projections.until import until
from tests.support.decider import stamped
from tests.support.meaning import ALERT, NOW, Seals, context, firing, fresh_id, received, recorded, signal
from tests.support.rendered import rendered

T = TypeVar("T")

TEXT = st.text(max_size=60)
STARTS = st.sampled_from(
    [f"2026-03-01T02:0{minute}:00{fraction}Z" for minute in range(4) for fraction in ("", ".000000001")]
)
ENDS = st.sampled_from([None, "2026-03-01T02:00:30Z", "2026-03-01T02:02:30Z", "2026-03-01T02:09:00Z"])
SIGNALS = st.builds(
    lambda status, start, end: signal(status, start, ends_at=end if status == "resolved" else None),
    st.sampled_from(["firing", "resolved"]),
    STARTS,
    ENDS,
)
EPISODES = st.integers(0, 3).map(lambda n: 1_772_331_000_000_000_000 + n * 1_000_000_000)
HEARD = st.builds(
    lambda episode, number, ended: firing(
        signal_id=fresh_id(number),
        episode=str(episode),
        fired_at=timestamp(from_nanoseconds(episode)),
        ended_at=ended,
    ),
    EPISODES,
    st.integers(0, 9),
    st.sampled_from([None, "2026-03-01T02:10:01.500000Z"]),
)
ALERTS = st.sampled_from([ALERT, "alert-two"])
AT = st.none() | st.integers(-400, 5).map(lambda seconds: NOW + timedelta(seconds=seconds))
COMMANDS: st.SearchStrategy[Any] = st.one_of(
    st.just(OpenIncident(title="t", environment="e")),
    st.just(DeclareIncident(rationale="it is confirmed")),
    st.builds(OpenCandidate, alert=ALERTS, signal=HEARD, ordinal=st.just(0)),
    st.builds(AttachSignal, alert=ALERTS, signal=HEARD),
    st.builds(ClearSignal, alert=ALERTS, signal=HEARD),
    st.builds(AttachAlert, alert=ALERTS, why=st.just("the same cause")),
    st.builds(AddTimelineEntry, text=TEXT, at=AT),
    st.builds(
        CorrectTimelineEntry, entry_id=st.integers(0, 20).map(fresh_id), text=TEXT, reason=st.just("wrong")
    ),
)


def told(signals: list[Any]) -> list[AlertFact]:
    """Return the facts of one alert stream that is told ``signals`` in this order."""
    state, made = alert.NOTHING, list[AlertFact]()
    for number, heard in enumerate(signals):
        for fact in alert.decide(state, received(heard), context(ids=(fresh_id(number),))):
            state = alert.after(state, (fact,), NOW)
            made.append(fact)
    return made


def carried_out(commands: list[Any]) -> list[Any]:
    """Return the facts of one incident stream on which ``commands`` were tried in this order."""
    state, made = incident.NOTHING, list[Any]()
    for number, command in enumerate(commands):
        at = context(ids=(fresh_id(number),), signal=firing())
        decided = incident.decide(state, command, at)
        if isinstance(decided, Refusal | OnRecord):
            assert not isinstance(decided, Refusal) or decided.kind
            continue
        state = incident.after(state, decided, at)
        made += decided
    return made


def folds_in_two(
    made: list[T], cut: int, evolve: Callable[[Any, Any], Any], fold: Callable[[list[T]], Any]
) -> None:
    """Check that the fold of a prefix, carried on, is the fold of all."""
    state = fold(made[:cut])
    for fact in made[cut:]:
        state = evolve(state, fact)
    assert state == fold(made)


@given(st.lists(SIGNALS, max_size=12), st.integers(0, 12))
def test_an_alert_is_the_same_folded_at_once_or_in_two(signals: list[Any], cut: int) -> None:
    folds_in_two(
        list(stamped(*told(signals))), cut, lambda state, item: alert.fold([item], state), alert.fold
    )


@given(st.lists(COMMANDS, max_size=15), st.integers(0, 15))
def test_an_incident_is_the_same_folded_at_once_or_in_two(commands: list[Any], cut: int) -> None:
    folds_in_two(list(stamped(*carried_out(commands))), cut, incident.evolve, incident.fold)


@given(st.lists(SIGNALS, max_size=12))
def test_every_message_of_an_alert_is_one_fact_and_a_repetition_at_once_is_a_duplicate(
    signals: list[Any],
) -> None:
    twice = [heard for heard in signals for _ in range(2)]
    made = [fact for fact in told(twice) if not isinstance(fact, FlappingStarted | FlappingEnded)]
    assert len(made) == len(twice)
    for first, second in zip(made[::2], made[1::2], strict=True):
        assert isinstance(second, SignalDeduplicated)
        assert not isinstance(first, AlertRemarked)
        known = first.signal_id if isinstance(first, SignalReceived) else first.duplicate_of
        assert second.duplicate_of == known


@given(st.lists(SIGNALS, max_size=12))
def test_an_end_after_everything_leaves_nothing_firing(
    signals: list[Any],
) -> None:
    made = told([*signals, signal("resolved", "2026-03-01T02:05:00Z", ends_at="2026-03-01T02:09:00Z")])
    assert all(episode.status == "resolved" for episode in alert.fold(stamped(*made)).episodes)


@given(st.lists(COMMANDS, max_size=20))
def test_no_commands_break_what_holds_of_every_incident(commands: list[Any]) -> None:
    made = carried_out(commands)
    state = incident.fold(stamped(*made))
    kinds = [type(fact) for fact in made]
    assert kinds.count(IncidentOpened) == (state.state != "none")
    assert kinds[:1] in ([], [IncidentOpened])
    assert (state.intake.verdict == "real") == (state.state == "assessing")
    entries = [fact.entry_id for fact in made if isinstance(fact, TimelineEntryRecorded)]
    assert {key for key, _ in state.entries.items()} == set(entries)
    assert all(fact.entry_id in entries for fact in made if isinstance(fact, TimelineEntryCorrected))
    now = timestamp(NOW + timedelta(seconds=2))
    assert all((facts.happened_at(fact) or "") <= now for fact in made)


@given(st.lists(COMMANDS, max_size=15))
def test_trying_every_machine_command_again_adds_nothing(commands: list[Any]) -> None:
    machine = [item for item in commands if isinstance(item, OpenCandidate | AttachSignal)]
    made = carried_out([OpenIncident(title="t", environment="e"), *machine])
    state = incident.fold(stamped(*made))
    for command in machine:
        assert incident.decide(state, command, context()) == ()


@given(st.lists(COMMANDS, max_size=12))
def test_every_fact_is_stored_and_read_back_as_it_was(commands: list[Any]) -> None:
    for fact in Seals().fact(tuple(carried_out(commands))):
        data = msgspec.json.decode(msgspec.json.encode(facts.encode(fact)))
        assert facts.decode(facts.type_name(fact), data) == fact


@given(st.lists(COMMANDS, max_size=12), st.integers(0, 20))
def test_a_row_kept_up_to_date_is_the_row_folded_anew(commands: list[Any], cut: int) -> None:
    items = recorded(carried_out(commands))
    row: Row | None = None
    for item in (*items[:cut], *items):
        row = after(row, item, 1)
    assert incident_list(items) == (() if row is None else (row,))


@given(st.lists(COMMANDS, max_size=12), st.integers(0, 20))
def test_the_past_of_a_timeline_never_changes(commands: list[Any], version: int) -> None:
    items = recorded(carried_out(commands))
    past = until(items, at_version=version)
    assert past == items[:version]
    then = {entry.version: entry for entry in timeline(past).entries}
    now = {entry.version: entry for entry in timeline(items).entries}
    for number, entry in then.items():
        later = msgspec.structs.replace(now[number], corrected_by=entry.corrected_by)
        assert later == entry
    if past:
        at = until(items, at=past[-1].recordedtime)
        assert rendered(at) == rendered(past)
