"""What a notice about failed gates says of them: which gate, what fails, and what helps (R-GATE-54)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from domain.facts import Fact
from domain.gates.table import GATES
from domain.notices.facts import StakeholderNotificationRequested
from domain.recorded import Stamped, UnknownFact
from domain.sentence import Foreign, Sentence
from projections.verdicts import CriterionShown, Evaluation, verdicts

Facts = Sequence[Stamped[Fact | UnknownFact]]


def failed_gates(facts: Facts) -> Iterator[Sentence]:
    """Yield the gates that failed since somebody was last told of one, as of the last of ``facts``."""
    latest = {verdict.gate: verdict for verdict in verdicts(facts) if verdict.authoritative}
    failed = [verdict for verdict in latest.values() if verdict.result == "FAIL"]
    told = _told_before(facts, max((_version(verdict) for verdict in failed), default=0))
    for verdict in failed:
        if _version(verdict) > told:
            yield from _gate(verdict)


def _told_before(facts: Facts, version: int) -> int:
    """Return the version of the last request about a failed gate before ``version``, or 0.

    One failure is told to several people, each by a request of their own behind the verdict.
    """
    return max(
        (
            item.version
            for item in facts
            if isinstance(item.fact, StakeholderNotificationRequested)
            and item.fact.purpose == "gate_failed"
            and item.version < version
        ),
        default=0,
    )


def _version(verdict: Evaluation) -> int:
    return verdict.version or 0


def _gate(verdict: Evaluation) -> Iterator[Sentence]:
    row = GATES.get(verdict.gate)
    name = verdict.gate if row is None else f"{row.number}, {row.title}, before {row.guards}"
    yield (f"Failed: gate {name}",)
    for criterion in verdict.criteria:
        if criterion.passed == "no":
            yield _criterion(criterion)


def _criterion(criterion: CriterionShown) -> Sentence:
    remedy = f". {criterion.remedy} ({criterion.owner})" if criterion.remedy else ""
    return (
        "Fails: ",
        Foreign(criterion.id),
        f": expected {criterion.expected}, found {criterion.found}{remedy}",
    )
