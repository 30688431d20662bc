"""Laws of the Alertmanager decoder: one error, nothing lost silently, everything it reads can be stored."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from consumers.alertmanager import decode, fingerprint, sort_pairs
from consumers.payload import DecodeError
from domain import alert, facts
from domain.prose import proses
from domain.signal import Delivery, Rejected
from tests.support.meaning import Seals, context, received

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    ["status", "labels", "annotations", "startsAt", "endsAt", "generatorURL", "fingerprint"]
)
GOOD = {
    "status": "resolved",
    "labels": {"a": "b"},
    "annotations": {},
    "startsAt": "2026-03-01T02:10:00Z",
    "endsAt": "2026-03-01T02:20:00Z",
    "fingerprint": fingerprint([("a", "b")]),
}


def tried(body: bytes) -> Delivery | Rejected:
    """Return what a body decodes to; anything raised but the decoder's own error fails the test."""
    try:
        return decode(body, "am")
    except DecodeError as error:
        return error.rejected


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_the_decoders_own_error(body: bytes) -> None:
    assert isinstance(tried(body), Delivery | Rejected)


@given(JSON)
def test_no_json_raises_anything_but_the_decoders_own_error(value: object) -> None:
    assert isinstance(tried(json.dumps(value).encode()), Delivery | Rejected)


@given(
    st.lists(st.dictionaries(FIELDS, JSON, max_size=3), max_size=3),
    st.dictionaries(st.sampled_from(["version", "groupKey", "truncatedAlerts", "x"]), JSON),
)
def test_no_message_costs_more_than_what_is_wrong_in_it(
    changes: list[dict[str, Any]], top: dict[str, Any]
) -> None:
    alerts = [{**GOOD, **change} for change in changes]
    delivery = tried(json.dumps({"version": "4", "alerts": [*alerts, GOOD], **top}).encode())
    if isinstance(delivery, Rejected):
        assert delivery.reason_code == "version-unsupported"
        return
    lost = [item for item in delivery.rejected if item.place.startswith("alerts[")]
    assert len(delivery.signals) + len(lost) == len(alerts) + 1
    assert delivery.signals[-1].labels == (("a", "b"),)
    for heard in delivery.signals:
        made = alert.decide(alert.NOTHING, received(heard), context())
        sealed = Seals().fact(made)
        assert all(text.c for fact in sealed for text in proses(fact))
        for fact in sealed:
            data = msgspec.json.decode(msgspec.json.encode(facts.encode(fact)))
            assert facts.decode(facts.type_name(fact), data) == fact


@given(st.dictionaries(st.text(min_size=1, max_size=6), st.text(max_size=6), min_size=1, max_size=4))
def test_a_fingerprint_does_not_depend_on_the_order_of_labels(labels: dict[str, str]) -> None:
    backwards = reversed(labels.items())
    assert fingerprint(labels.items()) == fingerprint(backwards)
    assert sort_pairs(labels.items()) == tuple(sorted(labels.items(), key=lambda p: p[0].encode()))
