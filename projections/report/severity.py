"""Severity: what was measured, who agreed on what, round by round."""

from __future__ import annotations

from collections.abc import Iterable

from domain.severity.facts import SloBreach
from projections.artifacts.rendering import Rendering
from projections.blocks import Blocks, heading, items, nested
from projections.inline import foreign, listed
from projections.report.found import began
from projections.report.terms import why_again
from projections.severity_history import SeverityProposal, SeverityRound, severity_history
from projections.spans import clock, counted, span


def blocks(rendering: Rendering) -> Blocks:
    """Return each round; headings only where there was more than one."""
    rounds = severity_history(rendering.facts, rendering.case, rendering.policies).rounds
    several = len(rounds) > 1
    return tuple(
        block
        for one in rounds
        for block in (*((heading(3, _title(one)),) if several else ()), *items(_lines(one, began(rendering))))
    )


def _title(one: SeverityRound) -> str:
    why = "" if one.reason is None else f": {why_again(one.reason, one.cause)}"
    return f"Round {one.round}{why}"


def _lines(one: SeverityRound, start: str) -> Iterable[str]:
    if one.rationale is not None:
        yield f"{one.by} began it: “{one.rationale}”"
    for proposal in one.proposals:
        yield _proposed(proposal, start)
    for vote in one.votes:
        why = "" if vote.rationale is None else f": “{vote.rationale}”"
        changed = "" if vote.replaced_by is None else " (changed later)"
        yield f"{vote.by} voted {vote.severity} at {clock(vote.at, start)}{changed}{why}"
    if one.silent:
        yield f"Did not vote: {listed(one.silent)}"
    agreed = one.consensus
    if agreed is None:
        yield "No agreement was reached in this round"
    else:
        of = counted(agreed.responders, "responder")
        yield f"{agreed.severity} agreed at {clock(agreed.at, start)} by {agreed.agreeing} of {of}"


def _proposed(proposal: SeverityProposal, start: str) -> str:
    suggested = (
        f"{proposal.by} proposed {proposal.severity} at {clock(proposal.at, start)}, "
        f"the rules suggest {proposal.suggested}: “{proposal.rationale}”"
    )
    return nested(suggested, map(_breach, proposal.slo_breaches))


def _breach(breach: SloBreach) -> str:
    burning = (
        "" if breach.burn_rate is None else f", using up its error budget {breach.burn_rate} times too fast"
    )
    return (
        f"{foreign(breach.slo_id)}: {breach.observed} where {breach.objective} is the objective,"
        f" over {span(breach.window_s * 1000)}{burning}"
    )
