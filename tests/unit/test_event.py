"""Events: every attribute has one form, when read as when written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import orjson
import pytest

from ledger.errors import IntegrityError
from ledger.event import (
    MAX_VERSION,
    TIME_FORMAT,
    Event,
    check_stream,
    encode_event,
    format_time,
    genesis,
    parse_event,
)
from tests.support.logs import ORIGIN, sample_event

pytestmark = pytest.mark.req("R-EVT-01")

EVENT = sample_event()
PAYLOAD = encode_event(EVENT)
ATTRIBUTES = orjson.loads(PAYLOAD)


def spelled(**changes: object) -> bytes:
    """Return the payload with some attributes changed; ``...`` takes one away."""
    changed = {name: value for name, value in {**ATTRIBUTES, **changes}.items() if value is not ...}
    return orjson.dumps(changed, option=orjson.OPT_SORT_KEYS)


def test_an_event_is_one_cloudevents_object_in_canonical_form() -> None:
    start = genesis(ORIGIN, "incident-0")
    assert PAYLOAD.decode() == (
        '{"authid":"p-0","authroles":"incident_commander,technical_lead","authtype":"user",'
        '"correlationid":"incident-0","data":{"labels":[["job","checkout"]],"note":"é⟦","number":0,'
        '"observed":"0.25"},"datacontenttype":"application/json","id":"0192f000-0000-7000-8000-000000000000",'
        f'"prevhash":"{start}","recordedtime":"2026-11-01T00:00:00.000001Z",'
        '"source":"//ledger.example/incidents","specversion":"1.0","streamversion":1,"subject":"incident-0",'
        '"time":"2026-11-01T00:00:00.000001Z","type":"tallystick.sample-recorded.v1"}'
    )


def test_an_event_comes_back() -> None:
    assert parse_event(PAYLOAD, "entry") == EVENT


def test_a_stream_has_as_many_versions_as_a_cloudevents_integer() -> None:
    last = sample_event(streamversion=2_147_483_647)
    assert parse_event(encode_event(last), "entry") == last
    assert MAX_VERSION == 2_147_483_647


def test_attributes_that_are_not_set_are_absent() -> None:
    event = sample_event(correlationid=None, authroles=())
    payload = encode_event(event)
    assert not orjson.loads(payload).keys() & {"correlationid", "authroles", "causationid"}
    assert parse_event(payload, "entry") == event


def test_the_fact_that_was_reacted_to_is_named() -> None:
    event = sample_event(causationid="0192f000-0000-7000-bfff-ffffffffffff")
    assert parse_event(encode_event(event), "entry").causationid == event.causationid


@pytest.mark.req("R-EVT-03")
def test_types_and_fields_that_this_program_does_not_know_survive() -> None:
    payload = spelled(type="tallystick.from-the-future.v12", data={"new_field": {"deep": [1, None, True]}})
    event = parse_event(payload, "entry")
    assert event.data == {"new_field": {"deep": [1, None, True]}}
    assert encode_event(event) == payload


ID = EVENT.id
WRONG: list[tuple[str, object]] = [
    ("specversion", "1.1"),
    ("specversion", 1),
    ("datacontenttype", "application/JSON"),
    ("datacontenttype", None),
    ("id", ID.upper()),
    ("id", ID.replace("-7", "-4")),
    ("id", ID.replace("-8", "-7")),
    ("id", ID.replace("-", "")),
    ("id", f"{{{ID}}}"),
    ("id", f"{ID}\n"),
    ("id", ""),
    ("id", 7),
    ("source", ORIGIN),
    ("source", f"https://{ORIGIN}"),
    ("source", f"//{ORIGIN}/"),
    ("source", "//"),
    ("source", f"//{'x' * 129}"),
    ("source", None),
    ("type", "tallystick.SampleRecorded.v1"),
    ("type", "tallystick.sample-recorded"),
    ("type", "tallystick.sample-recorded.v0"),
    ("type", "tallystick.sample-recorded.v01"),
    ("type", "tallystick.sample-recorded.v1\n"),
    ("type", ".v1"),
    ("type", "v1"),
    ("type", "tallystick..v1"),
    ("type", ["tallystick.sample-recorded.v1"]),
    ("subject", "Incident-0"),
    ("subject", "incident_0"),
    ("subject", "incident/0"),
    ("subject", ""),
    ("subject", None),
    ("streamversion", 0),
    ("streamversion", -1),
    ("streamversion", MAX_VERSION + 1),
    ("streamversion", "1"),
    ("streamversion", True),
    ("streamversion", None),
    ("prevhash", "0" * 63),
    ("prevhash", "A" * 64),
    ("prevhash", "0" * 65),
    ("prevhash", "g" * 64),
    ("prevhash", None),
    ("time", "2026-11-01T00:00:00Z"),
    ("time", "2026-11-01T00:00:00.000Z"),
    ("time", "2026-11-01T00:00:00.0000000Z"),
    ("time", "2026-11-01T00:00:00.000000+00:00"),
    ("time", "2026-11-01T00:00:00.000000z"),
    ("time", "2026-11-01t00:00:00.000000Z"),
    ("time", "2026-11-01 00:00:00.000000Z"),
    ("time", "2026-11-01T00:00:00.000000"),
    ("time", "2026-11-01T24:00:00.000000Z"),
    ("time", "2026-11-01T00:60:00.000000Z"),
    ("time", "2026-12-31T23:59:60.000000Z"),
    ("time", "2026-02-29T00:00:00.000000Z"),
    ("time", "2026-13-01T00:00:00.000000Z"),
    ("time", "0000-01-01T00:00:00.000000Z"),
    ("time", "٢026-11-01T00:00:00.000000Z"),
    ("time", 1_700_000_000),
    ("recordedtime", "2026-02-30T00:00:00.000000Z"),
    ("recordedtime", None),
    ("authtype", "root"),
    ("authtype", ""),
    ("authtype", None),
    ("authid", "alice"),
    ("authid", "p-"),
    ("authid", "p-alice@example.com"),
    ("authid", None),
    ("authroles", ""),
    ("authroles", "b,a"),
    ("authroles", "a,a"),
    ("authroles", "a, b"),
    ("authroles", "a,"),
    ("authroles", ["a"]),
    ("authroles", None),
    ("correlationid", ""),
    ("correlationid", "INC-7"),
    ("correlationid", None),
    ("causationid", "incident-0"),
    ("causationid", None),
    ("data", None),
    ("data", []),
    ("data", "text"),
    ("data", {"A": 1}),
    ("data", {"a": 1.5}),
    ("data", {"a": 2**53}),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_an_attribute_in_another_form_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(IntegrityError) as caught:
        parse_event(spelled(**{name: value}), "entry 41")
    assert caught.value.place.startswith(f"entry 41.{name}")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("name", sorted(ATTRIBUTES.keys() - {"authroles", "correlationid"}))
def test_a_missing_attribute_is_refused_by_name(name: str) -> None:
    with pytest.raises(IntegrityError, match=f"entry 41: expected the attributes {name}, found none"):
        parse_event(spelled(**{name: ...}), "entry 41")


@pytest.mark.parametrize("name", ["dataschema", "traceparent", "data_base64", "a"])
def test_an_attribute_that_we_do_not_have_is_refused(name: str) -> None:
    with pytest.raises(IntegrityError, match=f"entry 41: expected no other attributes, found '{name}'"):
        parse_event(spelled(**{name: "x"}), "entry 41")


@pytest.mark.parametrize(
    "payload", [b"", b"null", b"[]", b'"text"', PAYLOAD + b"\n", PAYLOAD[:-1] + b',"z":1}']
)
def test_anything_else_is_no_event(payload: bytes) -> None:
    with pytest.raises(IntegrityError, match="entry 41"):
        parse_event(payload, "entry 41")


# What the struct itself fixes, or means as "not set".
NOT_WRITTEN = ("specversion", "datacontenttype", "authroles")
WRONG_IN_MEMORY = [
    (name, value)
    for name, value in WRONG
    if name not in NOT_WRITTEN and not (value is None and name in {"correlationid", "causationid"})
]


@pytest.mark.parametrize(("name", "value"), WRONG_IN_MEMORY)
def test_an_event_that_could_not_be_read_again_is_not_written(name: str, value: object) -> None:
    with pytest.raises(IntegrityError, match=rf"event\.{name}"):
        encode_event(sample_event(**{name: value}))


@pytest.mark.parametrize("roles", [("b", "a"), ("a", "a"), ("a,b",), ("",), ("a", ""), ("A",)])
def test_roles_are_written_in_order_and_once(roles: tuple[str, ...]) -> None:
    with pytest.raises(IntegrityError, match=r"event\.authroles"):
        encode_event(sample_event(authroles=roles))


@pytest.mark.req("R-EVT-02")
def test_a_stream_has_a_name_that_an_event_can_carry() -> None:
    check_stream("incident-0192f000", "stream")
    for name in ("", "Incident", "a_b", "a/b", "a\n", "é"):
        with pytest.raises(IntegrityError, match="stream: expected"):
            check_stream(name, "stream")


def test_streams_start_differently_in_every_ledger() -> None:
    starts = {
        genesis(origin, stream) for origin in ("a.example", "b.example") for stream in ("keys", "heads")
    }
    assert len(starts) == 4


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 11, 1, tzinfo=UTC), "2026-11-01T00:00:00.000000Z"),
        (datetime(2026, 11, 1, 1, 2, 3, 45, tzinfo=UTC), "2026-11-01T01:02:03.000045Z"),
        (datetime(2026, 11, 1, tzinfo=timezone(timedelta(hours=2))), "2026-10-31T22:00:00.000000Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00.000000Z"),
    ],
)
def test_a_moment_has_one_spelling(moment: datetime, text: str) -> None:
    assert format_time(moment) == text
    assert datetime.strptime(text, TIME_FORMAT).replace(tzinfo=UTC) == moment
    assert parse_event(encode_event(sample_event(time=text)), "entry").time == text


def test_a_moment_without_a_zone_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="expected one with a zone"):
        format_time(datetime(2026, 11, 1))


def test_an_event_is_a_value() -> None:
    assert isinstance(EVENT, Event)
    assert sample_event(1) == sample_event(1) != sample_event(2)
    with pytest.raises(AttributeError):
        EVENT.subject = "other"  # type: ignore[misc] # the mistake
