"""Short questions to the verifier, for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ledger.note import VerifierKey
from tests.support.exports import VKEY
from verifier import Memory, Report, verify
from verifier.tally import Tally

PINNED = (VKEY,)


def report_on(
    content: Mapping[str, bytes], keys: Sequence[VerifierKey] = PINNED, since: bytes | None = None
) -> Report:
    """Return the report on files in memory, under the log key of the tests."""
    return verify(Memory(content), log_keys=keys, since=since)


def kinds(report: Report | Tally) -> dict[str, int]:
    """Return how many findings there are of each kind."""
    return {item.kind: item.count for item in report.findings}


def first(report: Report, kind: str) -> str:
    """Return the first finding of a kind as text, without the kind."""
    return next(str(item.first) for item in report.findings if item.kind == kind).partition(": ")[2]


def state(report: Report, number: int) -> tuple[str, int]:
    """Return how a step went and how much it accepted."""
    return next((step.state, step.checked) for step in report.steps if step.number == number)
