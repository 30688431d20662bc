"""Alert streams: episodes, repetitions, and what a signal may do to incidents."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from domain import alert
from domain.alert_facts import AlertFact, AlertRemarked, SignalDeduplicated, SignalReceived
from domain.episode import REMEMBERED
from domain.intake.facts import IncidentDeclared
from domain.own_commands import NoteRemark
from domain.prose import Prose, prose
from domain.recorded import UnknownFact
from domain.signal import Remark
from tests.support.decider import Given, given_alert, stamped
from tests.support.meaning import LABELS, NOW, RULES, context, firing, fresh_id, received, signal

EARLIER = "2026-03-01T01:00:00Z"


def told(*signals: tuple[str, str]) -> tuple[Given[alert.Alert], list[AlertFact]]:
    """Return the stream that ``(status, starts_at)`` in this order lead to, and its facts."""
    facts: list[AlertFact] = []
    for number, (status, starts_at) in enumerate(signals):
        command = received(signal(status, starts_at))  # type: ignore[arg-type]  # rows of a table
        facts.extend(given_alert(*facts).when(command, context(ids=(fresh_id(number),))).facts)
    return given_alert(*facts), facts


def test_a_first_firing_is_received_with_everything_the_source_said() -> None:
    given_alert().when(received(signal())).then(
        firing(
            signal_id=fresh_id(1),
            correlation=received(signal()).route.correlation,
            title=prose("p99 above 2 s"),
            annotations=Prose(clear=(("summary", "p99 above 2 s"),)),
            labels=Prose(clear=LABELS),
            join_within_minutes=RULES.join_within_minutes,
        )
    )


@pytest.mark.req("R-EVT-10")
def test_a_repeated_notification_counts_up_and_names_the_first() -> None:
    start = "2026-03-01T02:10:00.123456789Z"
    _, facts = told(("firing", start), ("firing", start), ("firing", start))
    assert facts[1:] == [
        SignalDeduplicated(
            signal_id=fresh_id(n), delivery_id=firing().delivery_id, duplicate_of=fresh_id(0), count=n
        )
        for n in (1, 2)
    ]


def test_two_starts_a_nanosecond_apart_are_two_episodes() -> None:
    _, facts = told(
        ("firing", "2026-03-01T02:10:00.000000001Z"), ("firing", "2026-03-01T02:10:00.000000002Z")
    )
    assert [type(fact) for fact in facts] == [SignalReceived, SignalReceived]


def test_the_same_instant_written_differently_is_the_same_episode() -> None:
    _, facts = told(("firing", "2026-03-01T02:10:00.5Z"), ("firing", "2026-03-01t03:10:00.500+01:00"))
    assert isinstance(facts[1], SignalDeduplicated)


def test_an_end_clears_and_its_repetition_is_a_duplicate_of_the_end() -> None:
    _, facts = told(("firing", EARLIER), ("resolved", EARLIER), ("resolved", EARLIER))
    ended = facts[1]
    assert isinstance(ended, SignalReceived)
    assert (ended.effect, ended.why, ended.ended_at) == (
        "clear",
        "episode-ended",
        "2026-03-01T02:14:00.000000Z",
    )
    assert isinstance(facts[2], SignalDeduplicated)
    assert facts[2].duplicate_of == ended.signal_id


def test_an_end_without_a_beginning_is_recorded_and_touches_no_incident() -> None:
    _, facts = told(("resolved", EARLIER))
    assert isinstance(facts[0], SignalReceived)
    assert (facts[0].effect, facts[0].why) == ("none", "resolved-without-firing")


def test_a_firing_told_after_its_end_is_late_and_stays_over() -> None:
    stream, facts = told(
        ("resolved", EARLIER), ("firing", EARLIER), ("firing", EARLIER), ("resolved", EARLIER)
    )
    assert isinstance(facts[1], SignalReceived)
    assert (facts[1].effect, facts[1].why) == ("none", "late-firing")
    assert [type(fact) for fact in facts[2:]] == [SignalDeduplicated, SignalDeduplicated]
    assert [fact.duplicate_of for fact in facts[2:] if isinstance(fact, SignalDeduplicated)] == [
        fresh_id(1),
        fresh_id(0),
    ]
    assert stream.state.episodes[0].status == "resolved"


def test_a_firing_of_an_older_episode_is_late() -> None:
    _, facts = told(("firing", "2026-03-01T02:00:00Z"), ("firing", EARLIER))
    assert isinstance(facts[1], SignalReceived)
    assert (facts[1].effect, facts[1].why) == ("none", "late-firing")


def test_an_episode_that_fires_again_after_its_end_is_not_swallowed() -> None:
    stream, facts = told(("firing", EARLIER), ("resolved", EARLIER), ("firing", EARLIER))
    assert isinstance(facts[2], SignalReceived)
    assert (facts[2].effect, facts[2].note) == ("open", "refired")
    assert stream.state.latest == facts[2]


def test_an_end_under_a_moved_start_ends_what_began_before_it() -> None:
    first, moved = "2026-03-01T02:10:00Z", "2026-03-01T02:09:00Z"
    stream, facts = told(("firing", first), ("firing", moved), ("resolved", moved))
    assert [fact.why for fact in facts if isinstance(fact, SignalReceived)] == [
        "rule:any-alert",
        "late-firing",
        "episode-ended",
    ]
    assert [episode.status for episode in stream.state.episodes] == ["resolved", "resolved"]
    assert stream.when(received(signal(starts_at=first))).facts[0].note == "refired"


def test_an_end_under_a_start_that_was_never_told_ends_what_began_before_it() -> None:
    stream, facts = told(("firing", "2026-03-01T02:10:00Z"), ("resolved", "2026-03-01T02:09:00Z"))
    assert isinstance(facts[1], SignalReceived)
    assert (facts[1].effect, facts[1].why) == ("clear", "episode-ended")
    assert [episode.status for episode in stream.state.episodes] == ["resolved", "resolved"]


def test_an_end_leaves_alone_what_began_after_it() -> None:
    later = "2026-03-01T02:14:00.000001Z"
    stream, _ = told(("firing", EARLIER), ("firing", later), ("resolved", EARLIER))
    assert [episode.status for episode in stream.state.episodes] == ["resolved", "firing"]


def test_the_latest_firing_is_that_of_the_newest_episode() -> None:
    stream, facts = told(("firing", "2026-03-01T02:00:00Z"), ("firing", EARLIER), ("resolved", EARLIER))
    assert stream.state.latest == facts[0]


@pytest.mark.req("R-WF-33")
@pytest.mark.parametrize(("ahead", "note"), [(2, None), (3, "clock-ahead")])
def test_a_sender_whose_clock_runs_ahead_is_noted_not_corrected(ahead: int, note: str | None) -> None:
    now = NOW - timedelta(seconds=ahead)
    facts = given_alert().when(received(signal(starts_at="2026-03-01T02:15:00Z")), context(now=now)).facts
    assert (facts[0].note, facts[0].fired_at) == (note, "2026-03-01T02:15:00.000000Z")


def test_an_alert_that_rules_only_record_says_so() -> None:
    labels = (("alertname", "Watchdog"), ("severity", "none"))
    facts = given_alert().when(received(signal(labels=labels, annotations=()))).facts
    assert (facts[0].effect, facts[0].why) == ("none", "rule:heartbeat")
    assert facts[0].title is None
    assert facts[0].annotations is None
    assert facts[0].service is None


def test_only_the_last_episodes_are_remembered_and_an_older_one_is_late() -> None:
    starts = [f"2026-03-01T00:{minute:02}:00Z" for minute in range(REMEMBERED // 2)]
    starts += [f"2026-03-01T01:{minute:02}:00Z" for minute in range(REMEMBERED // 2 + 1)]
    stream, _ = told(*(("firing", start) for start in starts))
    assert len(stream.state.episodes) == REMEMBERED
    again = stream.when(received(signal(starts_at=starts[0]))).facts
    assert again[0].why == "late-firing"


def test_facts_of_other_kinds_change_nothing() -> None:
    declared = IncidentDeclared(authority_role="responder", rationale=prose("because it is"))
    assert alert.fold(stamped(UnknownFact(type="x.v1", data={}), declared)) == alert.NOTHING


def told_by_state(*messages: tuple[str, str]) -> list[AlertFact]:
    """Return the facts of a source that says of its messages when they were, not when an episode began."""
    facts: list[AlertFact] = []
    for number, (status, at) in enumerate(messages):
        heard = replace(signal(status, at), episode_from="state")  # type: ignore[arg-type]  # rows of a table
        facts.extend(given_alert(*facts).when(received(heard), context(ids=(fresh_id(number),))).facts)
    return facts


def test_a_source_without_starts_goes_on_with_the_episode_that_fires_until_its_end() -> None:
    first, again, end, end_again, anew = told_by_state(
        ("firing", "2026-03-01T02:10:00Z"),
        ("firing", "2026-03-01T02:11:00Z"),
        ("resolved", "2026-03-01T02:12:00Z"),
        ("resolved", "2026-03-01T02:13:00Z"),
        ("firing", "2026-03-01T02:14:00Z"),
    )
    assert isinstance(first, SignalReceived)
    assert isinstance(again, SignalDeduplicated)
    assert isinstance(end, SignalReceived)
    assert (end.episode, end.effect, end.starts_at) == (first.episode, "clear", "2026-03-01T02:12:00Z")
    assert isinstance(end_again, SignalDeduplicated)
    assert isinstance(anew, SignalReceived)
    assert (anew.episode != first.episode, anew.episode_from) == (True, "state")


def test_an_end_without_a_beginning_of_a_source_without_starts_touches_nothing() -> None:
    (end,) = told_by_state(("resolved", "2026-03-01T02:12:00Z"))
    assert isinstance(end, SignalReceived)
    assert (end.effect, end.why) == ("none", "resolved-without-firing")


def test_a_firing_that_a_queue_delivers_again_after_its_end_opens_nothing() -> None:
    first, _, end, again, between = told_by_state(
        ("firing", "2026-03-01T02:10:00Z"),
        ("firing", "2026-03-01T02:11:00Z"),
        ("resolved", "2026-03-01T02:12:00Z"),
        ("firing", "2026-03-01T02:10:00Z"),
        ("firing", "2026-03-01T02:11:00Z"),
    )
    assert isinstance(first, SignalReceived)
    assert isinstance(end, SignalReceived)
    assert isinstance(again, SignalDeduplicated)
    assert again.duplicate_of == first.signal_id
    assert isinstance(between, SignalReceived)
    assert (between.effect, between.why) == ("none", "late-firing")


def test_a_firing_at_the_very_moment_of_the_last_end_is_not_hidden() -> None:
    *_, again = told_by_state(
        ("firing", "2026-03-01T02:10:00Z"),
        ("resolved", "2026-03-01T02:12:00Z"),
        ("firing", "2026-03-01T02:12:00Z"),
    )
    assert isinstance(again, SignalReceived)
    assert again.effect == "open"


def test_an_end_that_comes_again_late_ends_nothing_that_began_after_it() -> None:
    facts = told_by_state(
        ("firing", "2026-03-01T02:10:00Z"),
        ("resolved", "2026-03-01T02:12:00Z"),
        ("firing", "2026-03-01T02:14:00Z"),
        ("resolved", "2026-03-01T02:12:00Z"),
    )
    assert isinstance(facts[-1], SignalDeduplicated)
    assert [episode.status for episode in alert.fold(stamped(*facts)).episodes] == ["resolved", "firing"]


def test_what_is_neither_firing_nor_end_is_noted_and_changes_nothing() -> None:
    remark = Remark(source="alertmanager", fingerprint="f", kind="silenced", at=EARLIER, text="Deploying")
    noted = NoteRemark(delivery_id=firing().delivery_id, remark=remark)
    given, facts = told(("firing", EARLIER))
    (fact,) = given.when(noted, context(ids=(fresh_id(9),))).facts
    assert isinstance(fact, AlertRemarked)
    assert (fact.kind, fact.at, fact.text) == ("silenced", EARLIER, prose("Deploying"))
    assert alert.fold(stamped(*facts, fact)) == alert.fold(stamped(*facts))
