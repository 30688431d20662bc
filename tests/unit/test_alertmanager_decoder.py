"""Alertmanager's webhook: tolerant of what is new, strict about what identifies an alert."""

from __future__ import annotations

import json
from typing import Any

import pytest

from consumers.alertmanager import FORMAT, decode, fingerprint, sort_pairs
from consumers.payload import DecodeError, NumberText, an_array, parse
from domain import alert, facts
from domain.signal import Delivery, Rejected, Signal
from tests.support.meaning import Seals, context, received

# The publisher's own sample.
SAMPLE = rb"""{"receiver":"web\\.hook","status":"firing","alerts":[{"status":"firing","labels":
{"alertname":"DemoAlert","server":"ni3","severity":"critical"},"annotations":{"summary":"This is a demo"},
"startsAt":"2021-01-07T08:38:00.032813093Z","endsAt":"0001-01-01T00:00:00Z",
"generatorURL":"http://n3:9090/graph","fingerprint":"8a07086b74f3ba78"}],
"groupLabels":{"alertname":"DemoAlert"},
"commonLabels":{"alertname":"DemoAlert","server":"ni3","severity":"critical"},
"commonAnnotations":{"summary":"This is a demo"},"externalURL":"http://n3:9093","version":"4",
"groupKey":"{}:{alertname=\"DemoAlert\"}","truncatedAlerts":0}"""

ALERT: dict[str, Any] = {
    "status": "resolved",
    "labels": {"alertname": "DiskFull", "instance": "db-1"},
    "annotations": {"summary": "95 % used"},
    "startsAt": "2026-03-01T02:10:00+01:00",
    "endsAt": "2026-03-01T01:20:00.5Z",
    "generatorURL": "",
    "fingerprint": "",
}


def message(*alerts: object, **changes: object) -> bytes:
    """Return a webhook body."""
    whole = {"version": "4", "groupKey": "{}:{}", "truncatedAlerts": 0, "alerts": list(alerts)}
    return json.dumps({**whole, **changes}).encode()


def without(field: str) -> dict[str, Any]:
    """Return the usual alert without one field."""
    return {name: value for name, value in ALERT.items() if name != field}


def only(body: bytes) -> Signal:
    """Return the one signal of a body in which nothing is wrong."""
    delivery = decode(body, "am")
    assert delivery.rejected == ()
    (told,) = delivery.signals
    return told


def refused(alert: object) -> Rejected:
    """Return why the one alert of a body is rejected."""
    delivery = decode(message(alert), "am")
    assert delivery.signals == ()
    (rejected,) = delivery.rejected
    return rejected


def test_the_publishers_sample_is_read_whole() -> None:
    assert decode(SAMPLE, "am") == Delivery(
        source="am",
        format=FORMAT,
        group='{}:{alertname="DemoAlert"}',
        signals=(
            Signal(
                source="am",
                fingerprint="8a07086b74f3ba78",
                fingerprint_from="sender",
                status="firing",
                starts_at="2021-01-07T08:38:00.032813093Z",
                ends_at=None,
                labels=(("alertname", "DemoAlert"), ("server", "ni3"), ("severity", "critical")),
                annotations=(("summary", "This is a demo"),),
                generator_url="http://n3:9090/graph",
                group='{}:{alertname="DemoAlert"}',
            ),
        ),
    )


def test_the_fingerprint_is_the_hash_of_the_labels_in_order_of_name() -> None:
    labels = [("severity", "critical"), ("alertname", "DemoAlert"), ("server", "ni3")]
    assert fingerprint(labels) == "8a07086b74f3ba78"
    assert fingerprint([]) == "cbf29ce484222325"


def test_names_are_sorted_by_their_bytes() -> None:
    # U+FF5E comes before U+1F600 in UTF-8, and after it in UTF-16.
    assert sort_pairs([("\U0001f600", "b"), ("\uff5e", "a"), ("Z", "c"), ("a", "d")]) == (
        ("Z", "c"),
        ("a", "d"),
        ("\uff5e", "a"),
        ("\U0001f600", "b"),
    )


def test_a_missing_fingerprint_is_computed_and_said_so() -> None:
    for item in (ALERT, without("fingerprint"), {**ALERT, "fingerprint": None}):
        told = only(message(item))
        assert told.fingerprint_from == "labels"
        assert told.fingerprint == fingerprint(ALERT["labels"].items())


def test_the_last_time_there_is_can_be_stored_and_read_back() -> None:
    told = only(message({**ALERT, "startsAt": "2999-12-31T23:59:59.999999999Z", "endsAt": ""}))
    (fact,) = Seals().fact(alert.decide(alert.NOTHING, received(told), context()))
    assert facts.decode(facts.type_name(fact), facts.encode(fact)) == fact
    assert refused({**ALERT, "startsAt": "3000-01-01T00:00:00Z"}).reason_code == "time-invalid"


def test_times_stay_as_they_were_written() -> None:
    told = only(message(ALERT))
    assert (told.starts_at, told.ends_at) == ("2026-03-01T02:10:00+01:00", "2026-03-01T01:20:00.5Z")


@pytest.mark.parametrize("ends_at", [None, "", "0001-01-01T00:00:00Z"])
def test_an_end_that_is_not_known_is_not_invented(ends_at: str | None) -> None:
    assert only(message({**ALERT, "endsAt": ends_at})).ends_at is None


def test_while_an_alert_fires_its_end_is_not_read() -> None:
    assert only(message({**ALERT, "status": "firing", "endsAt": "later"})).ends_at is None


def test_what_identifies_nothing_is_read_as_far_as_it_goes() -> None:
    told = only(message({**ALERT, "annotations": {"b": "1", "a": {"x": 1}, "c": None}, "generatorURL": 7}))
    assert told.annotations == (("b", "1"),)
    assert told.generator_url is None
    assert only(message({**ALERT, "annotations": "none"})).annotations == ()
    number = only(message({**ALERT, "annotations": {"a": 1.50}})).annotations
    assert number == (("a", "1.5"),)
    assert type(number[0][1]) is str  # what is sealed later is encoded, and encoders know no other text


def test_unknown_fields_are_ignored() -> None:
    body = message({**ALERT, "new": {}}, notification_reason="repeat interval elapsed", routeLabels={})
    assert only(body).labels == (("alertname", "DiskFull"), ("instance", "db-1"))


def test_each_alert_has_its_own_state_whatever_the_message_says() -> None:
    body = message({**ALERT, "status": "firing"}, ALERT, status="resolved")
    assert [told.status for told in decode(body, "am").signals] == ["firing", "resolved"]


def test_alerts_that_the_sender_left_out_are_counted() -> None:
    assert decode(message(ALERT, truncatedAlerts=12), "am").truncated == 12
    assert decode(message(ALERT, truncatedAlerts=None), "am").truncated == 0


@pytest.mark.parametrize("count", ["12", -1, 1.5, 2**53, 10**30, [], True])
def test_a_count_that_makes_no_sense_costs_no_alert(count: object) -> None:
    delivery = decode(message(ALERT, truncatedAlerts=count), "am")
    assert (len(delivery.signals), delivery.truncated) == (1, 0)
    assert [rejected.place for rejected in delivery.rejected] == ["truncatedAlerts"]


def test_a_group_that_is_no_text_is_none() -> None:
    groups: tuple[object, ...] = (7, None, [])
    for group in groups:
        delivery = decode(message(ALERT, groupKey=group), "am")
        assert (delivery.group, delivery.signals[0].group) == (None, "")


def test_one_unusable_alert_does_not_cost_the_others() -> None:
    delivery = decode(message(ALERT, {}, {**ALERT, "status": "firing"}), "am")
    assert len(delivery.signals) == 2
    assert [rejected.place for rejected in delivery.rejected] == ["alerts[1].labels"]


@pytest.mark.parametrize(
    ("alert", "code", "place", "found"),
    [
        (None, "wrong-shape", "alerts[0]", "nothing"),
        ([], "wrong-shape", "alerts[0]", "an array"),
        (without("labels"), "wrong-shape", "alerts[0].labels", "nothing"),
        ({**ALERT, "labels": {}}, "wrong-shape", "alerts[0].labels", "none"),
        ({**ALERT, "labels": {"a": 1}}, "wrong-shape", "alerts[0].labels[0]", "1"),
        ({**ALERT, "labels": {"a": {}}}, "wrong-shape", "alerts[0].labels[0]", "an object"),
        (
            {**ALERT, "fingerprint": "0" * 16},
            "fingerprint-mismatch",
            "alerts[0].fingerprint",
            f'"{"0" * 16}"',
        ),
        ({**ALERT, "fingerprint": []}, "fingerprint-mismatch", "alerts[0].fingerprint", "an array"),
        ({**ALERT, "status": "suppressed"}, "status-unknown", "alerts[0].status", '"suppressed"'),
        (without("status"), "status-unknown", "alerts[0].status", "nothing"),
        (without("startsAt"), "wrong-shape", "alerts[0].startsAt", "nothing"),
        ({**ALERT, "startsAt": 1}, "wrong-shape", "alerts[0].startsAt", "1"),
        ({**ALERT, "startsAt": "soon"}, "time-invalid", "alerts[0].startsAt", "soon"),
        ({**ALERT, "endsAt": "late"}, "time-invalid", "alerts[0].endsAt", "late"),
        ({**ALERT, "endsAt": False}, "wrong-shape", "alerts[0].endsAt", "false"),
    ],
)
def test_a_rejection_names_place_and_what_was_found(alert: object, code: str, place: str, found: str) -> None:
    rejected = refused(alert)
    assert (rejected.reason_code, rejected.place, rejected.found) == (code, place, found)


def test_what_was_found_is_shown_in_short() -> None:
    assert len(refused({**ALERT, "status": "x" * 1000}).found) == 200


@pytest.mark.parametrize(
    ("body", "code", "place"),
    [
        (b"", "not-json", "$"),
        (b"{", "not-json", "$"),
        (b"[]", "wrong-shape", "$"),
        (b"7", "wrong-shape", "$"),
        (b"null", "wrong-shape", "$"),
        (b'{"alerts":[NaN]}', "not-json", "$"),
        (b"{}", "wrong-shape", "alerts"),
        (b'{"alerts":{}}', "wrong-shape", "alerts"),
        (b'{"version":"1","alerts":[]}', "version-unsupported", "version"),
        (b'{"alerts":[],"alerts":[]}', "duplicate-key", "$"),
        (b'{"alerts":[{"labels":{"a":"1","a":"2"}}]}', "duplicate-key", "$"),
        (b'{"a\xff":1,"a\xfe":2,"alerts":[]}', "duplicate-key", "$"),
        (b"[" * 100_000, "not-json", "$"),
    ],
)
def test_a_message_that_is_none_is_refused_as_a_whole(body: bytes, code: str, place: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(body, "am")
    assert (caught.value.rejected.reason_code, caught.value.rejected.place) == (code, place)
    assert str(caught.value).startswith(f"{place}: expected ")


def test_a_message_without_alerts_or_version_is_a_delivery_all_the_same() -> None:
    assert decode(b'{"alerts":[]}', "am") == Delivery(source="am", format=FORMAT)


def test_text_that_is_not_unicode_shows_as_replacement_and_its_hash_is_the_senders() -> None:
    body = message({**ALERT, "labels": {"a": "x"}, "fingerprint": "0123456789abcdef"})
    for bad in (b'"a": "\xff"', b'"a": "\\ud800"'):
        told = only(body.replace(b'"a": "x"', bad))
        assert told.labels == (("a", "\ufffd"),)
        assert (told.fingerprint, told.fingerprint_from) == ("0123456789abcdef", "sender")
    rejected = decode(
        body.replace(b'"a": "x"', b'"a": "\xff"').replace(b"0123456789abcdef", b"01"), "am"
    ).rejected
    assert [item.reason_code for item in rejected] == ["fingerprint-mismatch"]


def test_a_pair_of_escapes_is_one_character() -> None:
    body = message({**ALERT, "annotations": {"summary": "x"}}).replace(b'"x"', b'"\\ud83d\\ude00"')
    assert only(body).annotations == (("summary", "😀"),)


def test_a_byte_order_mark_is_no_part_of_the_message() -> None:
    assert decode(b"\xef\xbb\xbf" + SAMPLE, "am") == decode(SAMPLE, "am")


def test_numbers_stay_as_they_were_written() -> None:
    assert parse(b"[1.50, 1E400, -0]") == [NumberText("1.50"), NumberText("1E400"), NumberText("-0")]
    assert an_array(parse(b'[["\\udc00"]]'), "$") == [["\ufffd"]]
