"""The rule of closing once more, from the bare facts: what a second reader of R-TRN-15 computes by hand."""

from __future__ import annotations

from domain.archive.facts import EvidenceManifestSealed, ReviewerSignedOff
from domain.crew.facts import CommanderAssigned
from domain.flow.facts import StepMarked
from domain.gates.facts import GateEvaluated
from domain.intake.facts import IncidentOpened, PolicyAdopted
from domain.resolution.facts import IncidentReopened
from domain.rootcause.facts import RootCauseEvidenceCaptured, RootCauseFindingRecorded
from tests.support.safety import Items, last

NEWS = (RootCauseEvidenceCaptured, RootCauseFindingRecorded, IncidentReopened)


def unclosable(items: Items, who: str) -> list[str]:
    """Return what of R-TRN-15 does not hold after ``items``, for ``who`` closes the incident then."""
    verdicts = [item for item in items if isinstance(item.fact, GateEvaluated) and item.fact.authoritative]
    judged = [item for item in verdicts if item.fact.gate == "resolution_documentation"]
    manifest, commander = last(items, EvidenceManifestSealed), last(items, CommanderAssigned)
    if not judged or manifest is None or commander is None:
        return ["gate 4, manifest or commander"]
    news = max((item.version for item in items if isinstance(item.fact, NEWS)), default=0)
    marks = [item.fact.mark for item in items if isinstance(item.fact, StepMarked)]
    halts = [mark for mark in marks if mark in ("halted", "resumed")]
    return [
        *([] if judged[-1].fact.result == "PASS" else ["gate 4"]),
        *([] if news < judged[-1].version < manifest.version else ["nothing new since"]),
        *([] if _reviewed(items, manifest.fact.sha256, manifest.version) else ["reviews"]),
        *([] if commander.fact.principal == who else ["commander"]),
        *(["halted"] if halts[-1:] == ["halted"] else []),
    ]


def _reviewed(items: Items, sha256: str, since: int) -> bool:
    """Return whether the last words on this very manifest are approvals by as many people as it needs."""
    words = [item for item in items if isinstance(item.fact, ReviewerSignedOff) and item.version > since]
    latest = {item.authid: item.fact.verdict for item in words}
    approved = [item for item in words if latest[item.authid] == item.fact.verdict == "approved"]
    opened, adopted = last(items, IncidentOpened), last(items, PolicyAdopted)
    profile = (adopted or opened).fact.profile  # type: ignore[union-attr]  # what is closed was opened
    same = all(item.fact.manifest_sha256 == sha256 for item in approved)
    roles = {item.fact.role for item in approved}
    people = {item.authid for item in approved}
    return same and len(roles) == 2 and len(people) >= (1 if profile == "solo" else 2)
