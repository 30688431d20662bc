"""What documentation lacks: evidence, sections of the report, a revision that says it all (R-GATE-40)."""

from __future__ import annotations

from collections.abc import Iterable

from domain.report.current import is_complete
from domain.report.sections import SECTIONS, sections, title
from domain.rootcause.pieces import groups, has_bytes, kinds_lacking, may_be_kept
from projections.blocker import Blocker, blocker
from projections.look import Look

WORDS = "What was seen, word by word."


def lost(look: Look) -> Iterable[Blocker]:
    """Yield each piece of evidence that is lost or was changed, or that nobody can check and is critical."""
    for name, pieces in groups(look.incident.rootcause).items():
        matters = any(piece.fact.critical or has_bytes(piece) for piece in pieces)
        if matters and not may_be_kept(pieces):
            yield blocker(
                look,
                "CRITICAL_EVIDENCE_MISSING",
                f"Of evidence {name} nothing is kept as it was: capture it again, as a duplicate of it.",
                "capture-evidence",
                kind=pieces[0].fact.kind,
                content=WORDS,
                duplicate_of=name,
            )


def missing_kinds(look: Look) -> Iterable[Blocker]:
    """Yield each kind of evidence that the policy wants and that is not there."""
    for kind in kinds_lacking(look.incident.rootcause, look.policy):
        yield blocker(
            look,
            "EVIDENCE_MISSING",
            f"Evidence of kind {kind} is wanted and not there.",
            "capture-evidence",
            kind=kind,
            content=WORDS,
        )


def too_few(look: Look) -> Iterable[Blocker]:
    """Yield how many pieces are wanted, where there are fewer."""
    wanted = look.policy.gates.resolution_documentation.rca_min
    had = sum(map(may_be_kept, groups(look.incident.rootcause).values()))
    if had < wanted:
        yield blocker(
            look,
            "EVIDENCE_MISSING",
            f"{wanted} distinct pieces of evidence are wanted; there are {had}.",
            "capture-evidence",
            kind="dashboard",
            content=WORDS,
        )


def unfilled(look: Look) -> Iterable[Blocker]:
    """Yield each section of the report that says nothing yet, as far as somebody can fill it now."""
    for name, filled in sections(look.case):
        if filled:
            continue
        if name == "next_steps":
            yield blocker(
                look,
                "SECTION_EMPTY",
                "Nobody has said what is to be done next: record it, or write that it is nothing.",
                "action-item",
                title="Alert on the length of the payment queue.",
            )
        elif name not in SECTIONS or SECTIONS[name].by_words:
            yield blocker(
                look,
                "SECTION_EMPTY",
                f"The report says nothing yet under {title(name)}.",
                "write-report",
                status="draft",
                sections=[{"name": name, "text": "What there is to say."}],
            )


def outdated(look: Look) -> Iterable[Blocker]:
    """Yield that the report does not say all that is known since."""
    if not is_complete(look.incident):
        yield blocker(
            look,
            "REPORT_OUTDATED",
            "Something came after the report was completed: read it again, and complete it anew.",
            "write-report",
            status="complete",
        )
