"""Steps 5, 7 and 8: every entry that is in the tree, as an event of its stream.

Also reads what the facts say, as far as this program knows their types, and puts it aside for later steps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ledger.audit import Audit, Audited
from ledger.errors import IntegrityError
from ledger.finding import Finding
from verifier.gathered import Gathered, Held
from verifier.inclusion import Included
from verifier.steps import STEP_OF_KIND, Step
from verifier.tally import Progress, Tally

AUDITED = (Step.EVENTS, Step.SIGNATURES, Step.CHAINS)
BATCH = 256  # entries between two signs of progress


def check_entries(
    entries: Iterable[Included],
    total: int,
    audit: Audit,
    gathered: Gathered,
    tally: Tally,
    *,
    progress: Progress,
) -> None:
    """Audit ``entries``, of which there are ``total`` (0: not known); what does not hold is in ``tally``."""
    refused, number = Counter[Step](), 0
    for number, entry in enumerate(entries, 1):
        audited = _placed(entry, audit.entry(entry.position, entry.data, entry.leaf, entry.signed_by))
        for item in audited.wrong:
            tally.found(item)
            refused[STEP_OF_KIND[item.kind]] += 1
        _gather(entry, audited, gathered, tally)
        if number % BATCH == 0:
            progress("entries", number, total)
    for step in AUDITED:
        # What one step refuses never reaches the next.
        number -= refused[step]
        tally.checked(step, number)


def expect(tally: Tally, count: int) -> None:
    """Say that there are ``count`` entries, each of which must go through every one of these steps."""
    for step in (Step.INCLUSION, *AUDITED):
        tally.expect(step, count)


def _placed(entry: Included, audited: Audited) -> Audited:
    """Return what the audit said, and that an entry is listed in another stream than its own."""
    event, stream = audited.event, entry.stream
    if audited.wrong or event is None or stream in (None, event.subject):
        return audited
    wrong = Finding("chain", f"entry {entry.position}, subject", str(stream), event.subject)
    return Audited(event, (wrong,))


def _gather(entry: Included, audited: Audited, gathered: Gathered, tally: Tally) -> None:
    event = audited.event
    if event is None:
        return
    if audited.wrong:
        gathered.broken.add(event.subject)
        return
    try:
        gathered.add(Held(event, audited.payload, entry.position, entry.leaf))
    except IntegrityError as error:
        tally.malformed(error)
