"""Sentry's webhooks: events and metrics fire, whoever resolves an issue ends it, signatures are checked."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.condition import hash_of
from consumers.message import Message
from consumers.payload import DecodeError
from consumers.sentry import FORMAT, ROW, decode
from domain.signal import Delivery, Rejected, Remark, Signal
from tests.support.json_values import anything, objects_like
from tests.support.lives import effects
from tests.support.meaning import RULES

RECEIVED = "2026-03-01T02:15:00.000000Z"
SENT = "2026-03-01T02:10:02Z"
KEY = b"not a key of anybody"

# The samples of getsentry/sentry-docs (issue-alerts.mdx, metric-alerts.mdx, issues.mdx), trimmed.
EVENT: dict[str, Any] = {
    "culprit": "?(<anonymous>)",
    "datetime": "2019-08-19T21:06:17.677000Z",
    "event_id": "e4874d664c3540c1a32eab185f12c5ab",
    "issue_url": "https://sentry.io/api/0/issues/1117540176/",
    "issue_id": "1117540176",
    "level": "error",
    "message": "",
    "project": 1,
    "tags": [
        ["browser", "Chrome 75.0.3770"],
        ["level", "error"],
        ["url", "https://null.jsbin.com/runner"],
    ],
    "timestamp": 1566248777.677,
    "title": "ReferenceError: heck is not defined",
    "url": "https://sentry.io/api/0/projects/test-org/front-end/events/e4874d664c3540c1a32eab185f12c5ab/",
    "web_url": "https://sentry.io/organizations/test-org/issues/1117540176/events/e4874d664c3540c1a32eab185f12c5ab/",
}
RULE: dict[str, Any] = {
    "aggregate": "count()",
    "environment": None,
    "id": "7",
    "name": "Too many errors",
    "projects": ["bar"],
    "query": "level:error",
}
METRIC: dict[str, Any] = {
    "alert_rule": RULE,
    "date_closed": None,
    "date_started": "2020-09-13T12:26:40.000000Z",
    "id": "4",
    "identifier": "1",
    "organization_id": "5",
    "projects": ["bar"],
    "title": "Sacred Marmot",
}
ISSUE: dict[str, Any] = {
    "web_url": "https://example-org.sentry.io/issues/1234567890/",
    "id": "1234567890",
    "shortId": "PYTHON-Y",
    "title": "Error generated with event_id: 495d375a-1df6-45c0-9890-34dae8e1b6a4(Priority: HIGH)",
    "culprit": "test-transaction-0-41e49cd3-7252-441f-8d27-63a9ad697b0a",
    "level": "fatal",
    "status": "unresolved",
    "substatus": "new",
    "platform": "javascript",
    "project": {"id": "112313123123134", "name": "python", "slug": "python", "platform": "python"},
    "issueType": "error",
    "issueCategory": "error",
    "priority": "high",
    "firstSeen": "2025-11-10T20:56:00.679000+00:00",
    "lastSeen": "2025-11-10T20:56:00.738000+00:00",
}
METRIC_TEXTS = {
    "description_text": "1000 events in the last 10 minutes\\nFilter: level:error",
    "description_title": "Resolved: Too many errors",
    "web_url": "https://sentry.io/organizations/baz/alerts/1/",
}


def message(resource: str | None, body: object, secret: bytes | None = None, **headers: str) -> Message:
    """Return a message with ``body`` as JSON, unless it is bytes."""
    named = {} if resource is None else {"sentry-hook-resource": resource}
    return Message(
        body=body if isinstance(body, bytes) else json.dumps(body).encode(),
        headers={**named, "sentry-hook-timestamp": "1772331002", **headers},
        received_at=RECEIVED,
        secret=secret,
    )


def event_alert(
    action: object = "triggered", rule: object = "Very Important Alert Rule!", **event: object
) -> Message:
    """Return the message of an alert about an event with changes."""
    data = {"event": {**EVENT, **event}, "triggered_rule": rule}
    return message("event_alert", {"action": action, "data": data})


def metric_alert(action: object = "resolved", **metric: object) -> Message:
    """Return the message of a metric alert with changes."""
    return message(
        "metric_alert", {"action": action, "data": {"metric_alert": {**METRIC, **metric}, **METRIC_TEXTS}}
    )


def issue(action: object = "created", actor: object = None, **changes: object) -> Message:
    """Return the message of an issue with changes."""
    return message("issue", {"action": action, "actor": actor, "data": {"issue": {**ISSUE, **changes}}})


def told(sent: Message) -> Signal:
    """Return the one signal of a message in which nothing is wrong."""
    delivery = decode(sent, "sentry")
    (signal,) = delivery.signals
    assert (delivery.remarks, delivery.rejected) == ((), ())
    return signal


def remarked(sent: Message) -> Remark:
    """Return the one remark of a message."""
    delivery = decode(sent, "sentry")
    (remark,) = delivery.remarks
    assert delivery.signals == ()
    return remark


def refused(sent: Message) -> Rejected:
    """Return why a message is refused."""
    with pytest.raises(DecodeError) as caught:
        decode(sent, "sentry")
    return caught.value.rejected


def test_the_sample_of_an_issue_alert_is_read_whole() -> None:
    assert decode(event_alert(), "sentry") == Delivery(
        source="sentry",
        format=FORMAT,
        signature="absent",
        signals=(
            Signal(
                source="sentry",
                fingerprint="1117540176",
                fingerprint_from="sender",
                status="firing",
                starts_at="2019-08-19T21:06:17.677000Z",
                ends_at=None,
                labels=(
                    ("alertname", "Very Important Alert Rule!"),
                    ("browser", "Chrome 75.0.3770"),
                    ("level", "error"),
                    ("project", "front-end"),
                    ("resource", "event_alert"),
                    ("service", "front-end"),
                    ("severity", "error"),
                    ("url", "https://null.jsbin.com/runner"),
                ),
                annotations=(
                    ("culprit", "?(<anonymous>)"),
                    ("event_id", "e4874d664c3540c1a32eab185f12c5ab"),
                    ("summary", "ReferenceError: heck is not defined"),
                ),
                generator_url=EVENT["web_url"],
            ),
        ),
    )


def test_the_sample_of_a_metric_alert_is_read_whole() -> None:
    assert told(metric_alert()) == Signal(
        source="sentry",
        fingerprint=hash_of("metric_alert", "5", "7", "bar"),
        fingerprint_from="sender",
        status="resolved",
        starts_at="2020-09-13T12:26:40.000000Z",
        ends_at=None,
        labels=(
            ("alertname", "Too many errors"),
            ("project", "bar"),
            ("resource", "metric_alert"),
            ("service", "bar"),
        ),
        annotations=(
            ("aggregate", "count()"),
            ("description", "1000 events in the last 10 minutes\\nFilter: level:error"),
            ("query", "level:error"),
            ("summary", "Resolved: Too many errors"),
            ("title", "Sacred Marmot"),
        ),
        generator_url="https://sentry.io/organizations/baz/alerts/1/",
    )


def test_the_sample_of_an_issue_is_read_whole() -> None:
    assert told(issue()) == Signal(
        source="sentry",
        fingerprint="1234567890",
        fingerprint_from="sender",
        status="firing",
        starts_at="2025-11-10T20:56:00.679000+00:00",
        ends_at=None,
        labels=(
            ("alertname", "PYTHON-Y"),
            ("issueCategory", "error"),
            ("issueType", "error"),
            ("platform", "javascript"),
            ("priority", "high"),
            ("project", "python"),
            ("resource", "issue"),
            ("service", "python"),
            ("severity", "fatal"),
        ),
        annotations=(
            ("culprit", ISSUE["culprit"]),
            ("substatus", "new"),
            ("summary", ISSUE["title"]),
        ),
        generator_url="https://example-org.sentry.io/issues/1234567890/",
    )


def test_a_title_is_never_the_name_of_an_alert_which_is_kept_in_clear() -> None:
    assert dict(told(issue(shortId=None)).labels).get("alertname") is None
    assert dict(told(event_alert(rule=None)).labels).get("alertname") is None


def test_an_alert_about_an_issue_is_over_when_the_issue_is_resolved() -> None:
    first = told(event_alert())
    end = told(issue("resolved", id="1117540176"))
    assert (end.fingerprint, end.status, end.episode_from) == (first.fingerprint, "resolved", "state")
    assert (end.starts_at, end.ends_at) == (SENT, SENT)
    assert effects([first, end]) == ["open", "clear"]


def test_a_later_event_of_an_issue_that_nobody_resolves_is_told_again() -> None:
    first, later = told(event_alert()), told(event_alert(datetime="2019-08-27T00:00:00Z"))
    assert effects([first, first, later]) == ["open", "again", "open"]


def test_the_first_event_of_a_new_issue_is_the_issues_beginning() -> None:
    new = told(issue("created", id="1117540176", firstSeen="2019-08-19T21:06:17.677+00:00"))
    assert effects([new, told(event_alert())]) == ["open", "again"]


def test_an_issue_that_is_back_goes_on_with_what_fires_and_begins_anew_where_nothing_does() -> None:
    back, over = told(issue("unresolved")), told(issue("resolved"))
    assert (back.starts_at, back.episode_from) == (SENT, "state")
    assert effects([told(issue("created")), back, over]) == ["open", "again", "clear"]
    assert effects([back]) == ["open"]


@pytest.mark.parametrize("action", ["critical", "warning"])
def test_the_action_of_a_metric_alert_is_its_severity(action: str) -> None:
    signal = told(metric_alert(action, date_closed="never read"))
    assert (signal.status, signal.ends_at, dict(signal.labels)["severity"]) == ("firing", None, action)
    assert RULES.severity[action] in {"SEV-1", "SEV-3"}


def test_a_metric_alert_that_gets_worse_is_one_episode_until_it_ends() -> None:
    closed = "2020-09-13T12:36:40Z"
    signals = [told(metric_alert(action)) for action in ("warning", "critical")]
    end = told(metric_alert("resolved", date_closed=closed))
    assert end.ends_at == closed
    assert effects([*signals, end]) == ["open", "again", "clear"]


def test_one_rule_fires_for_each_of_its_projects_by_itself() -> None:
    def key(**changes: object) -> str:
        return told(metric_alert("critical", **changes)).fingerprint

    assert key(projects=["a", "b"]) == key(projects=["b", "a"])
    keys = {
        key(),
        key(projects=["foo"]),
        key(projects=None),
        key(organization_id="6"),
        key(alert_rule={**RULE, "id": "8"}),
    }
    assert len(keys) == 5


def test_the_service_is_a_project_only_if_it_is_one() -> None:
    assert "service" not in dict(told(metric_alert("critical", projects=["a", "b"])).labels)
    assert "service" not in dict(told(event_alert(url="https://sentry.example/elsewhere")).labels)


def test_tags_win_under_their_own_names_and_of_several_with_one_key_the_last() -> None:
    tags = [
        ["service", "checkout"],
        ["environment", "production"],
        ["severity", "page"],
        ["n", 1],
        "x",
        ["y"],
        ["", "z"],
    ]
    labels = dict(told(event_alert(tags=tags, environment="other")).labels)
    assert (labels["service"], labels["environment"], labels["severity"]) == (
        "checkout",
        "production",
        "page",
    )
    assert (labels["n"], labels["project"]) == ("1", "front-end")
    assert not {"", "x", "y"} & labels.keys()
    assert dict(told(event_alert(tags={}, environment="staging")).labels)["environment"] == "staging"
    assert dict(told(metric_alert(alert_rule={**RULE, "environment": "eu"})).labels)["environment"] == "eu"


@pytest.mark.parametrize(
    ("action", "kind"), [("assigned", "updated"), ("archived", "silenced"), ("ignored", "silenced")]
)
def test_what_somebody_does_to_an_issue_is_a_remark(action: str, kind: str) -> None:
    remark = remarked(issue(action, actor={"type": "user", "name": "Ada"}, substatus="archived_forever"))
    assert (remark.fingerprint, remark.kind, remark.at) == ("1234567890", kind, SENT)
    assert remark.text == f"{action} (archived_forever) by Ada"
    assert remarked(issue(action, substatus=None)).text == action


def test_whatever_is_connected_is_told_so_and_no_alert_is_in_it() -> None:
    assert decode(message("installation", b"not even JSON"), "sentry") == Delivery(
        source="sentry", format=FORMAT, signature="absent"
    )


def test_without_a_time_of_sending_the_time_of_receipt_counts() -> None:
    body = {"action": "resolved", "data": {"issue": {"id": "1"}}}
    headers = {"sentry-hook-resource": "issue"}
    signal = told(Message(body=json.dumps(body).encode(), headers=headers, received_at=RECEIVED))
    assert (signal.starts_at, signal.ends_at) == (RECEIVED, RECEIVED)


def test_with_a_key_only_what_is_signed_with_it_is_believed() -> None:
    body = json.dumps({"action": "created", "data": {"issue": ISSUE}}).encode()
    signature = hmac.new(KEY, body, hashlib.sha256).hexdigest()

    def sent(secret: bytes | None, **headers: str) -> Message:
        return message("issue", body, secret, **headers)

    assert decode(sent(KEY, **{"sentry-hook-signature": signature}), "sentry").signature == "valid"
    assert decode(sent(None, **{"sentry-hook-signature": signature}), "sentry").signature == "unchecked"
    assert decode(sent(None), "sentry").signature == "absent"
    assert refused(sent(KEY)).reason_code == "signature-absent"
    assert refused(sent(KEY, **{"sentry-hook-signature": "0" * 64})).reason_code == "signature-invalid"
    other = message("installation", b"{}", KEY, **{"sentry-hook-signature": signature})
    assert refused(other).reason_code == "signature-invalid"


def test_the_headers_that_are_needed_to_check_a_message_again_are_kept() -> None:
    assert {"sentry-hook-resource", "sentry-hook-signature", "sentry-hook-timestamp"} < ROW.headers


@pytest.mark.parametrize(
    ("sent", "code", "place", "found"),
    [
        (message(None, {}), "resource-unsupported", "header sentry-hook-resource", "nothing"),
        (message("error", {}), "resource-unsupported", "header sentry-hook-resource", '"error"'),
        (message("issue", []), "wrong-shape", "$", "an array"),
        (message("issue", {}), "wrong-shape", "data", "nothing"),
        (message("issue", {"data": {}}), "wrong-shape", "data.issue", "nothing"),
        (
            message("issue", b"{"),
            "not-json",
            "$",
            "Expecting property name enclosed in double quotes at character 1",
        ),
        (message("issue", b"[" * 100_000), "not-json", "$", "deeper nesting"),
        (event_alert("resolved"), "status-unknown", "action", '"resolved"'),
        (event_alert(issue_id=None), "wrong-shape", "data.event.issue_id", "nothing"),
        (event_alert(issue_id="12/3"), "wrong-shape", "data.event.issue_id", '"12/3"'),
        (event_alert(issue_id=10**30), "wrong-shape", "data.event.issue_id", str(10**30)),
        (event_alert(issue_id=True), "wrong-shape", "data.event.issue_id", "true"),
        (event_alert(datetime=None), "wrong-shape", "data.event.datetime", "nothing"),
        (event_alert(datetime="soon"), "time-invalid", "data.event.datetime", "soon"),
        (
            message("event_alert", {"action": "triggered", "data": {"event": 1}}),
            "wrong-shape",
            "data.event",
            "1",
        ),
        (metric_alert("open"), "status-unknown", "action", '"open"'),
        (metric_alert([]), "status-unknown", "action", "an array"),
        (metric_alert(alert_rule=None), "wrong-shape", "data.metric_alert.alert_rule", "nothing"),
        (metric_alert(alert_rule={}), "wrong-shape", "data.metric_alert.alert_rule.id", "nothing"),
        (metric_alert(organization_id={}), "wrong-shape", "data.metric_alert.organization_id", "an object"),
        (metric_alert(projects="bar"), "wrong-shape", "data.metric_alert.projects", '"bar"'),
        (metric_alert(projects=["a", 1]), "wrong-shape", "data.metric_alert.projects[1]", "1"),
        (metric_alert(date_started=1), "wrong-shape", "data.metric_alert.date_started", "1"),
        (metric_alert(date_closed="x"), "time-invalid", "data.metric_alert.date_closed", "x"),
        (issue("deleted"), "status-unknown", "action", '"deleted"'),
        (issue({}), "status-unknown", "action", "an object"),
        (issue(id=None), "wrong-shape", "data.issue.id", "nothing"),
        (issue(firstSeen=None), "wrong-shape", "data.issue.firstSeen", "nothing"),
        (
            message("issue", {"data": {}}, None, **{"sentry-hook-timestamp": "soon"}),
            "time-invalid",
            "header sentry-hook-timestamp",
            '"soon"',
        ),
    ],
)
def test_what_is_no_alert_is_refused_with_its_place(sent: Message, code: str, place: str, found: str) -> None:
    rejected = refused(sent)
    assert (rejected.reason_code, rejected.place, rejected.found) == (code, place, found)


@settings(max_examples=200)
@given(
    st.sampled_from(["event_alert", "metric_alert", "issue"]),
    st.sampled_from(["triggered", "critical", "resolved", "created", "assigned"]),
    objects_like(EVENT),
    objects_like(METRIC),
    objects_like(ISSUE),
    anything(),
)
def test_whatever_comes_is_a_delivery_or_a_decode_error(
    resource: str, action: str, event: object, metric: object, about: object, actor: object
) -> None:
    data = {"event": event, "metric_alert": metric, "issue": about, "triggered_rule": actor}
    with contextlib.suppress(DecodeError):
        assert isinstance(
            decode(message(resource, {"action": action, "data": data, "actor": actor}), "s"), Delivery
        )


@given(
    st.sampled_from(["event_alert", "metric_alert", "issue", "installation"]),
    st.binary(max_size=200) | anything().map(lambda value: json.dumps(value).encode()),
    st.text(max_size=20),
)
def test_arbitrary_bytes_are_a_delivery_or_a_decode_error(resource: str, body: bytes, header: str) -> None:
    headers = {"sentry-hook-timestamp": header, "sentry-hook-signature": header}
    for secret in (None, KEY):
        with contextlib.suppress(DecodeError):
            assert isinstance(decode(message(resource, body, secret, **headers), "s"), Delivery)
