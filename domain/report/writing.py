"""Writing the report and completing it (R-STEP-43, R-GATE-43)."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from domain.artifacts import REPORT
from domain.context import Context
from domain.documents import not_rendered
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident
from domain.policies import policy_of
from domain.prose import Prose, prose
from domain.refusal import Refusal
from domain.report.commands import WriteReport
from domain.report.facts import IncidentReportWritten, ReportSection
from domain.report.sections import is_filled, names

COMPLETED_IN = ("drafting_report", "documented")


def write(state: Incident, command: WriteReport, context: Context) -> tuple[IncidentFact, ...] | Refusal:
    """Return another revision of the report; a complete one names the hash of what the record makes of it."""
    wanted = names(policy_of(context))
    if refusal := _unfit(command, wanted):
        return refusal
    complete = command.status == "complete"
    if complete and state.state not in COMPLETED_IN:
        return Refusal(
            code="REPORT_TOO_EARLY",
            message="a report is complete once the root cause inputs are archived",
            place="status",
            expected="an incident that is " + " or ".join(COMPLETED_IN),
            found=state.state,
        )
    if complete and context.documents.report is None:
        return not_rendered(REPORT)
    return (
        IncidentReportWritten(
            revision=state.report.revision + 1,
            status=command.status,
            sections=sections_after(state, _said(command), wanted),
            at_version=state.version,
            sha256=context.documents.report if complete else None,
            renderer=context.documents.renderer if complete else None,
        ),
    )


def _said(command: WriteReport) -> Mapping[str, Prose]:
    return {section.name: prose(section.text) for section in command.sections}


def sections_after(
    state: Incident, said: Mapping[str, Prose], wanted: tuple[str, ...]
) -> tuple[ReportSection, ...]:
    """Return each section as it is once the texts ``said`` are written: whether it says anything."""
    report = replace(state.report, texts={**state.report.texts, **said})
    written = replace(state, report=report)
    return tuple(
        ReportSection(name=name, filled=is_filled(written, name), text=said.get(name)) for name in wanted
    )


def _unfit(command: WriteReport, wanted: tuple[str, ...]) -> Refusal | None:
    told = [section.name for section in command.sections]
    if command.status == "complete" and told:
        return Refusal(
            code="TEXT_FIRST",
            message="write texts as a draft first: what is completed is what is on record",
            place="sections",
            expected="no text with status complete",
            found=", ".join(told),
        )
    for place, name in enumerate(told):
        if name not in wanted or name in told[:place]:
            return Refusal(
                code="SECTION_UNFIT",
                message="the report has each section that the policy requires, once",
                place=f"sections[{place}].name",
                expected="one of " + ", ".join(wanted),
                found=name if name not in wanted else f"{name} twice",
            )
    return None
