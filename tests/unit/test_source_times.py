"""Times as monitoring tools write them lose nothing and are refused where they are none."""

from __future__ import annotations

import pytest

from consumers.payload import DecodeError, NumberText
from consumers.times import a_time, since_1970


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("2026-03-01T02:10:00.123456789Z", "2026-03-01T02:10:00.123456789Z"),
        ("2026-03-01T02:10:00+01:00", "2026-03-01T02:10:00+01:00"),
        ("2015-06-03T17:43:27.123+0000", "2015-06-03T17:43:27.123+00:00"),
        ("2026-03-01 02:10:00Z", "2026-03-01T02:10:00Z"),
    ],
)
def test_a_time_is_kept_as_written_or_gets_what_the_form_asks_for(given: str, expected: str) -> None:
    assert a_time(given, "at") == expected


@pytest.mark.parametrize(
    ("number", "unit", "expected"),
    [
        (NumberText("0"), "s", "1970-01-01T00:00:00Z"),
        ("1772331000", "s", "2026-03-01T02:10:00Z"),
        (NumberText("1772331000.5"), "s", "2026-03-01T02:10:00.5Z"),
        ("1772331000123", "ms", "2026-03-01T02:10:00.123Z"),
        ("1772331000123.25", "ms", "2026-03-01T02:10:00.12325Z"),
        ("1772331000123456789", "ns", "2026-03-01T02:10:00.123456789Z"),
    ],
)
def test_a_number_since_1970_is_that_moment_exactly(number: str, unit: str, expected: str) -> None:
    assert since_1970(number, "at", unit) == expected


@pytest.mark.parametrize("value", ["soon", "", "-1", "1e9", None, True, [], "9" * 20, "99999999999999"])
def test_what_is_no_time_is_refused_with_its_place(value: object) -> None:
    with pytest.raises(DecodeError, match=r"^at: expected "):
        since_1970(value, "at")  # type: ignore[arg-type]  # whatever a sender writes
    with pytest.raises(DecodeError, match=r"^at: expected "):
        a_time(value, "at")  # type: ignore[arg-type]  # whatever a sender writes
