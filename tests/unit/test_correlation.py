"""Which incident a signal concerns: derived names, in which two processes meet, and repeatable answers."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from domain import incident
from domain.alert_facts import SignalReceived
from domain.correlation import answer
from domain.intake.commands import DeclareIncident
from domain.moment import instant, nanoseconds, timestamp
from domain.own_commands import AttachSignal, ClearSignal, OpenCandidate
from domain.rules import FlappingRule, Labels, Route, Rule, Together, route
from domain.streams import (
    alert_stream,
    candidate_stream,
    correlation,
    is_incident,
    manual_stream,
    source_stream,
)
from tests.support.meaning import ALERT, LABELS, NOW, RULES, context, firing, fresh_id, signal

ENDED = firing(status="resolved", effect="clear", signal_id=fresh_id(8))


def opened(*signals: SignalReceived) -> incident.Incident:
    """Return a candidate that ``signals`` opened and joined."""
    state = incident.NOTHING
    for told in signals:
        command = answer(told, ALERT, state, 0)
        assert isinstance(command, OpenCandidate | AttachSignal | ClearSignal)
        facts = incident.decide(state, command, context())
        assert isinstance(facts, tuple)
        state = incident.after(state, facts, context())
    return state


def test_a_signal_that_may_open_opens_where_nothing_is() -> None:
    told = firing()
    assert answer(told, ALERT, incident.NOTHING, 3) == OpenCandidate(alert=ALERT, signal=told, ordinal=3)


def test_a_signal_that_may_join_only_opens_nothing() -> None:
    joining = firing(effect="join")
    assert answer(joining, ALERT, incident.NOTHING, 0) is None
    assert answer(joining, ALERT, opened(firing()), 0) == AttachSignal(alert=ALERT, signal=joining)


WITHIN = 30


def later(minutes: float, **changes: Any) -> SignalReceived:
    """Return a firing of another alert so long after the usual one, told while candidates wait for 30."""
    at = timestamp(instant(firing().fired_at) + timedelta(minutes=minutes))
    episode = str(nanoseconds(at))
    return firing(signal_id=fresh_id(20), fired_at=at, episode=episode, join_within_minutes=WITHIN, **changes)


def declared(state: incident.Incident) -> incident.Incident:
    facts = incident.decide(state, DeclareIncident(rationale="Confirmed by hand."), context())
    assert isinstance(facts, tuple)
    return incident.after(state, facts, context())


@pytest.mark.parametrize(("minutes", "joins"), [(-60, True), (0, True), (30, True), (30.001, False)])
def test_a_candidate_takes_an_alert_only_for_so_long_after_its_last(minutes: float, *, joins: bool) -> None:
    told = later(minutes)
    expected = AttachSignal(alert="alert-other", signal=told) if joins else "next"
    assert answer(told, "alert-other", opened(firing()), 0) == expected


def test_the_end_of_an_alert_counts_as_well_by_the_time_that_its_source_tells() -> None:
    ended = replace(ENDED, ended_at=later(3).fired_at)
    state = opened(firing(), ended)
    assert answer(later(33), "alert-other", state, 0) != "next"
    assert answer(later(33.001), "alert-other", state, 0) == "next"


def test_an_end_without_a_time_counts_when_it_was_recorded() -> None:
    state = opened(firing(), replace(ENDED, ended_at=None))
    assert state.intake.last_alert_at == timestamp(NOW)


def test_a_clock_that_runs_ahead_does_not_keep_a_candidate_young() -> None:
    state = opened(replace(firing(), fired_at="2027-01-01T00:00:00.000000Z"))
    assert state.intake.last_alert_at == timestamp(NOW)


def test_an_alert_that_fires_on_does_not_keep_a_candidate_young() -> None:
    state = opened(firing())
    assert state.intake.alerts.get(ALERT) is not None
    assert answer(later(31), "alert-other", state, 0) == "next"


def test_an_incident_that_people_work_on_takes_every_alert() -> None:
    told = later(600)
    assert answer(told, "alert-other", declared(opened(firing())), 0) == AttachSignal(
        alert="alert-other", signal=told
    )


def test_without_a_window_every_candidate_takes_an_alert() -> None:
    told = replace(later(600), join_within_minutes=None)
    assert answer(told, "alert-other", opened(firing()), 0) == AttachSignal(alert="alert-other", signal=told)


def test_an_alert_that_is_attached_stays_where_it_is() -> None:
    first = replace(firing(), fired_at="2026-03-01T01:00:00.000000Z")
    state = opened(first)
    again = replace(later(600), episode=first.episode)
    assert answer(again, ALERT, state, 0) == AttachSignal(alert=ALERT, signal=again)


def test_what_may_only_join_finds_no_candidate_that_is_too_old() -> None:
    told = later(31, effect="join")
    assert answer(told, "alert-other", opened(firing()), 0) == "next"
    assert answer(told, "alert-other", incident.NOTHING, 1) is None


TOGETHER = replace(
    RULES,
    services=(
        Together(service="payments", match=("checkout-api", "pay*", "*-ledger[1]")),
        Together(service="shop", match=("*",)),
    ),
)


def of(service: str) -> Route:
    return route(signal(labels=(("alertname", "A"), ("service", service))), TOGETHER)


@pytest.mark.parametrize("service", ["checkout-api", "pay", "payment-gateway", "eu-ledger[1]", "payments"])
def test_services_that_belong_together_correlate_as_one_and_keep_their_names(service: str) -> None:
    found = of(service)
    assert (found.service, found.counts_as) == (service, "payments")
    assert found.correlation == of("checkout-api").correlation


@pytest.mark.parametrize("service", ["checkout-api-2", "repay", "eu-ledger1"])
def test_the_first_row_that_matches_names_them(service: str) -> None:
    assert of(service).counts_as == "shop"


def test_a_service_that_no_row_has_correlates_as_itself() -> None:
    alone = replace(TOGETHER, services=TOGETHER.services[:1])
    labels = (("alertname", "A"), ("service", "search"))
    found = route(signal(labels=labels), alone)
    assert (found.service, found.counts_as) == ("search", None)
    assert found.correlation == route(signal(labels=labels), RULES).correlation


def test_an_alert_without_a_service_belongs_to_none() -> None:
    assert route(signal(labels=(("alertname", "A"),)), TOGETHER).counts_as is None


def test_the_rules_that_are_shipped_know_windows_and_flapping() -> None:
    found = route(signal(), RULES)
    assert (found.join_within_minutes, found.counts_as) == (240, None)
    assert found.flapping == FlappingRule(changes=6, window_minutes=30, settled_minutes=10)


def test_an_incident_that_takes_no_signals_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("domain.correlation.accepts_signals", lambda state: False)
    assert answer(firing(), ALERT, opened(firing()), 0) == "next"


def test_an_end_goes_to_the_incident_in_which_its_firing_is() -> None:
    assert answer(ENDED, ALERT, opened(firing()), 0) == ClearSignal(alert=ALERT, signal=ENDED)
    assert answer(ENDED, "alert-other", opened(firing()), 0) == "next"
    assert answer(ENDED, ALERT, incident.NOTHING, 1) is None


def test_a_signal_without_effect_asks_nothing() -> None:
    assert answer(firing(effect="none"), ALERT, opened(firing()), 0) is None


@pytest.mark.req("R-EVT-02")
def test_streams_are_derived_as_documented() -> None:
    condition = b"alertmanager\n8a07086b74f3ba78"
    assert alert_stream("alertmanager", "8a07086b74f3ba78") == (
        "alert-" + hashlib.sha256(condition).hexdigest()[:32]
    )
    key = correlation("checkout", "production", "")
    text = "tallystick/correlation/v1\n8:checkout\n10:production\n0:\n"
    assert key == hashlib.sha256(text.encode()).hexdigest()[:32]
    candidate = f"tallystick/candidate/v1\n{key}\n2"
    assert candidate_stream(key, 2) == "incident-" + hashlib.sha256(candidate.encode()).hexdigest()[:32]
    assert manual_stream(fresh_id(1)) == "incident-01957f3e6c0070008000000000000001"
    assert source_stream("am-eu-1") == "source-am-eu-1"
    assert is_incident(candidate_stream(key, 2))
    assert not is_incident(alert_stream("a", "b"))


@pytest.mark.parametrize("name", ["", "-a", "a-", "A", "a_b", "a--b", "ä", "a" * 65, "a\n"])
def test_a_source_with_an_impossible_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="source name: expected"):
        source_stream(name)


def test_the_parts_of_a_correlation_cannot_run_into_each_other() -> None:
    parts = [("a", "b", "c"), ("a\n1:b", "", "c"), ("ab", "", "c"), ("", "ab", "c"), ("a", "b", "c\n")]
    assert len({correlation(*part) for part in parts}) == len(parts)


def test_rules_name_service_environment_and_severity_by_the_first_label_there_is() -> None:
    found = route(signal(), RULES)
    assert (found.service, found.environment, found.severity_hint) == ("checkout", "production", "SEV-1")
    assert (found.alert_name, found.action, found.why) == ("HighLatency", "open", "rule:any-alert")
    job = (("env", "test"), ("job", "node"), ("service", ""), ("severity", "Warning"))
    other = route(signal(labels=job), RULES)
    assert (other.service, other.environment, other.severity_hint) == ("node", "test", "SEV-3")
    assert other.alert_name == "8a07086b74f3ba78"


def test_a_word_that_the_rules_do_not_know_gives_no_hint() -> None:
    assert route(signal(labels=(("severity", "yellow"),)), RULES).severity_hint is None
    assert route(signal(labels=(("alertname", "A"),)), RULES).severity_hint is None


def test_without_a_matching_rule_a_signal_is_recorded_only() -> None:
    rules = replace(RULES, rules=(Rule(name="only-b", action="open", match={"alertname": ("B",)}),))
    assert (route(signal(), rules).action, route(signal(), rules).why) == ("record", "no-rule")


def test_what_an_incident_shares_is_configured() -> None:
    by_service = replace(RULES, correlate_by=("service",))
    here, there = signal(group="a"), signal(group="b", labels=(*LABELS, ("env", "test")))
    assert route(here, by_service).correlation == route(there, by_service).correlation
    assert route(here, RULES).correlation != route(there, RULES).correlation


def test_a_long_group_is_not_cut_before_it_correlates() -> None:
    one, two = signal(group="g" * 300 + "1"), signal(group="g" * 300 + "2")
    assert route(one, RULES).correlation != route(two, RULES).correlation


def test_foreign_names_become_codes_of_one_visible_line() -> None:
    rules = replace(RULES, labels=Labels(name=("n",), service=("s",), environment=("e",), severity=("v",)))
    found = route(signal(labels=(("n", "a\nb\u202ec"), ("s", "x" * 300))), rules)
    assert found.alert_name == "a\ufffdb\ufffdc"
    assert found.service == "x" * 255 + "…"
