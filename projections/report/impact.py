"""Impact: what was affected, as it was estimated and confirmed during the incident."""

from __future__ import annotations

from collections.abc import Iterable

from domain.severity.facts import AffectedScopeConfirmed, BlastRadius, CustomerImpact, SeverityProposed
from projections.artifacts.rendering import Rendering
from projections.blocks import Blocks, items, paragraph
from projections.inline import after, foreign, listed, money, percent
from projections.report.found import began, found
from projections.spans import clock, counted


def blocks(rendering: Rendering) -> Blocks:
    """Return what was confirmed last, and the latest estimate of the damage."""
    return (*_scope(rendering), *_estimate(rendering))


def _scope(rendering: Rendering) -> Blocks:
    confirmed = found(rendering, AffectedScopeConfirmed)
    if not confirmed:
        return ()
    item, fact = confirmed[-1]
    at = clock(item.recordedtime, began(rendering))
    why = after(": ", fact.rationale) or "."
    return (paragraph(f"Confirmed by {item.authid} at {at}{why}"), *items(_confirmed(fact)))


def _confirmed(fact: AffectedScopeConfirmed) -> Iterable[str]:
    yield f"Services: {listed(map(foreign, fact.services))}"
    if fact.services_ratio is not None:
        yield f"Share of our services: {percent(fact.services_ratio)}"
    if fact.regions:
        yield f"Regions: {listed(map(foreign, fact.regions))}"
    if fact.tenants is not None:
        yield f"Customers' organisations: {fact.tenants:,}"
    if fact.data_classes:
        yield f"Kinds of data: {listed(map(foreign, fact.data_classes))}"


def _estimate(rendering: Rendering) -> Blocks:
    made = [
        (item, fact)
        for item, fact in found(rendering, SeverityProposed)
        if fact.customer_impact is not None or fact.blast_radius is not None
    ]
    if not made:
        return ()
    item, fact = made[-1]
    at = clock(item.recordedtime, began(rendering))
    lines = (*_customers(fact.customer_impact), *_reach(fact.blast_radius))
    return (paragraph(f"Estimated by {item.authid} at {at}, during the incident:"), *items(lines))


def _customers(impact: CustomerImpact | None) -> Iterable[str]:
    if impact is None:
        return
    share = "" if impact.affected_users_ratio is None else percent(impact.affected_users_ratio)
    if impact.affected_users is not None:
        of_all = f" ({share} of all)" if share else ""
        yield f"People affected: {counted(impact.affected_users, 'user')}{of_all}"
    elif share:
        yield f"People affected: {share} of all users"
    if impact.revenue_loss_minor_per_hour is not None:
        yield f"Lost sales: {money(impact.revenue_loss_minor_per_hour, impact.currency)} an hour"


def _reach(radius: BlastRadius | None) -> Iterable[str]:
    if radius is not None and radius.services_ratio is not None:
        yield f"Share of our services: {percent(radius.services_ratio)}"
