"""Why severity is assessed anew, in words (R-TRN-18, R-SVC-10)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from domain.severity.facts import Cause, Reason, Rule

REASONS: Mapping[Reason, str] = {
    "gate_1_failed": "gate 1 failed",
    "gate_3_failed": "gate 3 failed",
    "new_signal": "a new signal",
    "auto_escalation": "an escalation rule",
    "objection": "an objection",
    "manual": "asked for",
    "reopened": "the incident was reopened",
}
HALF = Decimal("0.5")
HOUR_MINUTES = 60


def why_again(reason: Reason, cause: Cause | None) -> str:
    """Return why a round began: what a rule found, where one did."""
    return REASONS[reason] if cause is None else found(cause)


def found(cause: Cause) -> str:
    """Return what a rule found: the fact that speaks for a more severe level than the agreed one."""
    return _FOUND[cause.rule](cause)


def exceeds(cause: Cause, words: str) -> str:
    """Return what is exceeded, after ``words``; nothing where what was found says it itself."""
    return "" if cause.rule == "unmitigated" else f"{words}{cause.agreed} was agreed"


def _services(cause: Cause) -> str:
    ratio = Decimal(cause.services_ratio or 0)
    share = "half" if ratio == HALF else f"{(ratio * 100).normalize():f} %"
    return f"{share} of all services are affected"


def _unmitigated(cause: Cause) -> str:
    hours, minutes = divmod(cause.minutes or 0, HOUR_MINUTES)
    parts = (_counted(hours, "hour"), _counted(minutes, "minute"))
    return f"{cause.agreed} for {' and '.join(filter(None, parts))} without mitigation"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}" if number else ""


_FOUND: Mapping[Rule, Callable[[Cause], str]] = {
    "severity_hint": lambda cause: f"a new alert says {cause.severity}",
    "services_ratio": _services,
    "regulated_data": lambda _: "regulated data is exposed",
    "unmitigated": _unmitigated,
}
