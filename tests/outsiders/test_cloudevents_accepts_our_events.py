"""The CloudEvents SDK reads our payloads, attribute for attribute, and checks them by its own rules."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from cloudevents.core.exceptions import CloudEventValidationError
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from ledger.dsse import PAYLOAD_TYPE, parse_envelope
from ledger.event import encode_event, parse_event
from tests.support.logs import event_entries, sample_event

pytestmark = pytest.mark.req("R-EVT-01", "R-SVC-02")

PAYLOADS = [parse_envelope(entry, "entry").payload for entry in event_entries(4)]
PAYLOADS += [encode_event(sample_event(causationid=sample_event(1).id, correlationid=None, authroles=()))]


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_our_events_are_cloudevents(payload: bytes) -> None:
    read = JSONFormat().read(CloudEvent, payload)
    ours = parse_event(payload, "entry")
    expected = {name: value for name, value in json.loads(payload).items() if name != "data"}
    expected["time"] = datetime.fromisoformat(ours.time)
    assert read.get_attributes() == expected
    assert read.get_data() == ours.data


def test_the_version_is_found_without_being_told() -> None:
    assert JSONFormat().read(None, PAYLOADS[0]).get_specversion() == "1.0"


def test_the_payload_type_of_our_envelopes_is_theirs() -> None:
    assert PAYLOAD_TYPE == JSONFormat.CONTENT_TYPE


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_written_by_that_library_an_event_says_the_same(payload: bytes) -> None:
    written = JSONFormat().write(JSONFormat().read(CloudEvent, payload))
    assert json.loads(written) == json.loads(payload)


@pytest.mark.parametrize("change", [{"source": None}, {"type": None}, {"prevHash": "x"}, {"subject": ""}])
def test_that_library_does_look(change: dict[str, str | None]) -> None:
    changed = {**json.loads(PAYLOADS[0]), **change}
    attributes = {name: value for name, value in changed.items() if value is not None}
    with pytest.raises(CloudEventValidationError):
        JSONFormat().read(CloudEvent, json.dumps(attributes))
