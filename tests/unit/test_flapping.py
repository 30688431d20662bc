"""Conditions that flap: when they do, what is held back of what they tell, and when they have settled."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import pytest
from msgspec.structs import replace

from domain import alert
from domain.alert_facts import (
    AlertFact,
    FlappingEnded,
    FlappingStarted,
    SignalDeduplicated,
    SignalReceived,
)
from domain.flapping import REMEMBERED
from domain.moment import timestamp
from domain.own_commands import SettleAlert
from domain.rules import AlertRules, FlappingRule
from domain.signal import Signal
from tests.support.meaning import NOW, RULES, context, fresh_id, received, signal

RULE = FlappingRule(changes=4, window_minutes=10, settled_minutes=5)
FLAPPING = replace(RULES, flapping=RULE)


def at(minute: float) -> str:
    return timestamp(NOW + timedelta(minutes=minute))


def firing(minute: float, **changes: object) -> Signal:
    return signal("firing", at(minute), **changes)


def resolved(minute: float, start: float) -> Signal:
    return signal("resolved", at(start), ends_at=at(minute))


class Told:
    """A condition that is told of, message by message, and what was decided."""

    def __init__(self, rules: AlertRules = FLAPPING) -> None:
        self.state, self._rules = alert.NOTHING, rules
        self.facts: list[AlertFact] = []

    def hear(self, minute: float, heard: Signal, *, held: bool = False) -> tuple[AlertFact, ...]:
        command = replace(received(heard, self._rules), held=held)
        return self._decide(minute, command)

    def settle(self, minute: float) -> tuple[AlertFact, ...]:
        return self._decide(minute, SettleAlert())

    def flap(self, minutes: Iterable[float]) -> Told:
        """Fire and end in turns; while it flaps an incident has it."""
        start = 0.0
        for number, minute in enumerate(minutes):
            start = start if number % 2 else minute
            heard = resolved(minute, start) if number % 2 else firing(minute)
            self.hear(minute, heard, held=self.state.flaps is not None)
        return self

    def _decide(self, minute: float, command: object) -> tuple[AlertFact, ...]:
        now = NOW + timedelta(minutes=minute)
        ids = (fresh_id(len(self.facts)),)
        facts = alert.decide(self.state, command, context(now=now, ids=ids))  # type: ignore[arg-type]  # one of three commands
        self.state = alert.after(self.state, facts, now)
        self.facts.extend(facts)
        return facts

    @property
    def effects(self) -> list[tuple[str, str]]:
        return [(fact.effect, fact.why) for fact in self.facts if isinstance(fact, SignalReceived)]


USUAL = [("open", "rule:any-alert"), ("clear", "episode-ended")]


def test_as_many_changes_as_the_rule_says_within_its_window_are_flapping() -> None:
    told = Told().flap([0, 1, 2, 3])
    started = told.facts[3]
    assert started == FlappingStarted(
        alert_name="HighLatency", since=at(0), changes=4, window_minutes=10, settled_minutes=5
    )
    assert told.effects == [*USUAL, USUAL[0], ("none", "flapping")]
    held = told.facts[4]
    assert isinstance(held, SignalReceived)
    assert (held.held, held.held_why) == ("clear", "episode-ended")
    assert told.state.fires


def test_changes_that_are_farther_apart_are_not() -> None:
    told = Told().flap([0, 1, 2, 10.1])
    assert told.effects == USUAL * 2
    assert told.state.flaps is None


def test_changes_exactly_as_far_apart_as_the_window_are() -> None:
    assert Told().flap([0, 1, 2, 10]).state.flaps is not None


def test_a_repetition_is_no_change() -> None:
    told = Told()
    for minute in range(8):
        told.hear(minute, firing(0))
    assert told.state.flaps is None


def test_another_episode_of_what_fires_already_is_no_change() -> None:
    told = Told()
    for minute in range(8):
        told.hear(minute, firing(minute))
    assert told.state.flaps is None


def test_a_backlog_that_comes_in_one_go_is_not_flapping() -> None:
    told = Told()
    for hour in range(0, 240, 60):
        told.hear(300, firing(hour))
        told.hear(300, resolved(hour + 30, hour))
    assert told.effects == USUAL * 4
    assert told.state.flaps is None


def test_a_backlog_of_something_that_flapped_is() -> None:
    told = Told()
    for minute in range(0, 6, 2):
        told.hear(300, firing(minute))
        told.hear(300, resolved(minute + 1, minute))
    assert told.state.flaps is not None


def test_a_sender_whose_clock_stands_in_the_future_is_judged_by_ours() -> None:
    told = Told()
    for minute in range(0, 4, 2):
        told.hear(minute, firing(minute + 500))
        told.hear(minute + 1, resolved(minute + 501, minute + 500))
    assert told.state.flaps is not None


def test_without_a_rule_nothing_flaps() -> None:
    told = Told(replace(RULES, flapping=None)).flap(range(40))
    assert told.effects == USUAL * 20


def test_a_firing_that_makes_it_flap_is_told_since_no_incident_has_it() -> None:
    told = Told(replace(RULES, flapping=replace(RULE, changes=5))).flap([0, 1, 2, 3, 4])
    assert told.effects == [*USUAL, *USUAL, USUAL[0]]
    assert isinstance(told.facts[4], FlappingStarted)


def test_a_firing_is_held_where_an_incident_has_the_alert_and_told_where_none_has() -> None:
    told = Told().flap([0, 1, 2, 3])
    told.hear(4, firing(4), held=True)
    told.hear(5, resolved(5, 4))
    told.hear(6, firing(6), held=False)
    assert told.effects[-3:] == [("none", "flapping"), ("none", "flapping"), USUAL[0]]


def test_what_has_no_effect_anyway_keeps_its_reason() -> None:
    told = Told().flap([0, 1, 2, 3])
    told.hear(4, firing(0.5), held=True)
    assert told.effects[-1] == ("none", "late-firing")


@pytest.mark.parametrize(("quiet", "settled"), [(4.999, False), (5, True)])
def test_it_settles_once_nothing_changed_for_as_long_as_the_rule_said(quiet: float, settled: bool) -> None:
    told = Told().flap([0, 1, 2, 3])
    assert bool(told.settle(3 + quiet)) is settled


def test_the_end_of_flapping_says_how_it_was_and_at_what_it_settled() -> None:
    told = Told().flap([0, 1, 2, 3, 4, 5])
    before = told.state
    (ended,) = told.settle(10)
    assert ended == FlappingEnded(
        alert_name="HighLatency", status="resolved", since=at(0), quiet_since=at(5), changes=6, held=3
    )
    assert isinstance(ended, FlappingEnded)
    end = alert.settled_at(before, ended)
    assert end is not None
    assert (end.status, end.effect, end.why, end.held) == ("resolved", "clear", "episode-ended", None)
    assert (told.state.flaps, told.state.changes, told.state.fires) == (None, (), False)
    assert told.settle(20) == ()


def test_what_settles_firing_says_which_firing() -> None:
    told = Told().flap([0, 1, 2, 3, 4])
    before = told.state
    (ended,) = told.settle(9)
    assert isinstance(ended, FlappingEnded)
    newest = alert.settled_at(before, ended)
    assert newest is not None
    assert (ended.status, newest.fired_at, newest.effect) == ("firing", at(4), "open")
    assert told.state.fires


def test_repetitions_while_it_is_quiet_do_not_keep_it_flapping() -> None:
    told = Told().flap([0, 1, 2, 3, 4])
    told.hear(6, firing(4), held=True)
    told.hear(8, firing(4), held=True)
    ended, again = told.hear(9.5, firing(4), held=True)
    assert isinstance(ended, FlappingEnded)
    assert isinstance(again, SignalDeduplicated)


def test_the_next_message_finds_it_settled_and_is_judged_as_usual() -> None:
    told = Told().flap([0, 1, 2, 3])
    ended, fired = told.hear(30, firing(30))
    assert isinstance(ended, FlappingEnded)
    assert isinstance(fired, SignalReceived)
    assert (fired.effect, fired.why) == USUAL[0]


def test_what_was_before_the_quiet_does_not_count_again() -> None:
    told = Told().flap([0, 1, 2, 3])
    told.settle(8)
    told.hear(8.5, firing(8.5))
    told.hear(9, resolved(9, 8.5))
    assert told.effects[-2:] == USUAL


def test_how_long_it_must_be_quiet_is_what_the_rule_said_when_it_began() -> None:
    told = Told().flap([0, 1, 2, 3])
    later = replace(received(firing(4), replace(RULES, flapping=None)), held=True)
    facts = alert.decide(told.state, later, context(now=NOW + timedelta(minutes=4)))
    assert isinstance(facts[0], SignalReceived)
    assert facts[0].why == "flapping"


def test_a_source_that_only_tells_states_flaps_as_others_do() -> None:
    told = Told()
    for minute in range(6):
        heard = signal("resolved" if minute % 2 else "firing", at(minute), episode_from="state")
        told.hear(minute, replace(heard, ends_at=None), held=told.state.flaps is not None)
    assert told.effects == [*USUAL, USUAL[0], *[("none", "flapping")] * 3]
    assert [episode.status for episode in told.state.episodes] == ["resolved"] * 3
    (ended,) = told.settle(10)
    assert isinstance(ended, FlappingEnded)
    assert (ended.status, ended.held) == ("resolved", 3)


def test_out_of_order_an_end_before_its_firing_changes_nothing() -> None:
    told = Told()
    for minute in range(0, 8, 2):
        told.hear(minute, resolved(minute, minute - 1))
        told.hear(minute + 1, firing(minute - 1))
    assert told.state.flaps is None
    assert {why for _, why in told.effects} == {"resolved-without-firing", "late-firing"}


def test_only_so_many_changes_are_remembered_and_all_are_counted() -> None:
    told = Told().flap([number / 10 for number in range(REMEMBERED + 20)])
    assert len(told.state.changes) == REMEMBERED
    assert told.state.flaps is not None
    assert told.state.flaps.changes == REMEMBERED + 20
