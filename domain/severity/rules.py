"""What the policy's thresholds make of the numbers (R-CFG-02 ``severity.rules``; ours, R-DEC-72)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from domain.classified import Severity
from domain.policy import Sev1Rule, Sev2Rule, SeverityPolicy
from domain.severity.facts import BlastRadius, CustomerImpact, SloBreach

HOUR_S = 3600
LONG_WINDOW_S = 6 * HOUR_S

_BASES = {"affected_users": {"users"}, "revenue": {"revenue"}, "max": {"users", "revenue"}}


def suggested(
    policy: SeverityPolicy,
    breaches: Iterable[SloBreach] = (),
    impact: CustomerImpact | None = None,
    radius: BlastRadius | None = None,
) -> Severity:
    """Return the highest level of which any threshold is reached; below SEV-2 everything is SEV-3."""
    told = tuple(breaches)
    if any(_reached(policy, policy.rules.sev_1, told, impact, radius)):
        return "SEV-1"
    if any(_reached(policy, policy.rules.sev_2, told, impact, radius)):
        return "SEV-2"
    return "SEV-3"


def _reached(
    policy: SeverityPolicy,
    rule: Sev1Rule | Sev2Rule,
    breaches: tuple[SloBreach, ...],
    impact: CustomerImpact | None,
    radius: BlastRadius | None,
) -> Iterator[bool]:
    yield from (_burns(rule, breach) for breach in breaches)
    if impact is not None:
        bases = _BASES[policy.customer_impact_basis]
        yield "users" in bases and _is(impact.affected_users_ratio, rule.affected_users_ratio)
        lost = impact.revenue_loss_minor_per_hour or 0
        yield "revenue" in bases and lost >= rule.revenue_loss_minor_per_hour
    if radius is not None:
        yield _is(radius.services_ratio, rule.services_ratio)


def _burns(rule: Sev1Rule | Sev2Rule, breach: SloBreach) -> bool:
    """Return whether a breach burns its budget as fast as the rule's window allows; shorter windows count."""
    if isinstance(rule, Sev1Rule):
        return breach.window_s <= HOUR_S and _is(breach.burn_rate, rule.burn_rate_1h)
    return breach.window_s <= LONG_WINDOW_S and _is(breach.burn_rate, rule.burn_rate_6h)


def _is(value: str | None, threshold: Decimal) -> bool:
    return value is not None and Decimal(value) >= threshold
