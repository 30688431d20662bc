"""Steps 4, 5, 7 and 8: every entry, first as bytes in the tree, then as an event of its stream.

Also reads what the facts say, as far as this program knows their types, and puts it aside for later steps.
"""

from __future__ import annotations

from collections import Counter

from ledger.audit import Audit, Audited
from ledger.checkpoint import Checkpoint
from ledger.errors import IntegrityError
from verifier.gathered import Gathered
from verifier.inclusion import Included, included
from verifier.source import Source
from verifier.steps import STEP_OF_KIND, Step
from verifier.tally import Progress, Tally

AUDITED = (Step.EVENTS, Step.SIGNATURES, Step.CHAINS)
BATCH = 256  # entries between two signs of progress


def check_entries(
    source: Source, checkpoint: Checkpoint, gathered: Gathered, tally: Tally, progress: Progress
) -> Audit:
    """Return the audit after every entry that is in the tree; what does not hold is in ``tally``."""
    for step in (Step.INCLUSION, *AUDITED):
        tally.expect(step, checkpoint.size)
    audit, refused = Audit(checkpoint.origin), Counter[Step]()
    number = 0
    for number, entry in enumerate(included(source, checkpoint, tally), 1):
        audited = audit.entry(entry.position, entry.data, entry.leaf)
        for item in audited.wrong:
            tally.found(item)
            refused[STEP_OF_KIND[item.kind]] += 1
        _gather(entry, audited, gathered, tally)
        if number % BATCH == 0:
            progress("entries", number, checkpoint.size)
    for step in AUDITED:
        # What one step refuses never reaches the next.
        number -= refused[step]
        tally.checked(step, number)
    return audit


def _gather(entry: Included, audited: Audited, gathered: Gathered, tally: Tally) -> None:
    event = audited.event
    if event is None:
        return
    if audited.wrong:
        gathered.broken.add(event.subject)
        return
    try:
        gathered.add(event, audited.payload, entry.position, entry.leaf)
    except IntegrityError as error:
        tally.malformed(error)
