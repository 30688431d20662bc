"""Root cause inputs: what was found, from which evidence; the analysis itself comes after the incident."""

from __future__ import annotations

from collections.abc import Iterable

from domain.rootcause.facts import RootCauseFindingRecorded
from projections.artifacts.rendering import Rendering
from projections.blocks import Blocks, heading, items, nested
from projections.inline import foreign, listed, said
from projections.report.evidence import pieces
from projections.report.found import found


def blocks(rendering: Rendering) -> Blocks:
    """Return findings and evidence."""
    findings = [_finding(rendering, i.authid, fact) for i, fact in found(rendering, RootCauseFindingRecorded)]
    evidence = pieces(rendering)
    return (
        *((heading(3, "Findings"), *items(findings)) if findings else ()),
        *((heading(3, "Evidence"), *items(evidence)) if evidence else ()),
    )


def _finding(rendering: Rendering, who: str, fact: RootCauseFindingRecorded) -> str:
    line = f"{said(fact.statement)} ({foreign(fact.category.replace('_', ' '))}; found by {who})"
    return nested(line, _details(rendering, fact))


def _details(rendering: Rendering, fact: RootCauseFindingRecorded) -> Iterable[str]:
    known = rendering.incident.rootcause.evidence
    if fact.evidence_ids:
        yield "From: " + listed(
            said(known[name].fact.title) if name in known else foreign(name) for name in fact.evidence_ids
        )
    if fact.remediation is not None:
        yield f"Remedy: {said(fact.remediation)}"
