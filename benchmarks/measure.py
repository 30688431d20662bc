"""Timing: medians of repeated runs, and ratios against a baseline measured in the same run."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable

import msgspec

RUNS = 5


class Rate(msgspec.Struct, frozen=True):
    """How many a second: the median of the runs, with the slowest and the fastest."""

    median: float
    slowest: float
    fastest: float


def rate(count: int, work: Callable[[], object], runs: int = RUNS) -> Rate:
    """Return how many of ``count`` things a second ``work`` does."""
    rates = []
    for _ in range(runs):
        gc.collect()
        begun = time.perf_counter()
        work()
        rates.append(count / (time.perf_counter() - begun))
    return Rate(statistics.median(rates), min(rates), max(rates))


def shown(value: Rate) -> str:
    """Return a rate as a table shows it."""
    return f"{value.median:,.0f}/s ({value.slowest:,.0f} to {value.fastest:,.0f})"


def ratio(value: Rate, baseline: Rate) -> str:
    """Return how many times the baseline."""
    return f"{value.median / baseline.median:.2f}"
