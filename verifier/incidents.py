"""Steps 10 to 12: incident by incident, what follows from its facts, and what people signed.

One incident at a time is in memory. Streams with an entry that an earlier step refused are left out: nothing
follows from the rest of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from domain.classified import Profile
from domain.intake.facts import IncidentOpened, PolicyAdopted
from ledger.audit import Audit
from ledger.errors import IntegrityError
from ledger.keyfacts import STREAM as KEYS
from verifier.artifacts import check_artifacts, find_strays
from verifier.attestations import check_attestations
from verifier.container import Accepted
from verifier.documents import check_documents
from verifier.facts import RecordedFact, recorded
from verifier.gathered import Gathered, InIncident
from verifier.linked import find_missing
from verifier.policies import Policies
from verifier.steps import Step
from verifier.tally import Progress, Tally
from verifier.verdicts import check_verdicts


def check_incidents(
    source: Accepted, gathered: Gathered, audit: Audit, tally: Tally, progress: Progress
) -> None:
    """Read the facts of every incident, and check what follows from them.

    A live log serves neither artifacts nor policies; then only the facts and people's signatures are
    checked.
    """
    steps = (Step.ARTIFACTS, Step.VERDICTS, Step.ATTESTATIONS) if source.listed else (Step.ATTESTATIONS,)
    for step in steps:
        tally.checked(step, 0)
    policies, parts = Policies(source), gathered.incidents.parts
    for number, part in enumerate(parts):
        for stream, items in gathered.incidents.part(part).items():
            facts = _facts(items, gathered, tally)
            gathered.solo += _profile(facts) == "solo"
            if stream not in gathered.broken:
                _check(source, stream, facts, policies, tally)
                if source.layout.kind == "incident":
                    find_missing(facts, audit, tally)
                # Without all key facts nobody knows which keys people had.
                if KEYS not in gathered.broken:
                    check_attestations(facts, audit.keyring, tally)
        progress("incidents", number + 1, len(parts))
    if not tally.is_complete(Step.CHAINS):
        for step in steps:
            tally.cut_short(step)
    elif source.listed:
        find_strays(source, audit, tally)


def _profile(facts: Sequence[RecordedFact]) -> Profile | None:
    """Return the profile under which the incident is judged in the end."""
    profiles = (item.fact.profile for item in facts if isinstance(item.fact, IncidentOpened | PolicyAdopted))
    return next(reversed([*profiles]), None)


def _check(
    source: Accepted, stream: str, facts: Sequence[RecordedFact], policies: Policies, tally: Tally
) -> None:
    if source.listed:
        check_artifacts(source, stream, facts, policies, tally)
        check_documents(facts, policies, tally)
        check_verdicts(facts, policies, tally)


def _facts(items: Sequence[InIncident], gathered: Gathered, tally: Tally) -> list[RecordedFact]:
    facts = list[RecordedFact]()
    for item in items:
        try:
            facts.append(recorded(item, gathered.fact(item.type, item.data, item.position)))
        except IntegrityError as error:
            tally.malformed(error)
            gathered.broken.add(item.stream)
    return facts
