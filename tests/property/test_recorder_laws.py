"""Laws of the decoder for Alertmanager's recorder: one error, and everything it reads can be stored."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.support.recorder_events import (
    ALERT,
    FINGERPRINT,
    GROUP,
    MUTED,
    SILENCE,
    created,
    event,
    grouped,
    heard,
    silenced,
)
from tests.support.recorder_laws import checked

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
