"""Grafana's webhook: the list of alerts of today, with or without a signature."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.condition import hash_of
from consumers.grafana import FORMAT, ROW, SENT_AT, SIGNATURE, decode
from consumers.message import Message
from consumers.payload import DecodeError
from domain import alert, facts
from domain.rules import route
from domain.signal import Delivery, Rejected, Signal
from tests.support.json_values import anything, objects_like
from tests.support.lives import effects
from tests.support.meaning import RULES, Seals, context, received

RECEIVED = "2026-05-05T13:05:00.000000Z"
SECRET = b"not a secret"

# The publisher's own sample.
SAMPLE = rb"""{"receiver":"webhook","status":"firing","alerts":[{"status":"firing","labels":
{"alertname":"TestAlert","grafana_folder":"Test Folder","instance":"Grafana"},
"annotations":{"summary":"TEST"},
"startsAt":"2026-05-05T13:04:57.62281314Z","endsAt":"0001-01-01T00:00:00Z","generatorURL":"?orgId=1",
"fingerprint":"c4edaaf9f9f839b0","silenceURL":"https://grafana.example.com/alerting/silence/new",
"dashboardURL":"https://grafana.example.com/d/dashboard_uid","panelURL":"","values":{"B":22,"C":1},
"valueString":"[ var='B' value=22 ]","orgId":1}],"groupLabels":{"alertname":"TestAlert"},
"commonLabels":{"alertname":"TestAlert"},"commonAnnotations":{},"externalURL":"https://grafana.example.com/",
"appVersion":"12.4.2","version":"1","groupKey":"webhook-c4edaaf9f9f839b0-1777986297","truncatedAlerts":0,
"orgId":1,"title":"TestAlert","state":"alerting","message":"Firing"}"""

ALERT: dict[str, Any] = {
    "status": "firing",
    "labels": {"alertname": "HighLatency", "service": "checkout", "severity": "critical"},
    "annotations": {"summary": "p99 above 2 s"},
    "startsAt": "2026-03-01T02:10:00.123456789Z",
    "endsAt": "0001-01-01T00:00:00Z",
    "generatorURL": "https://grafana.example.com/alerting/grafana/x/view?orgId=1",
    "fingerprint": "c4edaaf9f9f839b0",
    "values": {"B": 22},
    "valueString": "[ var='B' value=22 ]",
}
TOP: dict[str, Any] = {"version": "1", "groupKey": "{}/{}:{}", "truncatedAlerts": 0, "alerts": [ALERT]}


def body_of(*alerts: object, **changes: object) -> bytes:
    """Return a webhook's body."""
    return json.dumps({**TOP, "alerts": list(alerts), **changes}).encode()


def message(body: bytes, secret: bytes | None = None, **headers: str) -> Message:
    """Return what came, with headers by their names in lower case, underlines for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Message(body=body, headers=named, received_at=RECEIVED, secret=secret)


def told(body: bytes) -> Delivery:
    """Return what an unsigned body says."""
    return decode(message(body), "grafana")


def only(*changes: dict[str, Any]) -> Signal:
    """Return the one signal of the usual alert with changes, in which nothing is wrong."""
    delivery = told(body_of({**ALERT, **dict(pair for change in changes for pair in change.items())}))
    assert delivery.rejected == ()
    (signal,) = delivery.signals
    return signal


def refused(item: object) -> Rejected:
    """Return why the one alert of a body is rejected."""
    delivery = told(body_of(item))
    assert delivery.signals == ()
    (rejected,) = delivery.rejected
    return rejected


def signed(payload: bytes, secret: bytes = SECRET) -> str:
    """Return the signature as the sender makes it."""
    return hmac.new(secret, payload, hashlib.sha256).hexdigest()


def test_the_publishers_sample_is_read_whole() -> None:
    assert told(SAMPLE) == Delivery(
        source="grafana",
        format=FORMAT,
        group="webhook-c4edaaf9f9f839b0-1777986297",
        signature="absent",
        signals=(
            Signal(
                source="grafana",
                fingerprint="c4edaaf9f9f839b0",
                fingerprint_from="sender",
                status="firing",
                starts_at="2026-05-05T13:04:57.62281314Z",
                ends_at=None,
                labels=(
                    ("alertname", "TestAlert"),
                    ("grafana_folder", "Test Folder"),
                    ("instance", "Grafana"),
                ),
                annotations=(
                    ("dashboardURL", "https://grafana.example.com/d/dashboard_uid"),
                    ("silenceURL", "https://grafana.example.com/alerting/silence/new"),
                    ("summary", "TEST"),
                    ("valueString", "[ var='B' value=22 ]"),
                    ("values", "B = 22, C = 1"),
                ),
                generator_url="https://grafana.example.com/d/dashboard_uid",
                group="webhook-c4edaaf9f9f839b0-1777986297",
            ),
        ),
    )


def test_the_alert_rules_find_what_they_read() -> None:
    found = route(only(), RULES)
    assert (found.alert_name, found.service, found.severity_hint) == ("HighLatency", "checkout", "SEV-1")


def test_an_alert_fires_is_repeated_ends_and_fires_anew() -> None:
    ended = {"status": "resolved", "endsAt": "2026-03-01T02:20:00Z"}
    again = {"startsAt": "2026-03-01T03:00:00Z"}
    assert effects([only(), only(), only(ended), only(again)]) == ["open", "again", "clear", "open"]


def test_each_alert_has_its_own_state_whatever_the_message_says() -> None:
    body = body_of(ALERT, {**ALERT, "status": "resolved", "endsAt": RECEIVED}, status="firing", state="ok")
    found = told(body).signals
    assert [(signal.status, signal.ends_at) for signal in found] == [("firing", None), ("resolved", RECEIVED)]


def test_the_fingerprint_is_the_senders_whatever_the_labels_are() -> None:
    one, other = only(), only({"labels": {"alertname": "Other"}})
    assert one.fingerprint == other.fingerprint == "c4edaaf9f9f839b0"
    assert one.fingerprint_from == "sender"


@pytest.mark.parametrize("missing", [None, ""])
def test_without_a_fingerprint_the_condition_is_its_labels_in_any_order(missing: str | None) -> None:
    labels = {"alertname": "A", "host": "{{ $labels.host }}"}
    one = only({"labels": labels, "fingerprint": missing})
    other = only({"labels": dict(reversed(labels.items())), "fingerprint": missing})
    assert one.fingerprint == other.fingerprint == hash_of("alertname", "A", "host", "{{ $labels.host }}")
    assert one.fingerprint_from == "labels"


@pytest.mark.parametrize("name", ["DatasourceNoData", "DatasourceError"])
def test_a_rule_without_data_is_an_alert_of_its_own(name: str) -> None:
    labels = {"alertname": name, "rulename": "HighLatency", "service": "checkout"}
    blind = {"labels": labels, "fingerprint": "0123456789abcdef"}
    ended = {"status": "resolved", "endsAt": "2026-03-01T02:20:00Z"}
    assert dict(only(blind).labels)["rulename"] == "HighLatency"
    assert effects([only(blind), only(blind, ended)]) == ["open", "clear"]


def test_why_an_alert_ended_stays_with_it() -> None:
    ended = only({"status": "resolved", "annotations": {"grafana_state_reason": "Paused"}})
    assert dict(ended.annotations)["grafana_state_reason"] == "Paused"


@pytest.mark.parametrize(
    "text", ["{{ $labels.service }}", "{{ .service }}", "[no value]", "<no value>", "$SERVICE", ""]
)
def test_a_variable_without_a_value_names_no_service(text: str) -> None:
    found = only({"labels": {"alertname": "A", "service": text, "app": "shop"}})
    assert dict(found.labels) == {"alertname": "A", "app": "shop"}
    assert route(found, RULES).service == "shop"
    assert "summary" not in dict(only({"annotations": {"summary": text}}).annotations)


def test_annotations_win_over_what_else_is_told() -> None:
    found = only({"annotations": {"values": "many"}, "ruleUID": "f1"})
    assert dict(found.annotations) == {
        "values": "many",
        "valueString": "[ var='B' value=22 ]",
        "ruleUID": "f1",
    }


def test_numbers_stay_as_they_were_written() -> None:
    body = body_of(ALERT).replace(b'{"B": 22}', b'{"B": 22.50, "C": 1E+3, "D": null}')
    (signal,) = told(body).signals
    assert dict(signal.annotations)["values"] == "B = 22.50, C = 1E+3"


@pytest.mark.parametrize(
    ("links", "found"),
    [
        ({}, "https://grafana.example.com/alerting/grafana/x/view?orgId=1"),
        ({"generatorURL": "?orgId=1", "panelURL": "http://g/p", "dashboardURL": "http://g/d"}, "http://g/p"),
        ({"generatorURL": "", "panelURL": "/d/x", "dashboardURL": "http://g/d"}, "http://g/d"),
        ({"generatorURL": "javascript:alert(1)"}, None),
        ({"generatorURL": 7, "panelURL": None, "dashboardURL": []}, None),
    ],
)
def test_the_link_is_the_first_that_leads_somewhere(links: dict[str, Any], found: str | None) -> None:
    assert only(links).generator_url == found


def test_the_group_is_grafanas_and_losses_are_counted() -> None:
    delivery = told(body_of(ALERT, groupKey="g", truncatedAlerts=3))
    assert (delivery.group, delivery.signals[0].group, delivery.truncated) == ("g", "g", 3)
    wrong = told(body_of(ALERT, groupKey=7, truncatedAlerts=-1))
    assert (wrong.group, wrong.signals[0].group, wrong.truncated) == (None, "", 0)
    assert [item.place for item in wrong.rejected] == ["truncatedAlerts"]


def test_unknown_fields_are_ignored_and_a_version_may_be_missing() -> None:
    body = json.dumps({"alerts": [{**ALERT, "enrichments": [{}]}], "new": 1}).encode()
    assert told(body).signals[0].fingerprint == "c4edaaf9f9f839b0"


def test_one_unusable_alert_does_not_cost_the_others() -> None:
    delivery = told(body_of(ALERT, {}, ALERT))
    assert len(delivery.signals) == 2
    assert [item.place for item in delivery.rejected] == ["alerts[1].labels"]


@pytest.mark.parametrize(
    ("changes", "code", "place", "found"),
    [
        ({"labels": None}, "wrong-shape", "labels", "nothing"),
        ({"labels": {}}, "wrong-shape", "labels", "none"),
        ({"labels": {"my mail": 1}}, "wrong-shape", "labels[0]", "1"),
        ({"fingerprint": "C4EDAAF9F9F839B0"}, "fingerprint-invalid", "fingerprint", '"C4EDAAF9F9F839B0"'),
        ({"fingerprint": "c4edaaf9f9f839b0\n"}, "fingerprint-invalid", "fingerprint", None),
        ({"fingerprint": 7}, "fingerprint-invalid", "fingerprint", "7"),
        ({"fingerprint": []}, "fingerprint-invalid", "fingerprint", "an array"),
        ({"status": "alerting"}, "status-unknown", "status", '"alerting"'),
        ({"status": None}, "status-unknown", "status", "nothing"),
        ({"startsAt": None}, "wrong-shape", "startsAt", "nothing"),
        ({"startsAt": "0001-01-01T00:00:00Z"}, "time-invalid", "startsAt", "0001-01-01T00:00:00Z"),
        ({"status": "resolved", "endsAt": "late"}, "time-invalid", "endsAt", "late"),
    ],
)
def test_a_rejection_names_place_and_what_was_found(
    changes: dict[str, Any], code: str, place: str, found: str | None
) -> None:
    rejected = refused({**ALERT, **changes})
    assert (rejected.reason_code, rejected.place) == (code, f"alerts[0].{place}")
    assert found is None or rejected.found == found


@pytest.mark.parametrize(
    ("body", "code", "place"),
    [
        (b"", "not-json", "$"),
        (b"[]", "wrong-shape", "$"),
        (b"{}", "wrong-shape", "alerts"),
        (b'{"alerts":{},"ruleId":1}', "wrong-shape", "alerts"),
        (b'{"version":"4","alerts":[]}', "version-unsupported", "version"),
        (b'{"version":2,"alerts":[]}', "version-unsupported", "version"),
        (b'{"alerts":[NaN]}', "not-json", "$"),
        (b'{"alerts":[],"alerts":[]}', "duplicate-key", "$"),
        (b"[" * 100_000, "not-json", "$"),
    ],
)
def test_a_message_that_is_none_is_refused_as_a_whole(body: bytes, code: str, place: str) -> None:
    with pytest.raises(DecodeError) as caught:
        told(body)
    assert (caught.value.rejected.reason_code, caught.value.rejected.place) == (code, place)


def test_a_signature_covers_the_body() -> None:
    body = body_of(ALERT)
    delivery = decode(message(body, SECRET, x_grafana_alerting_signature=signed(body)), "grafana")
    assert (delivery.signature, len(delivery.signals)) == ("valid", 1)


def test_a_signature_covers_the_time_of_sending_where_it_is_told() -> None:
    body, at = body_of(ALERT), "1777986297"
    signature = signed(b"1777986297:" + body)
    headers = {"x_grafana_alerting_timestamp": at, "x_grafana_alerting_signature": signature}
    assert decode(message(body, SECRET, **headers), "grafana").signature == "valid"
    for other in (
        {**headers, "x_grafana_alerting_timestamp": "1777986298"},
        {"x_grafana_alerting_signature": signature},
    ):
        with pytest.raises(DecodeError) as caught:
            decode(message(body, SECRET, **other), "grafana")
        assert caught.value.rejected.reason_code == "signature-invalid"


@pytest.mark.parametrize(
    ("headers", "code"),
    [({}, "signature-absent"), ({"x_grafana_alerting_signature": "00"}, "signature-invalid")],
)
def test_with_a_secret_only_what_is_signed_is_believed(headers: dict[str, str], code: str) -> None:
    for body in (body_of(ALERT), b'{"ruleId": 1, "state": "alerting"}', b"no JSON"):
        with pytest.raises(DecodeError) as caught:
            decode(message(body, SECRET, **headers), "grafana")
        assert (caught.value.rejected.reason_code, caught.value.rejected.place) == (code, "$")


def test_without_a_secret_a_signature_is_kept_unchecked() -> None:
    assert decode(message(SAMPLE, x_grafana_alerting_signature="00"), "grafana").signature == "unchecked"
    assert {SIGNATURE, SENT_AT} == ROW.headers


@settings(max_examples=200)
@given(st.lists(objects_like(ALERT) | anything(), max_size=3), objects_like(TOP))
def test_whatever_comes_is_a_delivery_or_a_decode_error(alerts: list[Any], top: dict[str, Any]) -> None:
    body = json.dumps({**top, **({"alerts": [*alerts, ALERT]} if "alerts" in top else {})}).encode()
    try:
        delivery = told(body)
    except DecodeError:
        return
    for signal in delivery.signals:
        for fact in Seals().fact(alert.decide(alert.NOTHING, received(signal), context())):
            data = msgspec.json.decode(msgspec.json.encode(facts.encode(fact)))
            assert facts.decode(facts.type_name(fact), data) == fact


@given(st.binary(max_size=200) | anything().map(lambda value: json.dumps(value).encode()))
def test_arbitrary_bytes_are_a_delivery_or_a_decode_error(body: bytes) -> None:
    with contextlib.suppress(DecodeError):
        assert isinstance(told(body), Delivery)
