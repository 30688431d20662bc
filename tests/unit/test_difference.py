"""What differs between two values of JSON: by name where items have one, whole where they have none."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.difference import differences

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(2, 9) | st.text("ab/~", max_size=2),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "role", "x", "y/z"]), inner, max_size=3)
    ),
    max_leaves=12,
)


def rows(before: Any, after: Any) -> list[tuple[str, Any, Any]]:
    return [(row.pointer, row.before, row.after) for row in differences(before, after)]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": 1, "b": 2}, {"b": 3, "c": 4}, [("/a", 1, None), ("/b", 2, 3), ("/c", None, 4)]),
        ({"a": None}, {}, []),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, [("/a/b", 1, 2)]),
        ({"a": {"b": 1}}, {"a": None}, [("/a", {"b": 1}, None)]),
        ({"a/b": 1, "c~d": 1}, {"a/b": 2, "c~d": 2}, [("/a~1b", 1, 2), ("/c~0d", 1, 2)]),
        ([{"id": "x", "n": 1}], [{"id": "x", "n": 2}], [("/x/n", 1, 2)]),
        ([{"id": "x"}], [{"id": "y"}, {"id": "x"}], [("/y", None, {"id": "y"})]),
        ([{"id": "x"}, {"id": "y"}], [{"id": "y"}, {"id": "x"}], []),
        ([{"id": "x"}, {"id": "x"}], [], [("", [{"id": "x"}, {"id": "x"}], [])]),
        ([{"role": "r", "id": None}], [{"role": "r", "id": "q"}], [("/r/id", None, "q")]),
        (["x", "y"], ["x"], [("", ["x", "y"], ["x"])]),
        (1, "1", [("", 1, "1")]),
    ],
)
def test_places_that_differ_are_named_with_what_stood_there(
    before: Any, after: Any, expected: list[tuple[str, Any, Any]]
) -> None:
    assert rows(before, after) == expected


@given(JSON)
def test_nothing_differs_from_itself(value: Any) -> None:
    assert differences(value, value) == ()


@given(JSON, JSON)
def test_backwards_the_same_places_differ_the_other_way_round(before: Any, after: Any) -> None:
    there, back = rows(before, after), rows(after, before)
    assert sorted(there, key=repr) == sorted(((p, b, a) for p, a, b in back), key=repr)
    assert len({pointer for pointer, _, _ in there}) == len(there)
