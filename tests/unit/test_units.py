"""Numbers of gates in people's units."""

from __future__ import annotations

import pytest

from domain.ratio import Ratio
from projections.units import duration, expected, measured, share


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        (0, "0 s"),
        (1, "0.001 s"),
        (59_000, "59 s"),
        (299_000, "4 min 59 s"),
        (300_000, "5 min"),
        (300_001, "5 min 0.001 s"),
        (3_600_000, "1 h"),
        (90_061_500, "1 d 1 h 1 min 1.5 s"),
    ],
)
def test_a_span_is_exact_so_that_what_is_late_does_not_look_punctual(ms: int, words: str) -> None:
    assert duration(ms) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [(Ratio(19, 20), "95 %"), (Ratio(1), "100 %"), (Ratio(199, 200), "99.5 %"), (Ratio(0, 0), "none")],
)
def test_a_share_is_in_per_cent(value: Ratio, words: str) -> None:
    assert share(value) == words


def test_what_is_expected_and_found_is_said_by_kind() -> None:
    assert expected(">=", "ratio", Ratio(19, 20)) == "at least 95 %"
    assert expected("<=", "ms", Ratio(300_000)) == "at most 5 min"
    assert expected("=", "truth", Ratio(1)) == "yes"
    assert measured("ratio", Ratio(2, 2)) == "2 of 2"
    assert measured("truth", Ratio(0)) == "no"
    assert measured("count", Ratio(3)) == "3"
    assert measured("ms", None) == "nothing yet"
