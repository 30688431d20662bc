"""What was completed and sealed is what follows from the facts before it (R-GATE-43, R-MAN-05).

A completed report and a sealed manifest name the hash of their canonical bytes and the version as of which
they were rendered. Whoever holds a recorder's key can sign another hash, but cannot make it follow.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from domain.archive.facts import EvidenceManifestSealed
from domain.artifacts import MANIFEST, REPORT
from domain.recorded import UnknownFact
from domain.report.facts import IncidentReportWritten
from ledger.finding import Finding
from projections.artifacts.renderer import RENDERER
from projections.artifacts.rendering import rendering
from projections.artifacts.table import artifact
from projections.until import until
from verifier.facts import RecordedFact
from verifier.policies import Policies, PolicyUnread
from verifier.steps import Step
from verifier.tally import Tally

Named = tuple[str, str, int, int | None]
"""A document's name and hash, the version as of which it was rendered, and by which rules."""


def check_documents(facts: Sequence[RecordedFact], policies: Policies, tally: Tally) -> None:
    """Render again each document that a fact names the hash of, and compare.

    ``facts`` are those of one incident, all of which hold, in order.
    """
    for index, item in enumerate(facts):
        if (named := _named(item.fact)) is not None:
            _check(item, named, facts[:index], policies, tally)


def _named(fact: object) -> Named | None:
    match fact:
        case IncidentReportWritten(sha256=str() as digest):
            return REPORT, digest, fact.at_version, fact.renderer
        case EvidenceManifestSealed():
            return MANIFEST, fact.sha256, fact.at_version, fact.renderer
        case _:
            return None


def _check(
    item: RecordedFact, named: Named, before: Sequence[RecordedFact], policies: Policies, tally: Tally
) -> None:
    name, digest, version, renderer = named
    place = f"entry {item.position}, {name}"
    if renderer != RENDERER:
        tally.gap("artifact", place, f"not re-derived: renderer {renderer}, this tool {RENDERER}")
        return
    found = _rendered(name, until(before, version), policies)
    if found == digest:
        tally.checked(Step.ARTIFACTS)
    elif found.startswith("not re-derived"):
        tally.gap("artifact", place, found)
    else:
        tally.found(Finding("artifact", place, found, digest))


def _rendered(name: str, facts: Sequence[RecordedFact], policies: Policies) -> str:
    """Return the hash of what follows from ``facts``, or why nothing does."""
    unknown = next((item.type for item in facts if isinstance(item.fact, UnknownFact)), None)
    if unknown is not None:
        return f"not re-derived: this tool does not know facts of type {unknown}"
    try:
        view = rendering(facts, policies.need)
        data = None if view is None else artifact(name, view)
    except PolicyUnread as error:
        return f"not re-derived: {error}"
    except Exception as error:
        # Whoever holds a recorder's key can sign facts that no fold was made for; they must not end the run.
        return f"not re-derived: {type(error).__name__}: {error}"
    return "no such document" if data is None else sha256(data).hexdigest()
