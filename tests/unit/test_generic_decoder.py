"""A tool's JSON means what its mapping says: strict about what identifies, tolerant of the rest."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from msgspec.structs import replace

from consumers.generic import FORMAT, PLAIN, ROW, decoder
from consumers.message import Message
from consumers.payload import DecodeError
from domain import alert, facts
from domain.classified import RemarkKind
from domain.mapping import Mapping, SignedBy, States, When
from domain.signal import Delivery, Rejected, Remark, Signal
from tests.support.careless import any_json, objects_around
from tests.support.meaning import Seals, context, received

NOW = "2026-03-01T02:10:07.000000Z"
MAPPING = Mapping(
    each="alerts",
    condition=("check.id",),
    state=States(
        field="status",
        firing=("CRIT", "WARN", "1"),
        resolved=("OK", "0", "false"),
        remark={"ACK": "acknowledged"},
        ignore=("PING",),
    ),
    starts_at=When(field="since", unit="ms"),
    ends_at=When(field="until", unit="ms"),
    at=When(field="$.sent"),
    labels={"alertname": "check.name", "service": "check.service", "first": "list.0.x", "env": "$.env"},
    labels_of=("check.tags", "more"),
    fixed={"environment": "production", "team": "nobody", "service": "unknown"},
    annotations={"summary": "text", "dotted": 'check."a.b"'},
    annotations_of=("notes",),
    link="url",
    group="$.batch",
)
ALERT: dict[str, Any] = {
    "status": "CRIT",
    "since": 1772331000123,
    "text": "95 % used",
    "url": "https://tool.example.com/4711",
    "check": {
        "id": 4711,
        "name": "DiskFull",
        "service": "database",
        "tags": {"team": "storage", "size": 1.50, "on": True, "none": None, "deep": {"x": 1}},
        "a.b": "yes",
    },
    "list": [{"x": "zero"}],
    "more": {"team": "later", "rack": "r1"},
    "notes": {"runbook": "https://wiki.example.com"},
    "unknown": {},
}
TOP: dict[str, Any] = {"sent": "2026-03-01T02:10:05Z", "batch": "nightly", "env": "eu"}


def message(body: object, *, secret: bytes | None = None, **headers: str) -> Message:
    """Return a message with a body of JSON, or of bytes as they are."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Message(body=data, headers=named, received_at=NOW, secret=secret)


def told(*alerts: object, mapping: Mapping = MAPPING, **top: object) -> Delivery:
    """Return what a message with these alerts says."""
    return decoder(mapping)(message({**TOP, "alerts": list(alerts), **top}), "our-tool")


def only(alert: object = ALERT, mapping: Mapping = MAPPING, **top: object) -> Signal:
    """Return the one signal of a message in which nothing is wrong."""
    delivery = told(alert, mapping=mapping, **top)
    assert (delivery.rejected, delivery.remarks) == ((), ())
    (signal,) = delivery.signals
    return signal


def refused(alert: object, mapping: Mapping = MAPPING, **top: object) -> Rejected:
    """Return why the one alert of a message is rejected."""
    delivery = told(alert, mapping=mapping, **top)
    assert (delivery.signals, delivery.remarks) == ((), ())
    (rejected,) = delivery.rejected
    return rejected


def hash_of(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode()).hexdigest()


def test_a_message_means_what_its_mapping_says() -> None:
    signal = Signal(
        source="our-tool",
        fingerprint=hash_of("4711"),
        fingerprint_from="sender",
        status="firing",
        starts_at="2026-03-01T02:10:00.123Z",
        ends_at=None,
        labels=(
            ("alertname", "DiskFull"),
            ("env", "eu"),
            ("environment", "production"),
            ("first", "zero"),
            ("on", "true"),
            ("rack", "r1"),
            ("service", "database"),
            ("size", "1.5"),
            ("team", "storage"),
        ),
        annotations=(
            ("dotted", "yes"),
            ("runbook", "https://wiki.example.com"),
            ("summary", "95 % used"),
        ),
        generator_url="https://tool.example.com/4711",
        group="nightly",
    )
    assert told(ALERT) == Delivery(source="our-tool", format=FORMAT, signals=(signal,), group="nightly")


def test_a_program_of_our_own_needs_no_mapping() -> None:
    body = {
        "condition": "db-1/disk",
        "state": "resolved",
        "starts_at": "2026-03-01T02:10:00+01:00",
        "ends_at": "2026-03-01T02:20:00Z",
        "labels": {"alertname": "DiskFull"},
        "annotations": {"summary": "over"},
        "link": "https://x.example.com",
        "group": "g",
    }
    delivery = ROW.decode(message(body), "generic")
    assert delivery.signals == (
        Signal(
            source="generic",
            fingerprint=hash_of("db-1/disk"),
            fingerprint_from="sender",
            status="resolved",
            starts_at="2026-03-01T02:10:00+01:00",
            ends_at="2026-03-01T02:20:00Z",
            labels=(("alertname", "DiskFull"),),
            annotations=(("summary", "over"),),
            generator_url="https://x.example.com",
            group="g",
        ),
    )
    for word in get_args(RemarkKind):
        (remark,) = ROW.decode(message({**body, "state": word}), "generic").remarks
        assert remark.kind == word


def test_labels_that_are_named_win_over_those_of_objects_and_these_over_fixed_ones() -> None:
    tags = {"service": "tagged", "team": "tagged", "environment": "tagged"}
    labels = dict(only({**ALERT, "check": {**ALERT["check"], "tags": tags}}).labels)
    assert (labels["service"], labels["team"], labels["environment"]) == ("database", "tagged", "tagged")
    unnamed = {**ALERT, "check": {"id": 1, "tags": tags}}
    assert dict(only(unnamed).labels)["service"] == "tagged"


def test_the_key_of_a_condition_is_a_hash_of_all_its_fields_in_order() -> None:
    several = replace(MAPPING, condition=("check.id", "check.name"))
    signal = only(mapping=several)
    assert (signal.fingerprint, signal.fingerprint_from) == (hash_of("4711", "DiskFull"), "labels")
    other = {**ALERT, "check": {"id": "4711,DiskFull", "name": "x"}}
    assert only(other, several).fingerprint != signal.fingerprint
    assert only({**ALERT, "check": {**ALERT["check"], "id": "4711"}}).fingerprint == hash_of("4711")


@pytest.mark.parametrize("value", [None, "", "  ", "$CHECK_ID", "${check}", "{CHECK.ID}", "{{ id }}", [], {}])
def test_a_condition_that_is_not_given_is_rejected_with_its_path(value: object) -> None:
    rejected = refused({**ALERT, "check": {**ALERT["check"], "id": value}})
    assert (rejected.reason_code, rejected.place) == ("wrong-shape", "alerts[0].check.id")
    assert rejected.expected == "a text or a number"


@pytest.mark.parametrize("text", ["$5 off", "cost $A and more", "{}", "{a}", "$lower", "100 %"])
def test_what_only_looks_like_a_macro_is_text(text: str) -> None:
    assert dict(only({**ALERT, "text": text}).annotations)["summary"] == text


@pytest.mark.parametrize(
    ("word", "status"), [("WARN", "firing"), (1, "firing"), (0, "resolved"), (False, "resolved")]
)
def test_words_of_state_are_texts_numbers_or_truth_values(word: object, status: str) -> None:
    assert only({**ALERT, "status": word}).status == status


@pytest.mark.parametrize("word", ["crit", "UNKNOWN", 2, True])
def test_a_word_that_the_mapping_does_not_have_is_rejected_not_guessed(word: object) -> None:
    rejected = refused({**ALERT, "status": word})
    assert (rejected.reason_code, rejected.place) == ("status-unknown", "alerts[0].status")
    assert refused({**ALERT, "status": None}).reason_code == "wrong-shape"


def test_a_word_that_is_neither_is_a_remark_with_the_time_of_the_message() -> None:
    delivery = told({**ALERT, "status": "ACK"})
    assert delivery.remarks == (
        Remark(
            source="our-tool",
            fingerprint=hash_of("4711"),
            kind="acknowledged",
            at="2026-03-01T02:10:05Z",
            text="95 % used",
        ),
    )
    assert told({**ALERT, "status": "ACK"}, sent=None).remarks[0].at == NOW


def test_nothing_becomes_of_a_word_to_ignore() -> None:
    assert told({"status": "PING"}) == Delivery(source="our-tool", format=FORMAT)


def test_without_a_start_the_episode_is_the_one_that_fires() -> None:
    for since in (None, 0, "0", "$SINCE", ""):
        signal = only({**ALERT, "since": since})
        assert (signal.starts_at, signal.episode_from) == ("2026-03-01T02:10:05Z", "state")
    assert only({**ALERT, "since": None}, sent=None).starts_at == NOW
    assert only().episode_from == "sender"


def test_an_end_is_when_the_sender_says_and_never_when_we_heard_of_it() -> None:
    over = {**ALERT, "status": "OK"}
    assert only({**over, "until": "1772331060000"}).ends_at == "2026-03-01T02:11:00Z"
    assert only(over).ends_at == "2026-03-01T02:10:05Z"
    assert only(over, sent=None).ends_at is None
    assert only({**ALERT, "until": "whatever"}).ends_at is None


@pytest.mark.parametrize("since", ['"soon"', "-1", "1" * 30, "1e400", "true", "[]", "{}", '"1e9"'])
def test_a_time_that_is_none_is_rejected_with_its_path(since: str) -> None:
    body = json.dumps({**TOP, "alerts": [{**ALERT, "since": "HERE"}]}).replace('"HERE"', since)
    (rejected,) = decoder(MAPPING)(message(body.encode()), "our-tool").rejected
    assert (rejected.reason_code, rejected.place) == ("time-invalid", "alerts[0].since")


@pytest.mark.parametrize("at", ["2026-03-01 02:10:00Z", "0001-01-01T00:00:00Z"])
def test_times_in_rfc_3339_may_have_a_space_and_the_year_1_is_none(at: str) -> None:
    expected = "2026-03-01T02:10:00Z" if at[0] == "2" else NOW
    assert only({**ALERT, "since": None}, sent=at).starts_at == expected
    assert refused({**ALERT, "since": None}, sent="x").place == "sent"
    assert refused({**ALERT, "since": None}, sent=5).place == "sent"


def test_a_message_without_a_path_to_its_alerts_is_one() -> None:
    single = replace(MAPPING, each=None)
    delivery = decoder(single)(message({**ALERT, **TOP}), "our-tool")
    assert [signal.fingerprint for signal in delivery.signals] == [hash_of("4711")]
    assert decoder(single)(message([]), "x").rejected[0].place == "status"


def test_a_message_may_be_an_array_itself() -> None:
    listed = decoder(replace(MAPPING, each="$"))
    delivery = listed(message([ALERT, {}]), "our-tool")
    assert len(delivery.signals) == 1
    assert delivery.rejected[0].place == "[1].status"
    with pytest.raises(DecodeError, match=r"^\$: expected an array"):
        listed(message({}), "our-tool")


def test_one_unusable_alert_does_not_cost_the_others() -> None:
    delivery = told(ALERT, 5, {**ALERT, "status": "OK"}, {**ALERT, "status": "ACK"}, {**ALERT, "since": "x"})
    assert (len(delivery.signals), len(delivery.remarks)) == (2, 1)
    assert [rejected.place for rejected in delivery.rejected] == ["alerts[1].status", "alerts[4].since"]


def test_the_group_of_a_delivery_is_that_of_all_its_signals() -> None:
    own = replace(MAPPING, group="group")
    same = told({**ALERT, "group": "a"}, {**ALERT, "group": "a"}, mapping=own)
    assert (same.group, same.signals[0].group) == ("a", "a")
    assert told({**ALERT, "group": "a"}, {**ALERT, "group": "b"}, mapping=own).group is None
    assert told(ALERT, mapping=own).signals[0].group == ""


@pytest.mark.parametrize("index", ["1", "-1", "9" * 30, "x", "٠"])
def test_an_index_that_is_none_leads_nowhere(index: str) -> None:
    mapping = replace(MAPPING, labels={"first": f"list.{index}.x"})
    assert "first" not in dict(only(mapping=mapping).labels)


def test_a_quoted_dollar_is_a_name_and_not_the_message() -> None:
    mapping = replace(MAPPING, labels={"a": '"$".x', "b": "$.env"})
    labels = dict(only({**ALERT, "$": {"x": "inside"}}, mapping).labels)
    assert (labels["a"], labels["b"]) == ("inside", "eu")


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b"{", "$"),
        (b"\xff", "$"),
        (b'{"a":1,"a":2}', "$"),
        (b"[" * 100_000, "$"),
        (b'{"alerts": NaN}', "$"),
        (b"{}", "alerts"),
        (b'{"alerts": {}}', "alerts"),
        (b"7", "alerts"),
    ],
)
def test_a_message_that_is_none_is_refused_as_a_whole(body: bytes, place: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decoder(MAPPING)(message(body), "our-tool")
    assert caught.value.rejected.place == place


BODY = json.dumps({**TOP, "alerts": [ALERT]}).encode()
KEY = b"key of a test"
SIGNATURE = hmac.new(KEY, BODY, hashlib.sha256).hexdigest()


def verdict(secret: bytes | None, mapping: Mapping = MAPPING, **headers: str) -> str | None:
    return decoder(mapping)(message(BODY, secret=secret, **headers), "our-tool").signature


def test_with_a_key_only_a_signed_message_is_believed() -> None:
    assert verdict(KEY, x_hub_signature_256=f"sha256={SIGNATURE}") == "valid"
    assert verdict(KEY, x_hub_signature_256=f"sha256={SIGNATURE.upper()}") == "valid"
    for wrong in (SIGNATURE, f"sha256={SIGNATURE[:-1]}", "sha256=", "", "sha256=\u00e9", "\ud800"):
        with pytest.raises(DecodeError, match="signed") as caught:
            verdict(KEY, x_hub_signature_256=wrong)
        assert caught.value.rejected.reason_code == "signature-invalid"
    with pytest.raises(DecodeError) as caught:
        verdict(KEY)
    assert caught.value.rejected.reason_code == "signature-absent"


def test_without_a_key_a_signature_is_recorded_as_unchecked_and_none_is_due() -> None:
    assert verdict(None) is None
    assert verdict(None, x_hub_signature_256=f"sha256={SIGNATURE}") == "unchecked"
    assert verdict(None, x_hub_signature_256="other") == "unchecked"


def test_the_mapping_says_where_the_signature_is() -> None:
    signed = replace(MAPPING, signature=SignedBy(header="x-signature", prefix=""))
    assert verdict(KEY, signed, x_signature=SIGNATURE) == "valid"
    with pytest.raises(DecodeError, match="absent"):
        verdict(KEY, signed, x_hub_signature_256=f"sha256={SIGNATURE}")


def stored(signal: Signal) -> None:
    """Fail unless the facts of a signal can be written and read back."""
    for fact in Seals().fact(alert.decide(alert.NOTHING, received(signal), context())):
        data = msgspec.json.decode(msgspec.json.encode(facts.encode(fact)))
        assert facts.decode(facts.type_name(fact), data) == fact


@given(objects_around({**TOP, "alerts": [ALERT]}))
def test_a_careless_message_gives_a_delivery_or_the_decoders_own_error(top: dict[str, Any]) -> None:
    tried(json.dumps(top).encode())


@given(objects_around(ALERT), objects_around(ALERT["check"]))
def test_a_careless_alert_costs_no_more_than_itself(alert: dict[str, Any], check: dict[str, Any]) -> None:
    body = json.dumps({**TOP, "alerts": [alert, {**ALERT, "check": check}, ALERT]}).encode()
    delivery = tried(body)
    if isinstance(delivery, Delivery):
        assert len(delivery.signals) + len(delivery.remarks) + len(delivery.rejected) <= 3
        assert delivery.signals[-1] == only()


@given(any_json())
def test_any_json_gives_a_delivery_or_the_decoders_own_error(value: object) -> None:
    tried(json.dumps(value).encode())
    tried(json.dumps(value).encode(), PLAIN)


def tried(body: bytes, mapping: Mapping = MAPPING) -> Delivery | Rejected:
    """Return what a body decodes to; anything raised but the decoder's own error fails the test."""
    try:
        delivery = decoder(mapping)(message(body), "our-tool")
    except DecodeError as error:
        return error.rejected
    for signal in delivery.signals:
        stored(signal)
    return delivery
