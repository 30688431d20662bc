"""Steps 4, 5, 7 and 8: every entry, first as bytes in the tree, then as an event of its stream.

Also reads what the facts say, as far as this program knows their types, and puts it aside for later steps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ledger.audit import Audit
from ledger.checkpoint import Checkpoint
from ledger.errors import IntegrityError
from ledger.finding import Finding, finding
from verifier.gathered import Gathered
from verifier.inclusion import Included, included
from verifier.source import Source
from verifier.steps import STEP_OF_KIND, Step
from verifier.tally import Progress, Tally

BATCH = 256  # entries between two signs of progress


def check_entries(
    source: Source, checkpoint: Checkpoint, gathered: Gathered, tally: Tally, progress: Progress
) -> Audit:
    """Return the audit after every entry that is in the tree; what does not hold is in ``tally``."""
    for step in (Step.INCLUSION, Step.EVENTS, Step.SIGNATURES, Step.CHAINS):
        tally.expect(step, checkpoint.size)
    audit = Audit(checkpoint.origin)
    refused = Counter[Step]()
    number = 0
    for entry in included(source, checkpoint, tally):
        number += 1
        for item in _check(entry, audit, gathered):
            tally.found(item)
            refused[STEP_OF_KIND[item.kind]] += 1
        if number % BATCH == 0:
            progress("entries", number, checkpoint.size)
    for step in (Step.EVENTS, Step.SIGNATURES, Step.CHAINS):
        # What one step refuses never reaches the next.
        number -= refused[step]
        tally.checked(step, number)
    return audit


def _check(entry: Included, audit: Audit, gathered: Gathered) -> Sequence[Finding]:
    audited = audit.entry(entry.position, entry.data, entry.leaf)
    wrong, event = audited.wrong, audited.event
    if event is None:
        return wrong
    try:
        if not wrong:
            gathered.add(event, audited.payload, entry.position, entry.leaf)
            return ()
    except IntegrityError as error:
        wrong = (finding("fact", error),)
    gathered.broken.add(event.subject)
    return wrong
