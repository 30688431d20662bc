"""Datadog's webhook: the payload that the page has people install is the one that is read."""

from __future__ import annotations

import contextlib
import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.condition import hash_of
from consumers.datadog import FORMAT, STATES, TEMPLATE, decode
from consumers.message import Message
from consumers.payload import DecodeError
from domain import alert
from domain.alert_facts import AlertFact, SignalReceived
from domain.signal import Delivery, Remark, Signal
from tests.support.json_values import anything, objects_like
from tests.support.meaning import NOW, RULES, context, fresh_id, received
from tests.support.tree import ROOT

RECEIVED = "2026-03-01T02:15:00.000000Z"

# The template, filled with the examples that Datadog's page on webhooks gives for its variables.
ALERT: dict[str, Any] = {
    "alert_id": "1234",
    "alert_scope": "availability-zone:us-east-1a, role:computing-node",
    "alert_transition": "Triggered",
    "alert_cycle_key": "1172203217482573",
    "aggreg_key": "9bd4ac313a4d1e8fae2482df7b77628",
    "alert_type": "error",
    "alert_priority": "P1",
    "alert_metric": "system.load.1",
    "alert_status": "system.load.1 over host:my-host was > 0 at least once during the last 1m",
    "alert_title": "[Triggered on {host:ip-012345}] Host is Down",
    "message": "The host does not answer.",
    "event_type": "metric_alert_monitor",
    "id": "1234567",
    "date": "1406662672000",
    "hostname": "ip-012345",
    "tags": "monitor, name:myService, role:computing-node",
    "link": "https://app.datadoghq.com/event/jump_to?event_id=123456",
}


def message(body: object) -> Message:
    """Return a message with ``body`` as JSON, unless it is bytes."""
    return Message(body=body if isinstance(body, bytes) else json.dumps(body).encode(), received_at=RECEIVED)


def told(**changes: object) -> Signal:
    """Return the signal of the usual alert with ``changes``."""
    delivery = decode(message({**ALERT, **changes}), "datadog")
    (signal,) = delivery.signals
    assert (delivery.remarks, delivery.rejected) == ((), ())
    return signal


def test_the_template_on_the_page_is_the_one_that_is_read() -> None:
    page = (ROOT / "docs" / "signals" / "datadog.md").read_text()
    (printed, _headers) = re.findall(r"^```json\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert json.loads(printed) == TEMPLATE


def test_a_filled_template_is_read_whole() -> None:
    assert decode(message(ALERT), "datadog") == Delivery(
        source="datadog",
        format=FORMAT,
        group="9bd4ac313a4d1e8fae2482df7b77628",
        signals=(
            Signal(
                source="datadog",
                fingerprint=hash_of("1234", "availability-zone:us-east-1a, role:computing-node"),
                fingerprint_from="sender",
                status="firing",
                starts_at="2014-07-29T19:37:52Z",
                ends_at=None,
                labels=(
                    ("alert_id", "1234"),
                    ("alert_metric", "system.load.1"),
                    ("alert_scope", "availability-zone:us-east-1a, role:computing-node"),
                    ("alertname", "Host is Down"),
                    ("hostname", "ip-012345"),
                    ("name", "myService"),
                    ("role", "computing-node"),
                    ("severity", "P1"),
                ),
                annotations=(
                    ("alert_cycle_key", "1172203217482573"),
                    ("description", "The host does not answer."),
                    ("event_type", "metric_alert_monitor"),
                    ("id", "1234567"),
                    (
                        "status",
                        "system.load.1 over host:my-host was > 0 at least once during the last 1m",
                    ),
                    ("summary", "[Triggered on {host:ip-012345}] Host is Down"),
                ),
                generator_url="https://app.datadoghq.com/event/jump_to?event_id=123456",
                group="9bd4ac313a4d1e8fae2482df7b77628",
                episode_from="state",
            ),
        ),
    )


@pytest.mark.parametrize("transition", ["Triggered", "Re-Triggered", "Warn", "Re-Warn", "Renotify"])
def test_what_tells_of_a_problem_fires(transition: str) -> None:
    signal = told(alert_transition=transition)
    assert (signal.status, signal.ends_at) == ("firing", None)


def test_recovered_is_the_end_at_its_own_time() -> None:
    signal = told(alert_transition="Recovered", alert_type="success")
    assert (signal.status, signal.ends_at) == ("resolved", "2014-07-29T19:37:52Z")


@pytest.mark.parametrize("transition", ["No Data", "Re-No Data"])
def test_no_data_is_a_remark(transition: str) -> None:
    delivery = decode(message({**ALERT, "alert_transition": transition}), "datadog")
    assert (delivery.signals, delivery.group) == ((), ALERT["aggreg_key"])
    assert delivery.remarks == (
        Remark(
            source="datadog",
            fingerprint=hash_of("1234", ALERT["alert_scope"]),
            kind="no_data",
            at="2014-07-29T19:37:52Z",
            text=ALERT["alert_status"],
        ),
    )


def test_a_warning_that_becomes_an_alert_is_one_episode_until_it_recovers() -> None:
    state, facts = alert.NOTHING, list[AlertFact]()
    for number, transition in enumerate(("Warn", "Triggered", "Recovered", "Triggered")):
        command = received(told(alert_transition=transition, date=f"177233100{number}000"))
        for fact in alert.decide(state, command, context(ids=(fresh_id(number),))):
            state = alert.after(state, (fact,), NOW)
            facts.append(fact)
    assert [type(fact).__name__ for fact in facts].count("SignalDeduplicated") == 1
    first, _, end, second = facts
    assert isinstance(first, SignalReceived)
    assert isinstance(end, SignalReceived)
    assert isinstance(second, SignalReceived)
    assert (end.episode, end.effect) == (first.episode, "clear")
    assert second.episode != first.episode


def test_the_scope_is_part_of_the_condition_and_a_monitor_may_have_none() -> None:
    assert told().fingerprint != told(alert_scope="host:b").fingerprint
    for scope in (None, "", "$ALERT_SCOPE"):
        assert told(alert_scope=scope).fingerprint == hash_of("1234", "")
    assert told(alert_id=1234).fingerprint == told().fingerprint


def test_variables_that_were_not_expanded_count_as_not_given() -> None:
    unfilled = {
        name: variable for name, variable in TEMPLATE.items() if name not in ("alert_id", "alert_transition")
    }
    delivery = decode(message({**ALERT, **unfilled}), "datadog")
    (signal,) = delivery.signals
    assert (signal.starts_at, signal.group, signal.generator_url) == (RECEIVED, "", None)
    assert (signal.labels, signal.annotations) == ((("alert_id", "1234"),), ())
    assert dict(told(alert_priority="$TAGS[severity]").labels)["severity"] == "error"
    for title in ("$5 are missing", "$TAGS are missing"):
        assert dict(told(alert_title=title).labels)["alertname"] == title


@pytest.mark.parametrize("date", [None, "", " ", "$DATE"])
def test_without_a_time_it_is_the_time_of_the_message(date: str | None) -> None:
    assert told(date=date).starts_at == RECEIVED


def test_tags_win_under_their_own_names_and_of_several_with_one_key_the_first() -> None:
    labels = dict(told(tags="severity:page,service:a,service:b,env:prod,url:http://x,monitor,:v,k:, ").labels)
    assert (labels["severity"], labels["service"], labels["env"]) == ("page", "a", "prod")
    assert labels["url"] == "http://x"
    assert not {"monitor", "", "k"} & labels.keys()


def test_the_severity_is_the_priority_or_what_the_type_says() -> None:
    def severity(**changes: object) -> str | None:
        return dict(told(**changes).labels).get("severity")

    assert (severity(), RULES.severity["p1"]) == ("P1", "SEV-1")
    assert severity(alert_priority=None) == "error"
    assert severity(alert_priority="$ALERT_PRIORITY", alert_type="warning") == "warning"
    assert severity(alert_priority="", alert_type="success") is None


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("[Re-Triggered on {host:a}] Disk full", "Disk full"),
        ("[No Data] Disk full", "Disk full"),
        ("[P1] [Memory Alert]", "[P1] [Memory Alert]"),
        ("[Triggered] [Memory Alert]", "[Memory Alert]"),
        ("Disk full", "Disk full"),
        ("[Triggered]", None),
    ],
)
def test_the_name_is_the_title_without_what_changes_from_message_to_message(
    title: str, name: str | None
) -> None:
    assert dict(told(alert_title=title).labels).get("alertname") == name


@pytest.mark.parametrize(
    ("changes", "code", "place", "found"),
    [
        ({"alert_id": None}, "wrong-shape", "alert_id", "nothing"),
        ({"alert_id": "$ALERT_ID"}, "wrong-shape", "alert_id", '"$ALERT_ID"'),
        ({"alert_id": []}, "wrong-shape", "alert_id", "an array"),
        ({"alert_id": True}, "wrong-shape", "alert_id", "true"),
        ({"alert_scope": ["host:a"]}, "wrong-shape", "alert_scope", "an array"),
        ({"alert_scope": 7}, "wrong-shape", "alert_scope", "7"),
        ({"alert_transition": None}, "status-unknown", "alert_transition", "nothing"),
        (
            {"alert_transition": "$ALERT_TRANSITION"},
            "status-unknown",
            "alert_transition",
            '"$ALERT_TRANSITION"',
        ),
        ({"alert_transition": "triggered"}, "status-unknown", "alert_transition", '"triggered"'),
        ({"alert_transition": "Null"}, "status-unknown", "alert_transition", '"Null"'),
        ({"alert_transition": {}}, "status-unknown", "alert_transition", "an object"),
        ({"date": "soon"}, "time-invalid", "date", '"soon"'),
        ({"date": []}, "time-invalid", "date", "an array"),
        ({"date": 10**30}, "time-invalid", "date", f'"{10**30}"'),
    ],
)
def test_what_is_no_alert_is_refused_with_its_place(
    changes: dict[str, Any], code: str, place: str, found: str
) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(message({**ALERT, **changes}), "datadog")
    rejected = caught.value.rejected
    assert (rejected.reason_code, rejected.place, rejected.found) == (code, place, found)


def test_the_payload_that_datadog_sends_by_itself_is_refused_with_the_way_out() -> None:
    body = {"body": "%%%", "event_type": "query_alert_monitor", "title": "[Triggered] x", "id": "1"}
    with pytest.raises(DecodeError, match=r"^alert_id: expected .*docs/signals/datadog\.md"):
        decode(message(body), "datadog")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "not-json"),
        (b"payload=%7B%7D", "not-json"),
        (b"[]", "wrong-shape"),
        (b'{"date":NaN}', "not-json"),
        (b'{"alert_id":"1","alert_id":"2"}', "duplicate-key"),
        (b"[" * 100_000, "not-json"),
    ],
)
def test_a_message_that_is_none_is_refused_as_a_whole(body: bytes, code: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(message(body), "datadog")
    assert (caught.value.rejected.reason_code, caught.value.rejected.place) == (code, "$")


def test_the_states_are_those_that_datadog_names() -> None:
    assert set(STATES.values()) == {"firing", "resolved"}
    assert [name for name, status in STATES.items() if status == "resolved"] == ["Recovered"]


@settings(max_examples=200)
@given(objects_like(ALERT))
def test_whatever_comes_is_a_delivery_or_a_decode_error(body: dict[str, Any]) -> None:
    with contextlib.suppress(DecodeError):
        assert isinstance(decode(message(body), "datadog"), Delivery)


@given(st.binary(max_size=200) | anything().map(lambda value: json.dumps(value).encode()))
def test_arbitrary_bytes_are_a_delivery_or_a_decode_error(body: bytes) -> None:
    with contextlib.suppress(DecodeError):
        assert isinstance(decode(message(body), "datadog"), Delivery)
