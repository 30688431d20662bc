"""Times: ours in one form, foreign ones exact to the nanosecond."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from domain.moment import from_nanoseconds, instant, nanoseconds, timestamp


def test_a_timestamp_is_utc_with_microseconds_and_reads_back() -> None:
    moment = datetime(2026, 3, 1, 3, 10, tzinfo=timezone(timedelta(hours=1)))
    assert timestamp(moment) == "2026-03-01T02:10:00.000000Z"
    assert instant(timestamp(moment)) == moment


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:00.000000001Z", 1),
        ("1970-01-01T01:00:00.5+01:00", 500_000_000),
        ("1969-12-31T23:30:00-00:30", 0),
        ("2021-01-07t08:38:00.032813093z", 1_610_008_680_032_813_093),
        ("2999-12-31T23:59:59.999999999Z", 32_503_679_999_999_999_999),
    ],
)
def test_a_foreign_time_is_exact_to_the_nanosecond(text: str, expected: int) -> None:
    assert nanoseconds(text) == expected
    assert timestamp(from_nanoseconds(expected))[:4] in {"1970", "2021", "2999"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2021-01-07",
        "2021-01-07T08:38:00",
        "2021-01-07 08:38:00Z",
        "2021-01-07T08:38:00.Z",
        "2021-01-07T08:38:00.1234567891Z",
        "2021-02-30T08:38:00Z",
        "2021-01-07T24:00:01Z",
        "2021-01-07T08:38:60Z",
        "2021-01-07T08:38:00+24:00",
        "2021-01-07T08:38:00+01:60",
        "2021-01-07T08:38:00Z\n",
        "1969-12-31T23:59:59Z",
        "0001-01-01T00:00:00Z",
        "2999-12-31T23:59:59-00:01",
        "9999-12-31T23:59:59-00:01",
        "٢٠٢١-01-07T08:38:00Z",
    ],
)
def test_anything_else_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match=r"time: expected|month|day|hour|second|Invalid"):
        nanoseconds(text)


def test_every_moment_that_a_fact_can_name_is_a_date() -> None:
    assert timestamp(from_nanoseconds(10**20 - 1)) == "5138-11-16T09:46:39.999999Z"


def test_a_moment_is_cut_to_the_microsecond_not_rounded() -> None:
    assert from_nanoseconds(1_999) == datetime(1970, 1, 1, 0, 0, 0, 1, tzinfo=UTC)
