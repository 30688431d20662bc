"""Google Cloud Monitoring: an incident of theirs is an episode with its own start, and a test is none."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.google import FORMAT, decode
from consumers.payload import DecodeError
from domain.signal import Delivery, Signal
from tests.support.json_values import anything, objects_like

# A published sample: cloudforet-io/plugin-google-monitoring-mon-webhook, docs/en/SAMPLE_DATA.md, trimmed.
SAMPLE = rb"""{"incident": {"condition": {"displayName": "VM Instance - CPU utilization",
"name": "projects/p/alertPolicies/10988491472291860640/conditions/10988491472291860713"},
"condition_name": "VM Instance - CPU utilization",
"documentation": {"content": "Server High CPU Usage", "mime_type": "text/markdown"},
"ended_at": null, "incident_id": "0.mtdi83m6w8ao", "metadata": {"system_labels": {}, "user_labels": {}},
"metric": {"displayName": "CPU utilization", "labels": {},
"type": "compute.googleapis.com/instance/cpu/utilization"}, "observed_value": "0.790",
"policy_name": "choonho-server-cpu-alert-policy-test",
"resource": {"labels": {"project_id": "xxxx"}, "type": "gce_instance"}, "resource_id": "",
"resource_name": "xxxx VM Instance labels {project_id=xxxx}", "resource_type_display_name": "VM Instance",
"scoping_project_id": "xxxx", "scoping_project_number": 286919713412, "started_at": 1675315787,
"state": "open", "summary": "CPU utilization is above the threshold of 0.500 with a value of 0.790.",
"threshold_value": "0.5",
"url": "https://console.cloud.google.com/monitoring/alerting/incidents/0.mtdi83m6w8ao?project=xxxx"},
"version": "1.2"}"""

INCIDENT: dict[str, Any] = {
    "incident_id": "0.abc",
    "state": "closed",
    "started_at": 1772331000,
    "ended_at": 1772331600,
    "policy_name": "Checkout is slow",
    "condition_name": "p99",
    "severity": "Critical",
    "summary": "p99 is above 2 s",
    "documentation": "Look at the queue.",
    "url": "https://console.cloud.google.com/x",
    "scoping_project_id": "shop",
    "resource": {"type": "cloud_run_revision", "labels": {"service_name": "checkout", "severity": "r"}},
    "metric": {"type": "run/latency", "labels": {"code": 500, "severity": "m"}},
    "metadata": {"system_labels": {"zone": "b", "list": []}, "user_labels": {"env": "prod"}},
    "policy_user_labels": {"service": "shop"},
}


def message(incident: object, **changes: object) -> bytes:
    """Return a body."""
    return json.dumps({"version": "1.2", "incident": incident, **changes}).encode()


def told(**changes: object) -> Signal:
    """Return the signal of the usual incident with ``changes``."""
    (signal,) = decode(message({**INCIDENT, **changes}), "google").signals
    return signal


def test_the_published_sample_is_read_whole() -> None:
    assert decode(SAMPLE, "google") == Delivery(
        source="google",
        format=FORMAT,
        signals=(
            Signal(
                source="google",
                fingerprint="0.mtdi83m6w8ao",
                fingerprint_from="sender",
                status="firing",
                starts_at="2023-02-02T05:29:47Z",
                ends_at=None,
                labels=(
                    ("alertname", "choonho-server-cpu-alert-policy-test"),
                    ("condition_name", "VM Instance - CPU utilization"),
                    ("metric_type", "compute.googleapis.com/instance/cpu/utilization"),
                    ("project_id", "xxxx"),
                    ("resource_type", "gce_instance"),
                    ("scoping_project_id", "xxxx"),
                ),
                annotations=(
                    ("description", "Server High CPU Usage"),
                    ("observed_value", "0.790"),
                    ("summary", "CPU utilization is above the threshold of 0.500 with a value of 0.790."),
                    ("threshold_value", "0.5"),
                ),
                generator_url=(
                    "https://console.cloud.google.com/monitoring/alerting/incidents/"
                    "0.mtdi83m6w8ao?project=xxxx"
                ),
            ),
        ),
    )


def test_closed_is_the_end_of_the_episode_that_began_when_it_says() -> None:
    signal = told()
    assert (signal.status, signal.starts_at, signal.ends_at, signal.episode_from) == (
        "resolved",
        "2026-03-01T02:10:00Z",
        "2026-03-01T02:20:00Z",
        "sender",
    )
    assert told(ended_at=None).ends_at is None


def test_while_it_is_open_its_end_is_not_read() -> None:
    assert told(state="open", ended_at="later").ends_at is None


def test_labels_of_the_policy_win_then_what_the_incident_says() -> None:
    assert told().labels == (
        ("alertname", "Checkout is slow"),
        ("code", "500"),
        ("condition_name", "p99"),
        ("env", "prod"),
        ("metric_type", "run/latency"),
        ("resource_type", "cloud_run_revision"),
        ("scoping_project_id", "shop"),
        ("service", "shop"),
        ("service_name", "checkout"),
        ("severity", "Critical"),
        ("zone", "b"),
    )
    assert all(type(text) is str for pair in told().labels for text in pair)
    assert dict(told(policy_user_labels={"severity": "page"}).labels)["severity"] == "page"
    assert dict(told(severity=None).labels)["severity"] == "m"


def test_the_name_of_the_condition_stands_in_for_that_of_the_policy() -> None:
    signal = told(policy_name=None, summary=None)
    assert dict(signal.labels)["alertname"] == "p99"
    assert "summary" not in dict(signal.annotations)
    assert dict(told(summary="").annotations)["summary"] == "Checkout is slow"


def test_documentation_may_be_a_plain_text() -> None:
    assert dict(told().annotations)["description"] == "Look at the queue."
    assert "description" not in dict(told(documentation=[]).annotations)


def test_what_identifies_nothing_is_read_as_far_as_it_goes() -> None:
    signal = told(resource=7, metric=[], metadata={"user_labels": "x"}, policy_user_labels=None, url=[])
    assert {name for name, _ in signal.labels} == {
        "alertname",
        "condition_name",
        "scoping_project_id",
        "severity",
    }
    assert signal.generator_url is None


@pytest.mark.parametrize("incident", [None, INCIDENT, {"state": "OPEN", "started_at": 0}])
def test_a_test_from_the_console_is_a_delivery_without_signals(incident: object) -> None:
    assert decode(message(incident, version="test"), "google") == Delivery(source="google", format=FORMAT)


def test_a_newer_version_of_the_same_kind_is_read() -> None:
    for version in ("1.0", "1.3"):
        assert decode(message(INCIDENT, version=version), "google").signals
    assert decode(json.dumps({"incident": INCIDENT}).encode(), "google").signals


@pytest.mark.parametrize(
    ("changes", "code", "place", "found"),
    [
        ({"incident_id": None}, "wrong-shape", "incident.incident_id", "nothing"),
        ({"incident_id": ""}, "wrong-shape", "incident.incident_id", "an empty one"),
        ({"incident_id": 10**30}, "wrong-shape", "incident.incident_id", str(10**30)),
        ({"state": None}, "status-unknown", "incident.state", "nothing"),
        ({"state": "acknowledged"}, "status-unknown", "incident.state", '"acknowledged"'),
        ({"state": ["open"]}, "status-unknown", "incident.state", "an array"),
        ({"started_at": None}, "time-invalid", "incident.started_at", "nothing"),
        ({"started_at": 10**30}, "time-invalid", "incident.started_at", str(10**30)),
        ({"started_at": -1}, "time-invalid", "incident.started_at", "-1"),
        ({"ended_at": "soon"}, "time-invalid", "incident.ended_at", '"soon"'),
    ],
)
def test_what_is_no_incident_is_refused_with_its_place(
    changes: dict[str, Any], code: str, place: str, found: str
) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(message({**INCIDENT, **changes}), "google")
    rejected = caught.value.rejected
    assert (rejected.reason_code, rejected.place, rejected.found) == (code, place, found)


@pytest.mark.parametrize(
    ("body", "code", "place"),
    [
        (b"", "not-json", "$"),
        (b"[]", "wrong-shape", "$"),
        (b"{}", "wrong-shape", "incident"),
        (b'{"version":"2.0","incident":{}}', "version-unsupported", "version"),
        (b'{"version":1.2,"incident":{}}', "version-unsupported", "version"),
        (b'{"version":["test"],"incident":{}}', "version-unsupported", "version"),
        (b'{"version":"test","version":"1.2"}', "duplicate-key", "$"),
        (b'{"version":"test","x":' + b"[" * 100_000, "not-json", "$"),
    ],
)
def test_a_message_that_is_none_is_refused_as_a_whole(body: bytes, code: str, place: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(body, "google")
    assert (caught.value.rejected.reason_code, caught.value.rejected.place) == (code, place)


@settings(max_examples=200)
@given(objects_like(INCIDENT), objects_like({"version": "1.2", "incident": {}}))
def test_whatever_comes_is_a_delivery_or_a_decode_error(
    incident: dict[str, Any], outer: dict[str, Any]
) -> None:
    for body in (outer, {"incident": incident}):
        with contextlib.suppress(DecodeError):
            assert isinstance(decode(json.dumps(body).encode(), "google"), Delivery)


@given(st.binary(max_size=200) | anything().map(lambda value: json.dumps(value).encode()))
def test_arbitrary_bytes_are_a_delivery_or_a_decode_error(body: bytes) -> None:
    with contextlib.suppress(DecodeError):
        assert isinstance(decode(body, "google"), Delivery)
