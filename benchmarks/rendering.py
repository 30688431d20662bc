"""From the facts of an incident to all its artifacts, against folding the facts alone: linear in their number."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from msgspec.structs import replace

from benchmarks.measure import rate, ratio, shown
from benchmarks.table import Table
from domain.execution.facts import MitigationCommandExecuted
from domain.incident_state import fold
from domain.notices.facts import (
    StakeholderAcknowledged,
    StakeholderNotificationFailed,
    StakeholderNotificationRequested,
    StakeholderNotified,
)
from domain.recovery.facts import RecoveryCheckRecorded
from domain.timeline.facts import TimelineEntryCorrected, TimelineEntryRecorded
from projections.artifacts.rendering import RecordedFact, rendering
from projections.artifacts.table import artifacts
from tests.support.full_incident import full_incident
from tests.support.rendered import policies

SIZES = (100, 1_000, 10_000)
AGAIN = (
    StakeholderNotificationRequested,
    StakeholderNotified,
    StakeholderNotificationFailed,
    StakeholderAcknowledged,
    TimelineEntryRecorded,
    TimelineEntryCorrected,
    RecoveryCheckRecorded,
    MitigationCommandExecuted,
)
"""What happens again and again in a long incident."""


def measure() -> Table:
    """Return the section on rendering."""
    rows = []
    for size in SIZES:
        facts = grown(size)
        bare = rate(size, partial(fold, facts))
        whole = rate(size, partial(rendered, facts))
        rows.append((f"{size:,}", shown(bare), shown(whole), ratio(whole, bare)))
    return Table(
        "Rendering",
        "Facts a second, from the facts of one incident to the canonical bytes of all its artifacts, the manifest "
        "included, against the fold to its state alone. As many a second however long the incident: linear.",
        ("facts", "state alone", "all artifacts", "ratio"),
        rows,
    )


def rendered(facts: Sequence[RecordedFact]) -> int:
    """Return how many bytes all artifacts of an incident have."""
    view = rendering(facts, policies)
    return 0 if view is None else sum(len(artifact.data) for artifact in artifacts(view))


def grown(size: int) -> tuple[RecordedFact, ...]:
    """Return the facts of a whole incident in which notices, notes, checks and commands go on and on."""
    facts = list(full_incident()[: size - 3])
    again = [item for item in facts if isinstance(item.fact, AGAIN)]
    for number in range(size - len(facts)):
        item, turn = again[number % len(again)], number // len(again)
        facts.append(replace(item, fact=_renamed(item.fact, turn), version=len(facts) + 1))
    return tuple(facts)


def _renamed(fact: object, turn: int) -> object:
    """Return a fact about another notice or entry."""
    names = ("notification_id", "entry_id")
    new = {name: f"{getattr(fact, name)}-{turn}" for name in names if getattr(fact, name, None)}
    return replace(fact, **new)  # type: ignore[type-var]  # every fact is a struct
