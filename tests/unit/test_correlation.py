"""Which incident a signal concerns: derived names, in which two processes meet, and repeatable answers."""

from __future__ import annotations

import hashlib

import pytest
from msgspec.structs import replace

from domain import incident
from domain.alert_facts import SignalReceived
from domain.correlation import answer
from domain.own_commands import AttachSignal, ClearSignal, OpenCandidate
from domain.rules import Labels, Rule, route
from domain.streams import (
    alert_stream,
    candidate_stream,
    correlation,
    is_incident,
    manual_stream,
    source_stream,
)
from tests.support.meaning import ALERT, LABELS, RULES, context, firing, fresh_id, signal

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
