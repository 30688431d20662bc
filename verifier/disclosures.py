"""Step 9, second part: each text that an export discloses is the one that an entry committed to (R-EVT-04).

Disclosures are read side by side with the commitments, both in the order of ``c``, so memory stays flat. A
text that is not disclosed is withheld, by right or because it was erased; that refutes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Final

from ledger.commitments import Commitment
from ledger.disclosure import Disclosure, check, parse_disclosure
from ledger.errors import IntegrityError
from ledger.exportlayout import DISCLOSURES
from verifier.container import Accepted
from verifier.errors import NotThere
from verifier.gathered import Gathered, blob_part
from verifier.report import Sealed
from verifier.steps import Step
from verifier.tally import Tally
from verifier.textlines import lines

MAX_LINE: Final = 1 << 24


def check_disclosures(source: Accepted, gathered: Gathered, tally: Tally) -> Sealed | None:
    """Compare what is disclosed with what the entries commit to, and return how many there are of each.

    None where an entry was refused: what is disclosed may be of that one.
    """
    if not tally.is_complete(Step.CHAINS):
        tally.cut_short(Step.REFERENCES)
        return None
    count = 0
    with tally.collecting("disclosure"):
        for part, found in groupby(disclosed(source), key=lambda item: blob_part(item.c)):
            committed = gathered.committed.part(part)
            for item in found:
                with tally.collecting("disclosure"):
                    _check(item, committed.get(item.c, []))
                    tally.checked(Step.REFERENCES)
                    count += 1
    total = sum(len(gathered.committed.part(part)) for part in gathered.committed.parts)
    return Sealed(count, total - count)


def _check(disclosure: Disclosure, committed: list[Commitment]) -> None:
    place = f"{DISCLOSURES}, {disclosure.c}"
    if not committed:
        raise IntegrityError(place, "an entry that commits to it", "none")
    if not any(check(disclosure, kind) for kind in {item.kind for item in committed}):
        raise IntegrityError(place, f"salt and value with commitment {disclosure.c}", "others")


def disclosed(source: Accepted) -> Iterator[Disclosure]:
    """Yield the disclosures of an export; raises `IntegrityError` at a line malformed or out of order."""
    before = ""
    try:
        for number, line in enumerate(lines(source, DISCLOSURES, MAX_LINE), 1):
            place = f"{DISCLOSURES}, line {number}"
            disclosure = parse_disclosure(line, place)
            if not before < disclosure.c:
                raise IntegrityError(place, f"a commitment after {before}", disclosure.c)
            yield disclosure
            before = disclosure.c
    except NotThere:
        return
