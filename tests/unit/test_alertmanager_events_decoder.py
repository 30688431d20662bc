"""Alertmanager's event recorder: what versions 0.33.1 and 0.35.0 really wrote, and what nobody should write.

``tests/vectors/alertmanager-events`` is their output (its maker says how): lists of labels, then maps.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers import alertmanager
from consumers.alertmanager_events import FORMAT, ROW, decode
from consumers.message import Message
from consumers.payload import DecodeError
from domain import alert, facts, source
from domain.alert_facts import SignalReceived
from domain.moment import nanoseconds
from domain.own_commands import NoteRemark, ReceiveDelivery
from domain.prose import prose, proses
from domain.signal import Delivery, Remark, Signal, Silence
from tests.support.meaning import DELIVERY, Seals, context, received
from tests.support.tree import ROOT

FOLDER = ROOT / "tests" / "vectors" / "alertmanager-events"
VERSIONS = ["0.33.1", "0.35.0"]
RECEIVED_AT = "2026-03-01T02:10:05.000000Z"
AT = "2026-03-01T02:10:01.123456789Z"
SLOW = "79fb94225fc8fece"
"""The fingerprint of CheckoutSlow, as the webhooks of the same runs have it."""

LABELS = {"alertname": "DiskFull", "instance": "db-1"}
FINGERPRINT = alertmanager.fingerprint(LABELS.items())
ALERT: dict[str, Any] = {
    "fingerprint": str(int(FINGERPRINT, 16)),
    "name": "DiskFull",
    "labels": LABELS,
    "annotations": {"summary": "95 % used"},
    "startsAt": "2026-03-01T02:10:00.5Z",
    "endsAt": "2026-03-01T02:20:00Z",
}
GROUP = {"groupKey": "{}:{}", "receiverName": "desk"}
MATCHER = {
    "type": "TYPE_REGEXP",
    "name": "service",
    "pattern": "batch|cron",
    "rendered": 'service=~"batch|cron"',
}
SILENCE: dict[str, Any] = {
    "id": "d126b58b-d0b1-45ba-8c61-ee72c1dee2ce",
    "matchers": [MATCHER],
    "matcherSets": [{"matchers": [MATCHER]}],
    "startsAt": "2026-03-01T02:00:00Z",
    "endsAt": "2026-03-01T04:00:00Z",
    "updatedAt": "2026-03-01T02:00:00Z",
    "createdBy": "robin",
    "comment": "Moving the queue",
}
MUTED = {"labels": LABELS, "fingerprint": ALERT["fingerprint"]}


def event(kind: str, body: object) -> dict[str, Any]:
    """Return an event as the recorder writes it."""
    return {"@timestamp": AT, "instance": "am-1", "data": {kind: body}}


def created(**changes: object) -> dict[str, Any]:
    """Return the event of the usual alert, with changes; those to None are left out."""
    body = {name: value for name, value in {**ALERT, **changes}.items() if value is not None}
    return event("alertCreated", {"alert": body})


def silenced(**changes: object) -> dict[str, Any]:
    """Return the event of the usual silence, with changes; those to None are left out."""
    body = {name: value for name, value in {**SILENCE, **changes}.items() if value is not None}
    return event("silenceCreated", {"silence": body})


def grouped(details: object, **changes: object) -> dict[str, Any]:
    """Return the event of an alert that was put into a group."""
    return event("alertGrouped", {"alert": {"details": details, **changes}, "groupInfo": GROUP})


def told(value: object) -> Delivery:
    """Return what a body with one value says."""
    return heard(json.dumps(value).encode())


def heard(body: bytes) -> Delivery:
    """Return what a body says."""
    return decode(Message(body=body, received_at=RECEIVED_AT), "am")


def signal(value: object) -> Signal:
    """Return the one signal of an event in which nothing is wrong."""
    delivery = told(value)
    assert delivery.rejected == ()
    (found,) = delivery.signals
    return found


def remark(value: object) -> Remark:
    """Return the one remark of an event in which nothing is wrong."""
    delivery = told(value)
    assert delivery.rejected == ()
    (found,) = delivery.remarks
    return found


def silence(value: object) -> Silence:
    """Return the one silence of an event in which nothing is wrong."""
    delivery = told(value)
    assert (delivery.rejected, delivery.signals, delivery.remarks) == ((), (), ())
    (found,) = delivery.silences
    return found


def refused(value: object) -> tuple[str, str]:
    """Return why, and where, the one event of a body is rejected."""
    delivery = told(value)
    assert (delivery.signals, delivery.remarks, delivery.silences) == ((), (), ())
    (rejected,) = delivery.rejected
    return rejected.reason_code, rejected.place


def recorded(version: str) -> bytes:
    """Return what a version wrote to its file."""
    return (FOLDER / f"{version}.jsonl").read_bytes()


def notified(version: str) -> list[Signal]:
    """Return what the webhook of the same run told, in order."""
    bodies = (FOLDER / f"{version}.webhook.jsonl").read_bytes().splitlines()
    return [found for body in bodies for found in alertmanager.decode(body, "am").signals]


def told_of(item: Remark, kind: str) -> bool:
    """Return whether a remark of some kind is about CheckoutSlow."""
    return (item.fingerprint, item.kind) == (SLOW, kind)


def identity(found: Signal) -> tuple[str, int, str]:
    """Return condition, episode and state."""
    return found.fingerprint, nanoseconds(found.starts_at), found.status


@pytest.mark.parametrize("version", VERSIONS)
def test_what_a_version_wrote_is_read_whole(version: str) -> None:
    delivery = heard(recorded(version))
    kinds = Counter(next(iter(json.loads(line)["data"])) for line in recorded(version).splitlines())
    assert delivery.rejected == ()
    assert len(delivery.signals) == kinds["alertCreated"] + kinds["alertGrouped"] + kinds["alertResolved"]
    assert Counter(item.kind for item in delivery.remarks) == {
        "grouped": kinds["alertGrouped"],
        "notified": kinds["notification"],
        "silenced": kinds["silenceMutedAlert"],
        "inhibited": kinds["inhibitionMutedAlert"],
    }
    assert [item.change for item in delivery.silences] == ["created", "updated"]
    assert min(kinds.values()) >= 1
    assert len(kinds) == 10


@pytest.mark.parametrize("version", VERSIONS)
def test_recorder_and_webhook_tell_of_the_same_conditions_episodes_and_labels(version: str) -> None:
    by_recorder = heard(recorded(version)).signals
    by_webhook = notified(version)
    assert {identity(item) for item in by_webhook} <= {identity(item) for item in by_recorder}
    labels = {item.fingerprint: (item.labels, item.annotations) for item in by_recorder}
    assert {
        item.fingerprint: (item.labels, item.annotations) for item in by_webhook
    }.items() <= labels.items()
    assert {item.fingerprint_from for item in by_recorder} == {"sender"}


@pytest.mark.parametrize("version", VERSIONS)
def test_what_recorder_and_webhook_tell_of_one_alert_is_one_episode_and_then_another(version: str) -> None:
    webhook = iter([item for item in notified(version) if item.fingerprint == SLOW])
    state, made = alert.NOTHING, list[str]()
    for line in recorded(version).splitlines():
        delivery = heard(line)
        # The webhook spoke when the recorder says that it was notified.
        spoken = [next(webhook) for item in delivery.remarks if told_of(item, "notified")]
        for found in (*delivery.signals, *spoken):
            if found.fingerprint == SLOW:
                for fact in alert.decide(state, received(found), context()):
                    state = alert.evolve(state, fact)
                    made.append(fact.status if isinstance(fact, SignalReceived) else "again")
    assert next(webhook, None) is None
    assert [item.status for item in state.episodes] == ["resolved", "firing"]
    # Created, grouped, notified; ended, notified, resolved; then grouped and notified once more.
    assert made == ["firing", "again", "again", "resolved", "again", "again", "firing", "again"]


@pytest.mark.parametrize("version", VERSIONS)
def test_an_alert_that_fires_again_is_told_where_alertmanager_tells_it(version: str) -> None:
    events = [json.loads(line)["data"] for line in recorded(version).splitlines()]
    names = [item["alertCreated"]["alert"]["name"] for item in events if "alertCreated" in item]
    assert names.count("CheckoutSlow") == 1
    firing = {
        item.starts_at
        for item in heard(recorded(version)).signals
        if (item.fingerprint, item.status) == (SLOW, "firing")
    }
    assert len(firing) == 2


def test_one_event_is_read_whole() -> None:
    line = recorded("0.33.1").splitlines()[3]
    assert b"alertCreated" in line
    assert heard(line) == Delivery(
        source="am",
        format=FORMAT,
        signals=(
            Signal(
                source="am",
                fingerprint=SLOW,
                fingerprint_from="sender",
                status="firing",
                starts_at="2026-03-01T02:10:00.123456789Z",
                ends_at=None,
                labels=(("alertname", "CheckoutSlow"), ("service", "checkout"), ("severity", "critical")),
                annotations=(("summary", "Checkout answers slowly"),),
            ),
        ),
    )


def test_both_formats_are_of_one_source_unless_configured_otherwise() -> None:
    assert (ROW.name, ROW.source) == ("alertmanager-events", "alertmanager")


def test_an_event_an_array_and_lines_are_told_alike() -> None:
    one, two = created(), grouped(ALERT)
    alone = told(one).signals + told(two).signals
    assert told([one, two]).signals == alone
    lines = json.dumps(one).encode() + b"\r\n\n" + json.dumps(two).encode() + b"\n"
    assert heard(lines).signals == alone
    assert heard(json.dumps(one, indent=2).encode()).signals == told(one).signals
    assert told([]) == Delivery(source="am", format=FORMAT)


def test_a_line_that_was_cut_costs_no_other() -> None:
    line = json.dumps(created()).encode()
    delivery = heard(line + b"\n" + line[:40] + b"\n" + line)
    assert len(delivery.signals) == 2
    assert [(item.reason_code, item.place) for item in delivery.rejected] == [("not-json", "lines[2]")]


def test_a_line_with_a_key_twice_costs_no_other() -> None:
    line = json.dumps(created()).encode()
    delivery = heard(b'{"a":1,"a":2}\n' + line)
    assert len(delivery.signals) == 1
    assert [(item.reason_code, item.place) for item in delivery.rejected] == [("duplicate-key", "lines[1]")]


def test_one_unusable_event_does_not_cost_the_others() -> None:
    delivery = told([created(), created(startsAt="soon"), 7, created(resolved=True)])
    assert [item.status for item in delivery.signals] == ["firing", "resolved"]
    places = ["$[1].data.alertCreated.alert.startsAt", "$[2]"]
    assert [item.place for item in delivery.rejected] == places


def test_names_of_the_schema_are_read_as_those_of_its_json() -> None:
    alert_ = {"fingerprint": ALERT["fingerprint"], "labels": LABELS, "starts_at": ALERT["startsAt"]}
    found = signal({"timestamp": AT, "data": {"alert_created": {"alert": alert_}}})
    assert (found.starts_at, found.labels) == (ALERT["startsAt"], tuple(LABELS.items()))
    muted = {"timestamp": AT, "data": {"silence_muted_alert": {"muted_alert": MUTED}}}
    assert remark(muted).at == AT


def test_labels_may_be_pairs_in_a_list() -> None:
    pairs = [{"key": "instance", "value": "db-1"}, {"key": "alertname", "value": "DiskFull"}]
    assert signal(created(labels={"labels": pairs})).labels == tuple(LABELS.items())
    # A value that is the default of its type is left out.
    empty = signal(created(labels={"labels": [{"key": "a"}]}, fingerprint=None))
    assert empty.labels == (("a", ""),)
    # A map may have a label of the list's name.
    assert signal(created(labels={"labels": "x"}, fingerprint=None)).labels == (("labels", "x"),)


def test_a_fingerprint_is_a_number_or_its_digits() -> None:
    assert signal(created(fingerprint=int(FINGERPRINT, 16))).fingerprint == FINGERPRINT
    assert signal(created()).fingerprint == FINGERPRINT
    small = signal(created(labels={"a\ufffd": "1"}, fingerprint="1"))
    assert small.fingerprint == "0000000000000001"


def test_a_missing_fingerprint_is_computed_and_said_so() -> None:
    found = signal(created(fingerprint=None))
    assert (found.fingerprint, found.fingerprint_from) == (FINGERPRINT, "labels")


def test_while_an_alert_fires_its_end_is_not_read() -> None:
    assert signal(created(endsAt="later")).ends_at is None


@pytest.mark.parametrize("ends_at", [None, "0001-01-01T00:00:00Z"])
def test_an_end_that_is_not_known_is_not_invented(ends_at: str | None) -> None:
    assert signal(created(resolved=True, endsAt=ends_at)).ends_at is None


def test_an_alert_may_have_ended_before_it_was_told() -> None:
    found = signal(created(resolved=True))
    assert (found.status, found.ends_at) == ("resolved", "2026-03-01T02:20:00Z")


def test_the_event_of_an_end_is_an_end_whatever_the_alert_says() -> None:
    body = {"alert": {"hash": "7", "details": ALERT}, "groupInfo": GROUP}
    found = signal(event("alertResolved", body))
    assert (found.status, found.ends_at) == ("resolved", "2026-03-01T02:20:00Z")


def test_annotations_that_are_not_texts_cost_nothing() -> None:
    assert signal(created(annotations={"summary": 7})).annotations == ()
    assert signal(created(annotations="none")).annotations == ()


def test_no_signal_names_a_group_for_the_first_of_an_alert_cannot() -> None:
    delivery = told(grouped(ALERT))
    assert [item.group for item in delivery.signals] == [""]
    assert delivery.group == "{}:{}"
    assert told([grouped(ALERT), created()]).group is None


def test_grouping_is_a_remark_with_the_group_and_its_receiver() -> None:
    assert remark(grouped(ALERT)) == Remark(
        source="am", fingerprint=FINGERPRINT, kind="grouped", at=AT, text="{}:{}, desk"
    )


def test_a_grouped_alert_without_details_is_a_remark_by_its_fingerprint() -> None:
    delivery = told(grouped(None, fingerprint=ALERT["fingerprint"]))
    assert (delivery.signals, delivery.remarks[0].fingerprint) == ((), FINGERPRINT)


def test_the_hash_of_the_first_schema_is_no_fingerprint() -> None:
    assert refused(grouped(None, hash=ALERT["fingerprint"])) == (
        "wrong-shape",
        "$.data.alertGrouped.alert.details",
    )


def test_a_notification_is_a_remark_on_each_alert_in_it() -> None:
    body = {
        "alerts": [{"details": ALERT}, {"details": {**ALERT, "resolved": True}}, {}],
        "firingAlerts": [{"hash": "1"}],
        "mutedAlerts": [{"hash": "2"}],
        "groupInfo": GROUP,
        "reason": "NOTIFY_REASON_NEW_ALERTS_IN_GROUP",
        "integration": {"name": "pagerduty"},
    }
    delivery = told(event("notification", body))
    assert delivery.signals == ()
    assert [(item.kind, item.text) for item in delivery.remarks] == [
        ("notified", "desk, pagerduty, that it fires, new alerts in group"),
        ("notified", "desk, pagerduty, that it ended, new alerts in group"),
    ]
    assert [item.place for item in delivery.rejected] == ["$.data.notification.alerts[2].details"]


def test_a_silence_that_mutes_is_a_remark_on_the_alert() -> None:
    assert remark(event("silenceMutedAlert", {"silence": SILENCE, "mutedAlert": MUTED})) == Remark(
        source="am",
        fingerprint=FINGERPRINT,
        kind="silenced",
        at=AT,
        text=f"{SILENCE['id']}, by robin, until 2026-03-01T04:00:00Z, Moving the queue",
    )
    assert remark(event("silenceMutedAlert", {"mutedAlert": MUTED})).text is None


def test_an_inhibition_that_mutes_is_a_remark_with_what_inhibits() -> None:
    body = {
        "inhibitRules": [{"name": "cluster-down"}, {}],
        "mutedAlert": MUTED,
        "inhibitingFingerprints": ["5916269728162508582", 1],
    }
    found = remark(event("inhibitionMutedAlert", body))
    assert (found.kind, found.fingerprint) == ("inhibited", FINGERPRINT)
    assert found.text == "521acff8d685ef26, 0000000000000001, rule cluster-down"


def test_a_muted_alert_is_known_by_labels_or_fingerprint() -> None:
    for muted in ({"labels": LABELS}, {"fingerprint": ALERT["fingerprint"]}):
        assert remark(event("silenceMutedAlert", {"mutedAlert": muted})).fingerprint == FINGERPRINT


def test_a_silence_is_told_whole() -> None:
    assert silence(silenced(annotations={"ticket": "7"}, receiverMatcherSets=[{"matchers": [MATCHER]}])) == (
        Silence(
            silence_id=SILENCE["id"],
            change="created",
            at=AT,
            starts_at="2026-03-01T02:00:00Z",
            ends_at="2026-03-01T04:00:00Z",
            created_by="robin",
            comment="Moving the queue",
            matchers=(('service=~"batch|cron"',),),
            receivers=(('service=~"batch|cron"',),),
            annotations=(("ticket", "7"),),
        )
    )
    assert silence(event("silenceUpdated", {"silence": SILENCE})).change == "updated"


def test_all_sets_of_a_silence_count_and_without_any_its_matchers() -> None:
    other = {"rendered": 'team="a"'}
    two = silence(silenced(matcherSets=[{"matchers": [MATCHER, other]}, {"matchers": [other]}]))
    assert two.matchers == (('service=~"batch|cron"', 'team="a"'), ('team="a"',))
    assert silence(silenced(matcherSets=None)).matchers == (('service=~"batch|cron"',),)


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("TYPE_EQUAL", 'team="a"'),
        ("TYPE_NOT_EQUAL", 'team!="a"'),
        ("TYPE_REGEXP", 'team=~"a"'),
        ("TYPE_NOT_REGEXP", 'team!~"a"'),
    ],
)
def test_a_matcher_that_is_not_rendered_is(kind: str, shown: str) -> None:
    matcher = {"type": kind, "name": "team", "pattern": "a"}
    assert silence(silenced(matcherSets=None, matchers=[matcher])).matchers == ((shown,),)
    del matcher["pattern"]
    assert silence(silenced(matcherSets=None, matchers=[matcher])).matchers == ((shown.replace('a"', '"'),),)


def test_who_and_why_may_be_left_out_of_a_silence() -> None:
    found = silence(silenced(createdBy=None, comment=None))
    assert (found.created_by, found.comment) == (None, None)


def test_a_silence_id_unfit_to_be_stated_becomes_its_hash() -> None:
    for odd in ("x" * 257, "a\u200bb"):
        found = silence(silenced(id=odd)).silence_id
        assert len(found) == 64
        assert found != odd


def test_start_and_shutdown_are_deliveries_that_say_nothing_of_alerts() -> None:
    for kind in ("alertmanagerStartupEvent", "alertmanagerShutdownEvent"):
        assert told(event(kind, {})) == Delivery(source="am", format=FORMAT)


def test_an_event_without_a_time_is_of_when_it_came() -> None:
    bare = event("silenceMutedAlert", {"mutedAlert": MUTED})
    del bare["@timestamp"]
    assert remark(bare).at == RECEIVED_AT


def test_unknown_members_are_ignored() -> None:
    assert signal({**created(new={}), "clusterPosition": "3", "new": []}).fingerprint == FINGERPRINT


A = "$.data.alertCreated.alert"
M = "$.data.silenceMutedAlert.mutedAlert"
S = "$.data.silenceCreated.silence"


@pytest.mark.parametrize(
    ("value", "code", "place"),
    [
        ({}, "wrong-shape", "$.data"),
        ({"data": {}}, "event-unknown", "$.data"),
        (event("alertForgotten", {}), "event-unknown", "$.data"),
        ({"data": {"alertCreated": {}, "alertResolved": {}}}, "event-unknown", "$.data"),
        (event("alertCreated", []), "wrong-shape", "$.data.alertCreated"),
        (event("alertCreated", {}), "wrong-shape", A),
        (created(labels=None), "wrong-shape", f"{A}.labels"),
        (created(labels={}), "wrong-shape", f"{A}.labels"),
        (created(labels={}, fingerprint=None), "wrong-shape", f"{A}.labels"),
        (created(labels={"a": 1}), "wrong-shape", f"{A}.labels[0]"),
        (created(labels={"labels": [7]}), "wrong-shape", f"{A}.labels.labels[0]"),
        (created(labels={"labels": [{"value": "x"}]}), "wrong-shape", f"{A}.labels.labels[0].key"),
        (
            created(labels={"labels": [{"key": "a", "value": None}]}),
            "wrong-shape",
            f"{A}.labels.labels[0].value",
        ),
        (created(labels={"labels": [{"key": "a"}, {"key": "a"}]}), "duplicate-key", f"{A}.labels.labels"),
        (created(fingerprint="7"), "fingerprint-mismatch", f"{A}.fingerprint"),
        (created(fingerprint=FINGERPRINT), "wrong-shape", f"{A}.fingerprint"),
        (created(fingerprint=str(2**64)), "wrong-shape", f"{A}.fingerprint"),
        (created(fingerprint=-1), "wrong-shape", f"{A}.fingerprint"),
        (created(fingerprint=10**30), "wrong-shape", f"{A}.fingerprint"),
        (created(fingerprint=False), "wrong-shape", f"{A}.fingerprint"),
        (created(startsAt=None), "wrong-shape", f"{A}.startsAt"),
        (created(startsAt=7), "wrong-shape", f"{A}.startsAt"),
        (created(startsAt="soon"), "time-invalid", f"{A}.startsAt"),
        (created(resolved=True, endsAt="late"), "time-invalid", f"{A}.endsAt"),
        (created(resolved="true"), "status-unknown", f"{A}.resolved"),
        ({**event("silenceCreated", {"silence": SILENCE}), "@timestamp": 7}, "wrong-shape", "$.@timestamp"),
        (
            event("alertResolved", {"alert": {"fingerprint": "7"}}),
            "wrong-shape",
            "$.data.alertResolved.alert.details",
        ),
        (event("notification", {"alerts": {}}), "wrong-shape", "$.data.notification.alerts"),
        (
            event("silenceMutedAlert", {"silence": SILENCE}),
            "wrong-shape",
            "$.data.silenceMutedAlert.mutedAlert",
        ),
        (
            event("silenceMutedAlert", {"mutedAlert": {**MUTED, "fingerprint": "7"}}),
            "fingerprint-mismatch",
            f"{M}.fingerprint",
        ),
        (
            event("inhibitionMutedAlert", {"mutedAlert": MUTED, "inhibitingFingerprints": ["x"]}),
            "wrong-shape",
            "$.data.inhibitionMutedAlert.inhibitingFingerprints[0]",
        ),
        (event("silenceUpdated", {}), "wrong-shape", "$.data.silenceUpdated.silence"),
        (silenced(id=None), "wrong-shape", f"{S}.id"),
        (silenced(id=""), "wrong-shape", f"{S}.id"),
        (silenced(startsAt=None), "wrong-shape", f"{S}.startsAt"),
        (silenced(endsAt="never"), "time-invalid", f"{S}.endsAt"),
        (silenced(matchers=[], matcherSets=[{}]), "wrong-shape", f"{S}.matchers"),
        (silenced(matcherSets=None, matchers=[7]), "wrong-shape", f"{S}.matchers[0]"),
        (
            silenced(matcherSets=[{"matchers": [{"name": "a"}]}]),
            "wrong-shape",
            f"{S}.matcherSets[0].matchers[0].type",
        ),
        (
            silenced(matcherSets=None, matchers=[{"type": "TYPE_EQUAL"}]),
            "wrong-shape",
            f"{S}.matchers[0].name",
        ),
        (silenced(annotations={"a": 7}), "wrong-shape", f"{S}.annotations[0]"),
    ],
)
def test_a_rejection_names_its_reason_and_place(value: object, code: str, place: str) -> None:
    assert refused(value) == (code, place)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "not-json"),
        (b"{", "not-json"),
        (b"{\n{\n", "not-json"),
        (b"1\n2", "not-json"),
        (b"7", "wrong-shape"),
        (b"null", "wrong-shape"),
        (b'"text"', "wrong-shape"),
        (b"NaN", "not-json"),
        (b'{"data":1,"data":2}', "duplicate-key"),
        (b"[" * 100_000, "not-json"),
        (b'{"data":' * 100_000 + b"\n", "not-json"),
    ],
)
def test_a_body_without_any_event_is_refused_as_a_whole(body: bytes, code: str) -> None:
    with pytest.raises(DecodeError) as caught:
        heard(body)
    assert (caught.value.rejected.reason_code, caught.value.rejected.place) == (code, "$")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
BODIES = [
    created(),
    grouped(ALERT, fingerprint=ALERT["fingerprint"]),
    event("alertResolved", {"alert": {"details": ALERT}, "groupInfo": GROUP}),
    event("notification", {"alerts": [{"details": ALERT}], "groupInfo": GROUP, "integration": {"name": "x"}}),
    silenced(),
    event("silenceMutedAlert", {"silence": SILENCE, "mutedAlert": MUTED}),
    event(
        "inhibitionMutedAlert", {"inhibitRules": [{}], "mutedAlert": MUTED, "inhibitingFingerprints": ["1"]}
    ),
]


def places(value: object, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return every place in a value."""
    match value:
        case dict():
            inner: list[tuple[str | int, object]] = list(value.items())
        case list():
            inner = list(enumerate(value))
        case _:
            inner = []
    return [at, *(place for name, item in inner for place in places(item, (*at, name)))]


def put(value: Any, place: tuple[Any, ...], new: object) -> Any:
    """Return ``value`` with something else at one place."""
    if not place:
        return new
    copy: Any = value.copy()
    copy[place[0]] = put(value[place[0]], place[1:], new)
    return copy


def checked(body: bytes) -> None:
    """Hear a body; all that comes of it can be stored and read back."""
    try:
        delivery = heard(body)
    except DecodeError:
        return
    made: list[facts.Fact] = list(
        source.decide(ReceiveDelivery(delivery_id=DELIVERY, delivery=delivery, raw=prose("raw")), context())
    )
    for found in delivery.signals:
        made += alert.decide(alert.NOTHING, received(found), context())
    for item in delivery.remarks:
        made += alert.decide(alert.NOTHING, NoteRemark(delivery_id=DELIVERY, remark=item), context())
    for fact in map(Seals().fact, made):
        assert all(text.c for text in proses(fact))
        data = msgspec.json.decode(msgspec.json.encode(facts.encode(fact)))
        assert facts.decode(facts.type_name(fact), data) == fact


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_the_decoders_own_error(body: bytes) -> None:
    checked(body)


@given(st.lists(JSON, max_size=3))
def test_no_json_raises_anything_but_the_decoders_own_error(values: list[object]) -> None:
    checked(json.dumps(values).encode())
    checked(b"\n".join(json.dumps(value).encode() for value in values))


@given(st.sampled_from(BODIES), st.data(), JSON)
def test_nothing_that_is_wrong_in_an_event_raises_or_cannot_be_stored(
    whole: dict[str, Any], data: st.DataObject, new: object
) -> None:
    changed = put(whole, data.draw(st.sampled_from(places(whole))), new)
    checked(json.dumps([changed, created()]).encode())
    delivery = heard(json.dumps([changed, created()]).encode())
    assert delivery.signals[-1].fingerprint == FINGERPRINT


@given(st.sampled_from(VERSIONS), st.integers(min_value=0), st.binary(min_size=1, max_size=3))
def test_bytes_broken_in_what_was_recorded_raise_nothing_else(version: str, at: int, bad: bytes) -> None:
    body = recorded(version)
    at %= len(body)
    checked(body[:at] + bad + body[at + len(bad) :])
