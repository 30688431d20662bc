"""What an alert means here: which labels name the service, what belongs together, what opens an incident.

The shape of ``config/alert-rules.yaml``. Rules and services are rows, the first that matches decides.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from msgspec import Meta, Struct

from domain.classified import Short
from domain.signal import Signal
from domain.streams import correlation
from domain.text import code

RuleAction = Literal["open", "join", "record"]
Part = Literal["service", "environment", "group"]
LabelNames = Annotated[tuple[str, ...], Meta(max_length=16)]
Minutes = Annotated[int, Meta(ge=1, le=10_080)]
"""At most a week."""


class Labels(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which labels to read, in order of preference."""

    name: LabelNames
    service: LabelNames
    environment: LabelNames
    severity: LabelNames


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row: an alert whose labels have one of the listed values, for every label listed."""

    name: Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,64}$(?!\n)")]
    action: RuleAction
    match: dict[str, tuple[str, ...]] = {}


class FlappingRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a condition flaps: ``changes`` of its status in ``window_minutes``; and when it has settled."""

    changes: Annotated[int, Meta(ge=3, le=50)]
    window_minutes: Minutes
    settled_minutes: Minutes


class Together(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row: services whose alerts count as those of ``service``; ``*`` in a pattern is any text."""

    service: Annotated[str, Meta(min_length=1, max_length=256)]
    match: Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=256)], ...], Meta(max_length=256)]


class AlertRules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file.

    ``severity`` maps a source's word (lower case) to a level; ``correlate_by`` says what the alerts of
    one incident have in common, ``services`` which services are one in that, and ``join_within_minutes``
    how long a candidate without alerts still takes some. Without ``flapping`` nothing is held back.
    """

    schema_version: Literal[1]
    labels: Labels
    severity: dict[str, Literal["SEV-1", "SEV-2", "SEV-3"]]
    correlate_by: tuple[Part, ...]
    rules: tuple[Rule, ...]
    services: tuple[Together, ...] = ()
    join_within_minutes: Minutes | None = None
    flapping: FlappingRule | None = None


class Route(Struct, frozen=True, kw_only=True):
    """What the rules make of one signal, in codes fit for a fact."""

    action: RuleAction
    why: str
    alert_name: str
    correlation: Short
    service: str | None = None
    environment: str | None = None
    severity_hint: str | None = None
    counts_as: str | None = None
    join_within_minutes: int | None = None
    flapping: FlappingRule | None = None


def route(signal: Signal, rules: AlertRules) -> Route:
    """Return what ``rules`` make of ``signal``: names, correlation, and the first matching rule's action."""
    labels = dict(signal.labels)
    service, environment = (
        _first(labels, names) for names in (rules.labels.service, rules.labels.environment)
    )
    action, why = _matching(labels, rules)
    counts_as = _together(service, rules)
    parts = {"service": counts_as or service, "environment": environment, "group": signal.group}
    return Route(
        action=action,
        why=why,
        alert_name=code(_first(labels, rules.labels.name) or signal.fingerprint),
        correlation=correlation(*(parts[part] or "" if part in rules.correlate_by else "" for part in parts)),
        service=_code(service),
        environment=_code(environment),
        severity_hint=rules.severity.get((_first(labels, rules.labels.severity) or "").lower()),
        counts_as=_code(counts_as),
        join_within_minutes=rules.join_within_minutes,
        flapping=rules.flapping,
    )


def _matching(labels: dict[str, str], rules: AlertRules) -> tuple[RuleAction, str]:
    for rule in rules.rules:
        if all(labels.get(name) in values for name, values in rule.match.items()):
            return rule.action, f"rule:{rule.name}"
    return "record", "no-rule"


def _together(service: str | None, rules: AlertRules) -> str | None:
    """Return the name under which alerts of ``service`` are correlated, None where no row has it."""
    if service is None:
        return None
    return next((row.service for row in rules.services if any(_fits(service, p) for p in row.match)), None)


def _fits(service: str, pattern: str) -> bool:
    # Only `*` means something: names with other signs of a pattern, such as brackets, stay themselves.
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), service, re.DOTALL) is not None


def _first(labels: dict[str, str], names: tuple[str, ...]) -> str | None:
    return next((labels[name] for name in names if labels.get(name)), None)


def _code(text: str | None) -> str | None:
    return None if text is None else code(text)
