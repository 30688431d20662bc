"""Actions: what was run, when, by whom, with what outcome; and what was done outside the process."""

from __future__ import annotations

from collections.abc import Iterable

from domain.execution.facts import (
    MitigationCommandExecuted,
    MitigationExecutionCompleted,
    MitigationExecutionStarted,
    MitigationPlanningReentered,
    OutOfBandActionRecorded,
)
from domain.intake.facts import MitigationNotRequired
from domain.planning.facts import MitigationPlanProposed
from domain.recorded import Stamped
from projections.artifacts.rendering import Rendering
from projections.blocks import Blocks, heading, items, nested, numbered, paragraph
from projections.inline import after, code, foreign, said
from projections.report.found import began, found
from projections.report.summary import release
from projections.report.terms import OUTCOMES
from projections.spans import clock, span


def blocks(rendering: Rendering) -> Blocks:
    """Return each attempt, and what was done outside."""
    attempts = found(rendering, MitigationExecutionStarted)
    several = len(attempts) > 1
    nothing = paragraph("Nothing had to be done: the service recovered without it.")
    return (
        *((nothing,) if found(rendering, MitigationNotRequired) and not attempts else ()),
        *(block for item, fact in attempts for block in _attempt(rendering, item, fact, several=several)),
        *_outside(rendering),
    )


def _attempt(
    rendering: Rendering, item: Stamped[object], fact: MitigationExecutionStarted, *, several: bool
) -> Blocks:
    start = began(rendering)
    title = (heading(3, f"Attempt {fact.attempt}"),) if several else ()
    ran = [(i, f) for i, f in found(rendering, MitigationCommandExecuted) if f.attempt == fact.attempt]
    ends = (
        paragraph(_end(f, clock(i.recordedtime, start)))
        for i, f in found(rendering, MitigationExecutionCompleted)
        if f.attempt == fact.attempt
    )
    back = (
        paragraph(f"{i.authid} went back to planning at {clock(i.recordedtime, start)}: {said(f.rationale)}")
        for i, f in found(rendering, MitigationPlanningReentered)
        if f.from_attempt == fact.attempt
    )
    began_at = clock(item.recordedtime, start)
    return (
        *title,
        paragraph(
            f"{item.authid} began at {began_at}{_from_to(fact)}{_change(fact)}.",
            *(() if fact.rerun is None else (f"It was tried again because {said(fact.rerun)}.",)),
        ),
        *_approved(rendering, fact),
        *items(_ran(i, f, start) for i, f in ran),
        *ends,
        *back,
    )


def _approved(rendering: Rendering, started: MitigationExecutionStarted) -> Blocks:
    """Return the commands of the option that was approved, as that revision of the plan has them."""
    for _, plan in found(rendering, MitigationPlanProposed):
        for option in plan.options if plan.revision == started.plan_revision else ():
            if option.option_id == started.option_id and option.commands is not None:
                return (paragraph("The approved commands:"), *numbered((code(option.commands),)))
    return ()


def _from_to(fact: MitigationExecutionStarted) -> str:
    source = "" if fact.from_version is None else f" from {release(fact.from_version)}"
    target = "" if fact.to_version is None else f" to {release(fact.to_version)}"
    return f", going{source}{target}" if source or target else ""


def _change(fact: MitigationExecutionStarted) -> str:
    return "" if fact.change_ref is None else f", under change {foreign(fact.change_ref)}"


def _ran(item: Stamped[object], fact: MitigationCommandExecuted, start: str) -> str:
    code = "" if fact.exit_code in (None, fact.expected_exit_code) else f" with exit code {fact.exit_code}"
    tried = f" (try {fact.tried})" if fact.tried > 1 else ""
    line = (
        f"{clock(fact.started_at, start)}: command {fact.seq}{tried} {OUTCOMES[fact.outcome]}{code} after"
        f" {span(fact.duration_ms)}, run by {item.authid}{after(' on ', fact.host)}"
    )
    return nested(line, _details(fact))


def _details(fact: MitigationCommandExecuted) -> Iterable[str]:
    if fact.command is not None:
        yield f"Not run as approved, but: {code(fact.command)}"
    if fact.output is not None:
        yield f"Output: {said(fact.output)}"


def _end(fact: MitigationExecutionCompleted, at: str) -> str:
    return (
        f"Finished at {at}: {fact.commands_succeeded} of {fact.commands_total} commands succeeded,"
        f" in {span(fact.duration_ms)}."
    )


def _outside(rendering: Rendering) -> Blocks:
    done = found(rendering, OutOfBandActionRecorded)
    if not done:
        return (paragraph("Nothing was done outside the process."),)
    return (heading(3, "Done outside the process"), *items(_done(i, f, began(rendering)) for i, f in done))


def _done(item: Stamped[object], fact: OutOfBandActionRecorded, start: str) -> str:
    by = fact.principal or (None if fact.who is None else said(fact.who)) or "somebody"
    return (
        f"{clock(item.time, start)}: {said(fact.what)}, done by {by}, told by {item.authid}."
        f" Reason: {said(fact.why)}"
    )
