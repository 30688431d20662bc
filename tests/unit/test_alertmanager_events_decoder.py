"""Alertmanager's event recorder, event by event: what each says, and what nobody should write."""

from __future__ import annotations

import json

import pytest

from consumers.alertmanager_events import FORMAT, ROW
from consumers.payload import DecodeError
from domain.signal import Delivery, Remark, Signal, Silence
from tests.support.recorder_events import (
    ALERT,
    AT,
    FINGERPRINT,
    GROUP,
    LABELS,
    MATCHER,
    MUTED,
    RECEIVED_AT,
    SILENCE,
    created,
    event,
    grouped,
    heard,
    silenced,
    told,
)


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
