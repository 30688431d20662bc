"""PagerDuty's events and changes: the dedup key is the condition, and a routing key gets nowhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers import pagerduty, pagerduty_changes
from consumers.masking import MASK
from consumers.message import Message
from domain.signal import Change, Delivery, Rejected, Remark, Signal
from tests.support.json_values import HOSTILE, anything, objects_like

RECEIVED = "2026-03-01T02:15:00.000000Z"
KEY = "this-is-the-routing-key"

# The publisher's own samples: PagerDuty/api-schema reference/events-v2/openapiv3.json, and
# PagerDuty/developer-docs docs/events-API-v2/03-Change-Events.md.
SAMPLE = rb"""{"routing_key":"e93facc04764012d7bfb002500d5d1a6","event_action":"trigger",
"dedup_key":"srv01/mysql","client":"Sample Monitoring Service","client_url":"https://monitoring.service.com",
"links":[{"href":"http://pagerduty.example.com","text":"An example link."}],
"payload":{"summary":"DISK at 99% on machine prod-datapipe03.example.com",
"timestamp":"2015-07-17T08:42:58.315+0000","severity":"critical","source":"prod-datapipe03.example.com",
"component":"mysql","group":"prod-datapipe","class":"disk",
"custom_details":{"free space":"1%","ping time":"1500ms","load avg":0.75}}}"""
CHANGE_SAMPLE = rb"""{"routing_key":"samplekeyhere","payload":{
"summary":"Build Success: Increase snapshot create timeout to 30 seconds",
"timestamp":"2020-07-17T08:42:58.315+0000","source":"acme-build-pipeline-tool-default-i-9999",
"custom_details":{"build_state":"passed","build_number":"2","run_time":"1236s"}},
"links":[{"href":"https://acme.pagerduty.dev/build/2","text":"View more details in Acme!"}]}"""

PAYLOAD: dict[str, Any] = {
    "summary": "Disk of db-1 is 95 % full",
    "source": "db-1",
    "severity": "critical",
    "timestamp": "2026-03-01T02:10:00Z",
    "class": "DiskFull",
    "group": "orders",
    "component": "postgres",
    "custom_details": {"service": "database"},
}
EVENT: dict[str, Any] = {
    "event_action": "trigger",
    "dedup_key": "db-1/disk",
    "payload": PAYLOAD,
    "client": "check",
    "client_url": "https://checks.example/",
    "links": [{"href": "https://a.example/"}],
    "routing_key": KEY,
}


def read(body: object, *, change: bool = False) -> Delivery:
    """Return what a body, or the JSON of a value, is decoded to."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    decode = pagerduty_changes.decode if change else pagerduty.decode
    return decode(Message(body=content, received_at=RECEIVED), "pd")


def event(**changes: Any) -> dict[str, Any]:
    """Return the usual trigger with changed members; those that are None are left out."""
    return {name: value for name, value in {**EVENT, **changes}.items() if value is not None}


def payload(**changes: Any) -> dict[str, Any]:
    """Return the usual trigger with changed members of its payload; those that are None are left out."""
    return event(payload={name: value for name, value in {**PAYLOAD, **changes}.items() if value is not None})


def only(body: object) -> Signal:
    """Return the one signal of an event with which nothing is wrong."""
    delivery = read(body)
    assert (delivery.rejected, delivery.remarks, delivery.changes) == ((), (), ())
    (told,) = delivery.signals
    return told


def refused(body: object, *, change: bool = False) -> Rejected:
    """Return why nothing of an event can be read."""
    delivery = read(body, change=change)
    assert (delivery.signals, delivery.remarks, delivery.changes) == ((), (), ())
    (rejected,) = delivery.rejected
    return rejected


def the_change(body: object) -> Change:
    """Return the one change of an event with which nothing is wrong."""
    delivery = read(body, change=True)
    assert (delivery.rejected, delivery.signals) == ((), ())
    (told,) = delivery.changes
    return told


def test_the_publishers_sample_is_read_whole() -> None:
    delivery = read(SAMPLE)
    assert delivery.signals == (
        Signal(
            source="pd",
            fingerprint="srv01/mysql",
            fingerprint_from="sender",
            status="firing",
            starts_at="2015-07-17T08:42:58.315+00:00",
            ends_at=None,
            labels=(
                ("alertname", "disk"),
                ("class", "disk"),
                ("component", "mysql"),
                ("free space", "1%"),
                ("group", "prod-datapipe"),
                ("load avg", "0.75"),
                ("ping time", "1500ms"),
                ("severity", "critical"),
                ("source", "prod-datapipe03.example.com"),
            ),
            annotations=(
                ("client", "Sample Monitoring Service"),
                ("summary", "DISK at 99% on machine prod-datapipe03.example.com"),
            ),
            generator_url="https://monitoring.service.com",
            group="prod-datapipe",
            episode_from="state",
        ),
    )
    assert (delivery.format, delivery.group, delivery.signature) == (pagerduty.FORMAT, "prod-datapipe", None)
    assert delivery.kept == SAMPLE.replace(b"e93facc04764012d7bfb002500d5d1a6", MASK.encode())


def test_the_publishers_sample_of_a_change_is_read_whole() -> None:
    kept = CHANGE_SAMPLE.replace(b"samplekeyhere", MASK.encode())
    assert read(CHANGE_SAMPLE, change=True) == Delivery(
        source="pd",
        format=pagerduty_changes.FORMAT,
        changes=(
            Change(
                change_id=sha256(kept).hexdigest(),
                summary="Build Success: Increase snapshot create timeout to 30 seconds",
                at="2020-07-17T08:42:58.315+00:00",
                reported_by="acme-build-pipeline-tool-default-i-9999",
                link="https://acme.pagerduty.dev/build/2",
                details=(("build_number", "2"), ("build_state", "passed"), ("run_time", "1236s")),
            ),
        ),
        kept=kept,
        masked=1,
    )


def test_a_resolve_ends_the_alert_and_needs_no_payload() -> None:
    told = only({"routing_key": KEY, "dedup_key": "db-1/disk", "event_action": "resolve"})
    assert (told.status, told.fingerprint, told.episode_from) == ("resolved", "db-1/disk", "state")
    assert (told.starts_at, told.ends_at, told.labels) == (RECEIVED, None, ())
    timed = only(event(event_action="resolve"))
    assert (timed.starts_at, timed.ends_at) == ("2026-03-01T02:10:00Z", "2026-03-01T02:10:00Z")


def test_an_acknowledgement_is_a_remark() -> None:
    noted = Remark(source="pd", fingerprint="db-1/disk", kind="acknowledged", at=RECEIVED)
    assert read({"dedup_key": "db-1/disk", "event_action": "acknowledge"}) == Delivery(
        source="pd", format=pagerduty.FORMAT, remarks=(noted,)
    )
    (told,) = read(event(event_action="acknowledge")).remarks
    assert (told.at, told.text) == ("2026-03-01T02:10:00Z", "Disk of db-1 is 95 % full")


@pytest.mark.parametrize("action", ["TRIGGER", "escalate", "", None, 7, [], {}])
def test_an_action_that_is_not_known_is_refused(action: object) -> None:
    rejected = refused(event(event_action=action))
    assert (rejected.reason_code, rejected.place) == ("status-unknown", "event_action")


@pytest.mark.parametrize("key", [None, "", "  ", "{TRIGGER.ID}", "db-1/${check}", "{{ .GroupKey }}"])
def test_a_trigger_without_a_key_is_known_by_its_message(key: str | None) -> None:
    body = json.dumps(event(dedup_key=key, routing_key=None)).encode()
    told = only(body)
    assert (told.fingerprint, told.fingerprint_from) == (sha256(body).hexdigest(), "labels")
    assert only(body) == told
    assert only(body + b" ").fingerprint != told.fingerprint


def test_a_generated_key_does_not_depend_on_the_routing_key() -> None:
    one, other = (only(event(dedup_key=None, routing_key=key)) for key in (KEY, KEY[::-1]))
    assert one.fingerprint == other.fingerprint


@pytest.mark.parametrize("action", ["acknowledge", "resolve"])
@pytest.mark.parametrize("key", [None, " ", "{EVENT.ID}", 7, ["a"]])
def test_what_follows_a_trigger_must_say_of_which_alert(action: str, key: object) -> None:
    rejected = refused(event(event_action=action, dedup_key=key))
    assert (rejected.reason_code, rejected.place) == ("wrong-shape", "dedup_key")


def test_a_key_that_cannot_be_stated_as_it_is_becomes_its_hash_and_so_does_the_hash() -> None:
    for key in ("k" * 257, "a\u200bb"):
        hashed = sha256(key.encode()).hexdigest()
        assert only(event(dedup_key=key)).fingerprint == hashed
        assert only(event(dedup_key=hashed, event_action="resolve")).fingerprint == hashed
    assert only(event(dedup_key="k" * 255)).fingerprint == "k" * 255


@pytest.mark.parametrize("absent", [None, "", "{EVENT.TIME}"])
def test_an_event_without_a_time_was_when_it_came(absent: str | None) -> None:
    assert only(payload(timestamp=absent)).starts_at == RECEIVED


@pytest.mark.parametrize(
    ("time", "code"),
    [("soon", "time-invalid"), ("2026-03-01T02:10:00", "time-invalid"), (1772331000, "wrong-shape")],
)
def test_a_time_that_is_none_is_refused(time: object, code: str) -> None:
    for change in (False, True):
        rejected = refused(payload(timestamp=time), change=change)
        assert (rejected.reason_code, rejected.place) == (code, "payload.timestamp")


@pytest.mark.parametrize("value", [None, "text", ["a"], 7])
def test_a_trigger_needs_a_payload(value: object) -> None:
    rejected = refused(event(payload=value))
    assert (rejected.reason_code, rejected.place) == ("wrong-shape", "payload")


def test_what_identifies_nothing_may_be_missing_or_anything() -> None:
    told = only(event(payload={"severity": "sev2", "summary": ["x"], "source": {}}, client=7, links="none"))
    assert (told.labels, told.annotations) == ((("severity", "sev2"),), (("client", "7"),))
    assert type(told.annotations[0][1]) is str


def test_details_are_labels_and_give_the_alert_its_name() -> None:
    details = {"service": "database", "alertname": "Mine", "drill": True, "off": False, "n": 1.50, "l": [1]}
    labels = dict(only(payload(custom_details=details)).labels)
    assert labels == {
        **{name: PAYLOAD[name] for name in ("severity", "source", "class", "group", "component")},
        "service": "database",
        "alertname": "Mine",
        "drill": "true",
        "off": "false",
        "n": "1.5",
    }


def test_what_pagerduty_defines_is_not_taken_from_the_details() -> None:
    labels = dict(only(payload(custom_details={"severity": "low", "group": "x"})).labels)
    assert (labels["severity"], labels["group"]) == ("critical", "orders")
    bare = only(payload(severity=None, custom_details={"severity": "low"}))
    assert dict(bare.labels)["severity"] == "low"


def test_long_details_describe_and_are_no_labels() -> None:
    told = only(payload(custom_details={"firing": "a\nb", "text": "x" * 257, "short": "x" * 256}))
    assert dict(told.annotations).keys() == {"client", "summary", "firing", "text"}
    assert dict(told.labels).keys() & {"firing", "text", "short"} == {"short"}
    assert dict(only(payload(custom_details="Words")).annotations)["description"] == "Words"


def test_variables_that_were_not_filled_in_say_nothing() -> None:
    told = only(
        payload(summary=" $SUMMARY ", source="{HOST.NAME}", custom_details={"a": "{{ .x }}", "b": "$5"})
    )
    assert dict(told.annotations).keys() == {"client"}
    assert dict(told.labels).keys() == {"severity", "class", "alertname", "group", "component", "b"}


def test_the_link_is_the_clients_else_the_first_of_the_links() -> None:
    assert only(event()).generator_url == "https://checks.example/"
    assert only(event(client_url=None)).generator_url == "https://a.example/"
    some = [None, {"href": ""}, {"text": "x"}, {"href": "https://b.example/"}]
    assert only(event(client_url="", links=some)).generator_url == "https://b.example/"
    no_list: tuple[object, ...] = ({"href": "x"}, True, "https://b.example/", 7)
    for links in no_list:
        assert only(event(client_url=None, links=links)).generator_url is None


def test_a_change_needs_words_and_takes_its_time_from_its_coming() -> None:
    told = the_change({"payload": {"summary": "Search 4.2.0 is live"}})
    assert (told.at, told.reported_by, told.link, told.details) == (RECEIVED, None, None, ())
    for summary in (None, " ", "{{ .Title }}", ["x"]):
        assert refused({"payload": {"summary": summary}}, change=True).place == "payload.summary"
    assert refused({"payload": "x"}, change=True).place == "payload"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "not-json"),
        (b"[]", "wrong-shape"),
        (b'{"event_action":"trigger","event_action":"resolve"}', "duplicate-key"),
        (b'{"payload":NaN}', "not-json"),
        (b"[" * 100_000, "not-json"),
    ],
)
def test_what_is_no_event_is_refused_as_a_whole(body: bytes, code: str) -> None:
    for change in (False, True):
        rejected = refused(body, change=change)
        assert (rejected.reason_code, rejected.place) == (code, "$")


@pytest.mark.parametrize(
    "changes",
    [
        {"dedup_key": f"a-{KEY}"},
        {"dedup_key": None},
        {"event_action": KEY},
        {"client_url": f"https://x.example/{KEY}"},
        {"payload": {**PAYLOAD, "summary": KEY, "custom_details": {KEY: KEY, "routing_key": KEY}}},
        {"payload": {**PAYLOAD, "timestamp": KEY}},
    ],
)
def test_a_routing_key_is_in_nothing_that_is_made_of_its_message(changes: Mapping[str, Any]) -> None:
    for change in (False, True):
        delivery = read(event(**changes), change=change)
        assert delivery.kept is not None
        assert delivery.masked >= 1
        assert KEY not in repr(delivery)


def test_a_message_without_a_routing_key_is_kept_as_it_came() -> None:
    delivery = read(event(routing_key=None))
    assert (delivery.kept, delivery.masked) == (None, 0)


EVENTS = objects_like({**EVENT, "payload": None}).flatmap(
    lambda outer: (objects_like(PAYLOAD) | anything()).map(lambda inner: {**outer, "payload": inner})
)


@given(body=EVENTS | anything(), action=st.sampled_from(["trigger", "acknowledge", "resolve", *HOSTILE]))
def test_whatever_comes_is_a_delivery(body: Any, action: Any) -> None:
    asked = {**body, "event_action": action} if isinstance(body, dict) else body
    for change in (False, True):
        delivery = read(asked, change=change)
        parts = (delivery.signals, delivery.remarks, delivery.changes, delivery.rejected)
        assert sum(map(len, parts)) == 1


@given(body=st.binary(max_size=200) | st.text(max_size=80).map(lambda text: text.encode("utf-8", "replace")))
def test_whatever_bytes_come_are_a_delivery(body: bytes) -> None:
    for change in (False, True):
        assert isinstance(read(body, change=change), Delivery)
