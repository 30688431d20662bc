"""Step 6, second part: whoever has the export of an incident has its alerts as well."""

from __future__ import annotations

from collections.abc import Sequence

from domain.intake.facts import SignalAttached
from ledger.audit import Audit
from verifier.facts import RecordedFact
from verifier.tally import Tally


def find_missing(facts: Sequence[RecordedFact], audit: Audit, tally: Tally) -> None:
    """Report alerts that the facts of an incident link, and of which the export has no entry."""
    linked = {item.fact.alert: item.position for item in facts if isinstance(item.fact, SignalAttached)}
    for stream, position in sorted(linked.items()):
        if not audit.knows(stream):
            reason = f"not in the export; entry {position} links it to the incident"
            tally.gap("completeness", f"stream {stream}", reason)
