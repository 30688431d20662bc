"""What was completed and sealed is what follows from the facts before it (R-GATE-43, R-MAN-05).

A completed report and a sealed manifest name the hash of their canonical bytes and the version as of which
they were rendered. Whoever holds a recorder's key can sign another hash, but cannot make it follow.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from hashlib import sha256

from msgspec import Struct, convert

from domain.archive.facts import EvidenceManifestSealed
from domain.artifacts import MANIFEST, REPORT
from domain.recorded import UnknownFact
from domain.report.facts import IncidentReportWritten
from ledger.finding import Finding
from projections.artifacts.renderer import RENDERER
from projections.artifacts.rendering import rendering
from projections.artifacts.table import artifact, evidence_manifest
from projections.until import until
from verifier.artifacts import derive
from verifier.facts import RecordedFact
from verifier.policies import Policies
from verifier.steps import Step
from verifier.tally import Tally


class Said(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is said of a document: the hash of its bytes, and of a manifest how complete it is."""

    sha256: str
    listed: int | None = None
    required: int | None = None
    missing: tuple[str, ...] | None = None


class Named(Struct, frozen=True, kw_only=True):
    """A document, what a fact says of it, the version as of which it was rendered, and by which rules."""

    name: str
    said: Said
    version: int
    renderer: int | None


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
            said = Said(sha256=digest)
            return Named(name=REPORT, said=said, version=fact.at_version, renderer=fact.renderer)
        case EvidenceManifestSealed():
            said = convert(fact, Said, from_attributes=True)
            return Named(name=MANIFEST, said=said, version=fact.at_version, renderer=fact.renderer)
        case _:
            return None


def _check(
    item: RecordedFact, named: Named, before: Sequence[RecordedFact], policies: Policies, tally: Tally
) -> None:
    place = f"entry {item.position}, {named.name}"
    if named.renderer != RENDERER:
        tally.gap("artifact", place, f"not re-derived: renderer {named.renderer}, this tool {RENDERER}")
        return
    found = _followed(named.name, until(before, named.version), policies)
    if isinstance(found, str):
        tally.gap("artifact", place, found)
    elif found == named.said:
        tally.checked(Step.ARTIFACTS)
    else:
        tally.found(Finding("artifact", place, *_difference(found, named.said)))


def _followed(name: str, facts: Sequence[RecordedFact], policies: Policies) -> Said | str | None:
    """Return what follows from ``facts``, None where there is no such document, or why nobody can tell."""
    unknown = next((item.type for item in facts if isinstance(item.fact, UnknownFact)), None)
    if unknown is not None:
        return f"not re-derived: this tool does not know facts of type {unknown}"
    return derive(partial(_rendered, name, facts, policies))


def _rendered(name: str, facts: Sequence[RecordedFact], policies: Policies) -> Said | None:
    view = rendering(facts, policies.need)
    if view is None:
        return None
    if name == MANIFEST:
        return convert(evidence_manifest(view), Said, from_attributes=True)
    data = artifact(name, view)
    return None if data is None else Said(sha256=sha256(data).hexdigest())


def _difference(found: Said | None, said: Said) -> tuple[str, str]:
    """Return the first thing that is said otherwise than it follows."""
    if found is None:
        return "no such document", said.sha256
    fields = ((name, getattr(found, name), getattr(said, name)) for name in Said.__struct_fields__)
    name, expected, told = next(row for row in fields if row[1] != row[2])
    return f"{name} {_shown(expected)}", f"{name} {_shown(told)}"


def _shown(value: object) -> str:
    return ", ".join(value) or "none" if isinstance(value, tuple) else str(value)
