"""Evidence, the report, the reviews and the end of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from domain.archive.facts import EvidenceBundleSealed, EvidenceManifestSealed, ReviewerSignedOff
from domain.facts import Fact
from domain.prose import prose
from domain.report.facts import IncidentReportWritten, ReportSection
from domain.resolution.facts import IncidentClosed
from domain.rootcause.facts import (
    EvidenceVerified,
    RcaEvidenceArchived,
    RootCauseEvidenceCaptured,
    RootCauseFindingRecorded,
)
from tests.support.full.story import ALICE, BOB, Step, at
from tests.support.full.verdicts import verdict


def _evidence(clock: str, name: str, kind: Any, title: str, **more: Any) -> tuple[Step, Step]:
    captured = RootCauseEvidenceCaptured(
        evidence_id=name,
        kind=kind,
        title=prose(title),
        encrypted=True,
        at=at(clock),
        **{"critical": False, **more},
    )
    return (clock, BOB, captured), (clock, BOB, EvidenceVerified(evidence_id=name, ok=True, found="ok"))


def _sections(names: Iterable[str], texts: dict[str, str]) -> tuple[ReportSection, ...]:
    return tuple(
        ReportSection(name=name, filled=True, text=prose(texts[name]) if name in texts else None)
        for name in names
    )


SECTIONS = (
    "summary",
    "impact",
    "timeline",
    "detection",
    "severity",
    "decisions",
    "actions",
    "recovery",
    "root_cause_inputs",
    "communications",
    "regulatory",
    "next_steps",
    "evidence_index",
)
WORDS = {
    "summary": (
        "On the night of 1 March, release 1.2.4 made our checkout slow. For 27 minutes about a third of our"
        " customers could not pay. We went back to release 1.2.3; everybody could pay again by 02:37 UTC.\n\n"
        "No order was lost and no personal data was exposed. We are sorry for the trouble."
    ),
    "impact": (
        "About 12,400 customers saw an error or waited more than four seconds at the last step of their"
        " order. 310 merchants were affected.\n\n"
        "- Orders that failed were not charged.\n"
        "- Orders in flight went through after the rollback."
    ),
    "root_cause_inputs": (
        "The discount engine asks the database once for each item of a cart instead of once for the cart."
        " Our load test uses carts of one item, so it did not show."
    ),
}


REVIEWED = "0198c0de-0000-7000-8000-000000000004"


def _review(role: str, why: str) -> Fact:
    return ReviewerSignedOff(
        decision_id=REVIEWED, role=role, verdict="approved", manifest_sha256="f" * 64, rationale=prose(why)
    )


DOCUMENTING: tuple[Step, ...] = (
    *_evidence(
        "03:14:00",
        "ev1",
        "log",
        "Application log of checkout, 02:05 to 02:40 UTC",
        critical=True,
        content=prose("02:08:31 checkout 1.2.4 started; 02:09:02 slow query, 41 per request"),
        media_type="text/plain",
    ),
    *_evidence(
        "03:15:00",
        "ev2",
        "dashboard",
        "Latency and error rate, 02:00 to 03:00 UTC",
        uri=prose("https://dashboards.example/d/checkout?from=0200&to=0300"),
    ),
    *_evidence(
        "03:16:00",
        "ev3",
        "diff",
        "What changed between 1.2.3 and 1.2.4",
        content=prose("discount.py: for item in cart: price(item)"),
        media_type="text/x-diff",
    ),
    *_evidence(
        "03:17:00",
        "ev4",
        "contributing_factor",
        "Load tests use carts of one item",
        content=prose("The load test was written before carts could hold several items."),
    ),
    (
        "03:19:00",
        BOB,
        RootCauseFindingRecorded(
            finding_id="f1",
            category="code",
            statement=prose("The discount engine sends one query an item; a cart of forty sends forty."),
            evidence_ids=("ev1", "ev3"),
            remediation=prose("Ask once for the cart, and test with carts of forty items."),
        ),
    ),
    ("03:21:00", ALICE, RcaEvidenceArchived(count=4, archive_status="complete")),
    (
        "03:30:00",
        ALICE,
        lambda story: IncidentReportWritten(
            revision=1, status="draft", sections=_sections(SECTIONS, WORDS), at_version=story.version
        ),
    ),
    (
        "03:40:00",
        ALICE,
        lambda story: IncidentReportWritten(
            revision=2,
            status="complete",
            sections=_sections(SECTIONS, {}),
            at_version=story.version,
            sha256="e" * 64,
        ),
    ),
    ("03:40:00", ALICE, lambda story: verdict(story, "resolution_documentation", 4)),
    (
        "03:42:00",
        ALICE,
        lambda story: EvidenceManifestSealed(
            decision_id=REVIEWED,
            revision=1,
            sha256="f" * 64,
            at_version=story.version,
            renderer=1,
            listed=24,
            required=18,
        ),
    ),
    ("03:44:00", ALICE, _review("incident_commander", "It is what happened, and the root cause is in hand.")),
    (
        "03:47:00",
        BOB,
        _review("performance_engineer", "The recovery checks hold for half an hour of traffic."),
    ),
    (
        "03:50:00",
        ALICE,
        IncidentClosed(rationale=prose("Resolved, documented and reviewed; two follow-ups are open.")),
    ),
    (
        "03:52:00",
        ALICE,
        EvidenceBundleSealed(
            name="INCIDENT-EVIDENCE-BUNDLE.zip",
            sha256="9" * 64,
            size_bytes=1_482_330,
            manifest_revision=1,
            log_size=512,
        ),
    ),
)
