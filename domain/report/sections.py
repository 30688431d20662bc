"""Which sections of the report say something: one table for gate 4 and renderers (R-ART-23, R-GATE-40).

A section says what the facts say, after what people wrote into it. Where the ledger has to know, words
do not stand in for facts: nobody writes an approval into being.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from domain.gates.criterion import Case
from domain.gates.granting import once_waived
from domain.incident_state import Incident
from domain.policy import Policy
from domain.ratio import Ratio


class Section(Struct, frozen=True, kw_only=True):
    """A section by its name in the policy: its heading, whether facts fill it, and whether words can."""

    title: str
    filled: Callable[[Incident], bool]
    by_words: bool = False


def _decided(incident: Incident) -> bool:
    """Return whether it was decided what to do, that it be done without all approvals, or that nothing be."""
    decision, waived = incident.decision, once_waived(incident, "mitigation_readiness")
    return bool(incident.standing.not_required or waived or (decision is not None and decision.recorded))


def _acted(incident: Incident) -> bool:
    done = incident.execution
    return bool(incident.standing.not_required or done.ran or done.completed or done.out_of_band)


def _regulated_known(incident: Incident) -> bool:
    scope = incident.severity.scope
    return scope is not None and scope.fact.regulated_data is not None


SECTIONS: Mapping[str, Section] = {
    "summary": Section(title="Summary", filled=lambda it: it.resolution.confirmed is not None),
    "impact": Section(title="Impact", filled=lambda it: it.severity.scope is not None, by_words=True),
    "timeline": Section(title="Timeline", filled=lambda it: it.intake.declared_at is not None),
    "detection": Section(title="Detection", filled=lambda it: it.intake.detected_at is not None),
    "severity": Section(title="Severity", filled=lambda it: it.severity.agreed is not None),
    "decisions": Section(title="Decision and approvals", filled=_decided),
    "actions": Section(title="Actions", filled=_acted),
    "recovery": Section(title="Recovery validation", filled=lambda it: it.recovery.validated is not None),
    "root_cause_inputs": Section(
        title="Root cause inputs",
        filled=lambda it: bool(it.rootcause.evidence or it.rootcause.findings),
        by_words=True,
    ),
    "communications": Section(title="Communications", filled=lambda it: bool(it.notices.told)),
    "regulatory": Section(title="Regulatory", filled=_regulated_known, by_words=True),
    "next_steps": Section(title="Next steps", filled=lambda it: bool(it.resolution.items), by_words=True),
    "evidence_index": Section(title="Evidence index", filled=lambda it: it.rootcause.archived > 0),
}
"""Name of a section, as policies require it -> what it is, in the order of the protocol."""


def title(name: str) -> str:
    """Return the heading of a section; a policy may require sections of its own."""
    row = SECTIONS.get(name)
    return name.replace("_", " ").capitalize() if row is None else row.title


def is_filled(incident: Incident, name: str) -> bool:
    """Return whether a section says something; one that a policy adds is what people write into it."""
    row = SECTIONS.get(name)
    if row is None:
        return name in incident.report.texts
    return row.filled(incident) or (row.by_words and name in incident.report.texts)


def names(policy: Policy) -> tuple[str, ...]:
    """Return the sections that a policy requires, in its order."""
    return policy.gates.resolution_documentation.required_report_sections


def sections(case: Case) -> tuple[tuple[str, bool], ...]:
    """Return each required section and whether it says something."""
    return tuple((name, is_filled(case.incident, name)) for name in names(case.policy))


def coverage(case: Case) -> Ratio:
    """Return filled of required sections (R-GATE-41)."""
    found = sections(case)
    return Ratio(sum(filled for _, filled in found), len(found))
