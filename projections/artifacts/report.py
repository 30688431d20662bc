"""``INCIDENT-REPORT.md``: the incident as its readers want to read it, every section from facts (R-ART-23).

What people wrote into a section comes first, then what the facts say. A section that says nothing yet
says what it lacks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from domain.artifacts import REPORT
from domain.report.sections import coverage, is_filled, names, sections, title
from domain.severity.assessment import shown
from projections.artifacts.banners import said_first
from projections.artifacts.content import Content
from projections.artifacts.rendering import Rendering
from projections.artifacts.row import Row
from projections.blocks import Blocks, document, heading, paragraph
from projections.inline import foreign, listed
from projections.placeholder import placeholder
from projections.report import (
    actions,
    causes,
    communications,
    decisions,
    detection,
    evidence,
    happened,
    impact,
    next_steps,
    numbers,
    recovery,
    regulatory,
    severity,
    summary,
)
from projections.report.found import began
from projections.spans import clock, day

SECTIONS: Mapping[str, tuple[Callable[[Rendering], Blocks], str]] = {
    "summary": (summary.blocks, "Nobody has confirmed yet that the incident is over."),
    "impact": (impact.blocks, "Nobody has confirmed yet what is affected."),
    "timeline": (happened.blocks, "Nobody has declared the incident yet."),
    "detection": (detection.blocks, "Nobody knows yet how it was noticed."),
    "severity": (severity.blocks, "Nobody has agreed on a severity yet."),
    "decisions": (decisions.blocks, "Nothing is decided yet."),
    "actions": (actions.blocks, "Nothing has been done yet."),
    "recovery": (recovery.blocks, "It is not validated yet that the service has recovered."),
    "root_cause_inputs": (causes.blocks, "Nothing has been collected yet."),
    "communications": (communications.blocks, "Nobody has been told yet."),
    "regulatory": (regulatory.blocks, "It is not known yet whether regulated data is affected."),
    "next_steps": (next_steps.blocks, "Nothing is planned yet."),
    "evidence_index": (evidence.blocks, "The evidence is not archived yet."),
}
"""Name of a section -> what facts say in it, and what is said while it lacks something."""

NOTHING_WRITTEN = "Nobody has written this section yet."


def content(rendering: Rendering) -> Content | None:
    """Return the report, None before somebody declared the incident."""
    if rendering.incident.intake.declared_at is None:
        return None
    covered = coverage(rendering.case)
    filled = dict(sections(rendering.case))
    return Content(
        status="complete" if all(filled.values()) else "draft",
        metrics={
            "section_coverage": {"num": covered.num, "den": covered.den},
            **{number.id: number.ms for number in numbers.numbers(rendering)},
        },
        data={"sections": filled, "severity": shown(rendering.incident.severity)},
        body=document((*_title(rendering, filled), *_sections(rendering))),
    )


def _title(rendering: Rendering, filled: Mapping[str, bool]) -> Blocks:
    row, start = rendering.row, began(rendering)
    services = listed(map(foreign, row.services), "no service named")
    as_of = rendering.last.recordedtime
    lacking = [title(name) for name, is_there in filled.items() if not is_there]
    draft = (paragraph(f"**Draft.** Still to come: {listed(map(foreign, lacking))}."),) if lacking else ()
    return (
        heading(1, f"Incident report: {row.heading}"),
        *said_first(row),
        paragraph(
            f"{_rank(rendering)}; {services}; {day(start)}.",
            f"As of {day(as_of)}, {clock(as_of, as_of)}.",
        ),
        *draft,
    )


def _rank(rendering: Rendering) -> str:
    """Return the severity for readers who do not know the scale."""
    severity, scale = shown(rendering.incident.severity), rendering.case.policy.severity.levels
    if severity is None:
        return "Severity not known yet"
    return f"{severity} ({scale[0]} is the worst of {len(scale)} levels)"


def _sections(rendering: Rendering) -> Blocks:
    return tuple(block for name in names(rendering.case.policy) for block in _section(name, rendering))


def _section(name: str, rendering: Rendering) -> Blocks:
    told, lacks = SECTIONS.get(name, (None, NOTHING_WRITTEN))
    words = rendering.incident.report.texts.get(name)
    return (
        heading(2, foreign(title(name))),
        *(() if words is None else (paragraph(placeholder(words)),)),
        *(() if is_filled(rendering.incident, name) else (paragraph(lacks),)),
        *(() if told is None else told(rendering)),
    )


ROWS = (
    Row(
        requirement="R-ART-23",
        name=REPORT,
        artifact_id="incident-report",
        step="4.3",
        consumers=("22",),
        gate="resolution_documentation",
        counted=True,
        render=content,
    ),
)
