"""Grafana's webhook before version 9: one rule a message, told by its shape, and no times."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings

from consumers.grafana import decode
from consumers.grafana_legacy import FORMAT
from consumers.message import Message
from consumers.payload import DecodeError
from domain import alert, facts
from domain.rules import route
from domain.signal import Delivery, Rejected, Remark, Signal
from tests.support.json_values import objects_like
from tests.support.lives import effects
from tests.support.meaning import RULES, Seals, context, received

# The publisher's own sample (documentation of Grafana 7.3, "Webhook"; the address is shortened).
SAMPLE = rb"""{"dashboardId":1,"evalMatches":[{"value":1,"metric":"Count","tags":{}}],
"imageUrl":"https://grafana.com/assets/img/blog/mixed_styles.png","message":"Notification Message","orgId":1,
"panelId":2,"ruleId":1,"ruleName":"Panel Title alert",
"ruleUrl":"http://localhost:3000/d/hZ7BuVbWz/test-dashboard?fullscreen\u0026edit\u0026tab=alert\u0026panelId=2",
"state":"alerting","tags":{"tag name":"tag value"},"title":"[Alerting] Panel Title alert"}"""

RULE: dict[str, Any] = {
    "ruleId": 17,
    "ruleName": "Checkout is slow",
    "state": "alerting",
    "evalMatches": [
        {"value": 2.50, "metric": "p99", "tags": {"host": "web-1", "service": "shop", "dc": "a"}},
        {"value": None, "metric": "p95", "tags": {"host": "web-2", "service": "shop", "dc": "a"}},
    ],
    "tags": {"dc": "b", "severity": "critical"},
    "title": "[Alerting] Checkout is slow",
    "ruleUrl": "https://grafana.example.com/d/x?tab=alert",
}


def told(body: bytes, at: str = "2026-03-01T02:15:00.000000Z") -> Delivery:
    """Return what a body says that came at a time."""
    return decode(Message(body=body, received_at=at), "grafana")


def only(at: str = "2026-03-01T02:15:00.000000Z", **changes: object) -> Signal:
    """Return the signal of the usual rule with changes."""
    delivery = told(json.dumps({**RULE, **changes}).encode(), at)
    (signal,) = delivery.signals
    return signal


def refused(**changes: object) -> Rejected:
    """Return why the usual rule with changes is refused."""
    with pytest.raises(DecodeError) as caught:
        told(json.dumps({**RULE, **changes}).encode())
    return caught.value.rejected


def test_the_publishers_sample_is_read_whole() -> None:
    at = "2026-03-01T02:15:00.000000Z"
    assert told(SAMPLE, at) == Delivery(
        source="grafana",
        format=FORMAT,
        signature="absent",
        signals=(
            Signal(
                source="grafana",
                fingerprint="rule-1",
                fingerprint_from="sender",
                status="firing",
                starts_at=at,
                ends_at=None,
                labels=(
                    ("alertname", "Panel Title alert"),
                    ("dashboardId", "1"),
                    ("orgId", "1"),
                    ("panelId", "2"),
                    ("tag name", "tag value"),
                ),
                annotations=(
                    ("imageUrl", "https://grafana.com/assets/img/blog/mixed_styles.png"),
                    ("message", "Notification Message"),
                    ("summary", "Panel Title alert"),
                    ("title", "[Alerting] Panel Title alert"),
                    ("values", "Count = 1"),
                ),
                generator_url="http://localhost:3000/d/hZ7BuVbWz/test-dashboard"
                "?fullscreen&edit&tab=alert&panelId=2",
                episode_from="state",
            ),
        ),
    )


def test_a_reminder_is_no_new_episode_and_ok_ends_the_one_that_fires() -> None:
    signals = [
        only("2026-03-01T02:00:00.000000Z"),
        only("2026-03-01T02:05:00.000000Z"),
        only("2026-03-01T02:10:00.000000Z", state="ok", evalMatches=[]),
        only("2026-03-01T02:15:00.000000Z"),
    ]
    assert effects(signals) == ["open", "again", "clear", "open"]
    assert (signals[2].status, signals[2].ends_at) == ("resolved", "2026-03-01T02:10:00.000000Z")


def test_no_data_is_a_remark_on_the_rule() -> None:
    delivery = told(json.dumps({**RULE, "state": "no_data", "evalMatches": None}).encode())
    assert (delivery.signals, delivery.rejected) == ((), ())
    assert delivery.remarks == (
        Remark(
            source="grafana",
            fingerprint="rule-17",
            kind="no_data",
            at="2026-03-01T02:15:00.000000Z",
            text="[Alerting] Checkout is slow",
        ),
    )


def test_tags_of_the_rule_win_over_those_that_all_series_share() -> None:
    labels = dict(only().labels)
    assert labels == {"alertname": "Checkout is slow", "service": "shop", "dc": "b", "severity": "critical"}
    found = route(only(), RULES)
    assert (found.service, found.severity_hint) == ("shop", "SEV-1")


def test_a_tag_of_the_rule_may_even_name_the_alert() -> None:
    assert dict(only(tags={"alertname": "Own"}).labels)["alertname"] == "Own"


def test_a_variable_without_a_value_is_not_given() -> None:
    found = only(tags={"service": "[no value]"}, message="{{ .Message }}")
    assert dict(found.labels)["service"] == "shop"
    assert "message" not in dict(found.annotations)


def test_the_values_of_the_series_are_told_in_words() -> None:
    assert dict(only().annotations)["values"] == "p99 = 2.5, p95 = nothing"


def test_a_rule_is_known_by_its_number_however_it_is_written() -> None:
    assert only(ruleId="17").fingerprint == only(ruleId=17).fingerprint == "rule-17"


def test_a_rule_is_never_taken_for_a_fingerprint_of_the_newer_shape() -> None:
    assert only(ruleId=1234567890123456).fingerprint == "rule-1234567890123456"


def test_the_older_shape_without_its_rule_is_refused_for_that() -> None:
    with pytest.raises(DecodeError) as caught:
        told(b'{"evalMatches": [], "state": "alerting"}')
    assert caught.value.rejected.place == "ruleId"


@pytest.mark.parametrize("odd", [None, 7, "x", {}, [None, 7, {"metric": 1}, {"tags": []}]])
def test_what_identifies_nothing_is_read_as_far_as_it_goes(odd: object) -> None:
    found = only(evalMatches=odd, tags=odd, ruleName=None, title=None, ruleUrl=odd)
    assert (found.fingerprint, found.generator_url) == ("rule-17", None)
    assert "summary" not in dict(found.annotations)


@pytest.mark.parametrize(
    ("changes", "code", "place", "found"),
    [
        ({"ruleId": None}, "wrong-shape", "ruleId", "nothing"),
        ({"ruleId": -1}, "wrong-shape", "ruleId", "-1"),
        ({"ruleId": 10**30}, "wrong-shape", "ruleId", str(10**30)),
        ({"ruleId": []}, "wrong-shape", "ruleId", "an array"),
        ({"state": "pending"}, "status-unknown", "state", '"pending"'),
        ({"state": None}, "status-unknown", "state", "nothing"),
        ({"state": []}, "status-unknown", "state", "an array"),
    ],
)
def test_a_rejection_names_place_and_what_was_found(
    changes: dict[str, Any], code: str, place: str, found: str
) -> None:
    rejected = refused(**changes)
    assert (rejected.reason_code, rejected.place, rejected.found) == (code, place, found)


@settings(max_examples=200)
@given(objects_like(RULE))
def test_whatever_comes_is_a_delivery_or_a_decode_error(body: dict[str, Any]) -> None:
    with contextlib.suppress(DecodeError):
        for signal in told(json.dumps(body).encode()).signals:
            for fact in Seals().fact(alert.decide(alert.NOTHING, received(signal), context())):
                data = msgspec.json.decode(msgspec.json.encode(facts.encode(fact)))
                assert facts.decode(facts.type_name(fact), data) == fact
