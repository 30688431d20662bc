"""Checks made fast say what the slow ones say: no more, no less."""

from __future__ import annotations

import binascii
from base64 import b64encode
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ledger import canonical, event
from ledger.errors import IntegrityError
from ledger.strict import decode_base64
from tests.support.logs import sample_event

KEYS = st.text("ab_9-A é", max_size=4) | st.sampled_from([1, None])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) - 2, 2**53 + 2)
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.binary(max_size=2)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4) | st.tuples(inner),
    max_leaves=12,
)


def refuses(check: Any, *arguments: Any) -> bool:
    try:
        check(*arguments)
    except IntegrityError:
        return True
    return False


@given(VALUES)
def test_the_quick_check_of_json_agrees_with_the_one_that_explains(value: object) -> None:
    if isinstance(value, dict | list | tuple):
        quick = canonical._is_plain(value, canonical.MAX_DEPTH - 1)
        assert quick is not refuses(canonical._check, value, "value", 0)


@given(st.integers(60, 68), st.booleans())
def test_both_agree_on_the_deepest_value(depth: int, lists: bool) -> None:
    value: object = {}
    for _ in range(depth - 1):
        value = [value] if lists else {"a": value}
    assert canonical._is_plain(value, canonical.MAX_DEPTH - 1) is (depth <= canonical.MAX_DEPTH)
    assert refuses(canonical._check, value, "value", 0) is (depth > canonical.MAX_DEPTH)


TEXTS = st.sampled_from(
    [
        "",
        "x",
        "1.0",
        "application/json",
        "user",
        "user\n",
        "p-1",
        "a\nb",
        "a,b",
        "b,a",
        "a,a",
        "incident-1",
        "//ledger.example/incidents",
        "//",
        "0" * 64,
        "0192f000-0000-7000-8000-000000000000",
        "2026-02-29T00:00:00.000000Z",
        "2024-02-29T23:59:59.999999Z",
        "2026-13-01T00:00:00.000000Z",
        "tallystick.a-b.v1",
    ]
)
ATTRIBUTES: dict[str, object] = {
    **{
        name: getattr(sample_event(), name)
        for name in sample_event().__struct_fields__
        if name != "causationid"
    },
    "authroles": "incident_commander,technical_lead",
    "specversion": "1.0",
    "datacontenttype": "application/json",
}


@given(st.data())
def test_the_quick_check_of_attributes_agrees_with_the_one_that_explains(data: st.DataObject) -> None:
    attributes = dict(ATTRIBUTES)
    for name in data.draw(st.lists(st.sampled_from([*attributes, "causationid", "extra"]), max_size=2)):
        others: st.SearchStrategy[object] = (
            st.integers(-1, 2**31) | st.none() | st.just({}) | st.just("ABSENT")
        )
        value: object = data.draw(TEXTS | others)
        if value == "ABSENT":
            attributes.pop(name, None)
        else:
            attributes[name] = value
    assert event._holds(attributes) is not refuses(event._explain, attributes, "event")


@given(
    st.text("ABQgw+/=z0 \n-", max_size=12) | st.binary(max_size=9).map(lambda data: b64encode(data).decode())
)
def test_base64_has_one_spelling(text: str) -> None:
    try:
        data = binascii.a2b_base64(text.encode(), strict_mode=True)
    except ValueError:
        data = None
    one = data is not None and b64encode(data).decode() == text
    assert refuses(decode_base64, text, "text") is not one
