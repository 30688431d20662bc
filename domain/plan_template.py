"""A plan written before it is needed: the shape of ``config/plans/*.yaml`` (R-WF-03, R-WF-34).

A template is complete by itself, so that at 02:00 one request proposes a plan. Its texts may hold
``{variable}``; `domain.template_filling` puts the values in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Literal

from msgspec import Meta, Struct

from domain.prerequisite_items import SystemItem
from domain.template_parts import ChecklistItem, Option, OptionId, PlanText, RecoveryCheck, Risk, Word

_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
TEMPORARY = ("feature_flag", "hotfix")
"""Kinds of option that need a rollback to fall back to (R-WF-04)."""


class Plan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is proposed: why, what else was possible, what can go wrong, and what was made sure of."""

    name: Word
    title: PlanText
    premises: Annotated[tuple[PlanText, ...], Meta(min_length=1)]
    constraints: Annotated[tuple[PlanText, ...], Meta(min_length=1)]
    evidence: Annotated[tuple[PlanText, ...], Meta(min_length=1)]
    options: Annotated[tuple[Option, ...], Meta(min_length=1)]
    select: OptionId
    fallback: OptionId | None = None
    rationale: PlanText
    risks: Annotated[tuple[Risk, ...], Meta(min_length=1)]
    checklist: tuple[ChecklistItem, ...] = ()
    checks: tuple[RecoveryCheck, ...] = ()
    prerequisites: tuple[SystemItem, ...] = ()

    def __post_init__(self) -> None:
        """Refuse ids that occur twice or lead nowhere, and a fallback missing where one is needed."""
        options = {option.id: option for option in self.options}
        _check_unique("options", (option.id for option in self.options))
        _check_unique("checklist", (item.id for item in self.checklist))
        _check_unique("checks", (check.id for check in self.checks))
        _check_unique("prerequisites", self.prerequisites)
        for place, chosen in (("select", self.select), ("fallback", self.fallback)):
            if chosen is not None and chosen not in options:
                raise ValueError(f"{place}: expected one of {', '.join(options)}, found {chosen}")
        if self.fallback == self.select:
            raise ValueError(f"fallback: expected another option than the selected one, found {self.select}")
        if self.fallback is None and options[self.select].kind in TEMPORARY:
            raise ValueError(
                f"fallback: expected an option, for a {options[self.select].kind} can fail, found none"
            )


class Variable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value that the proposer gives. One that is not required is the empty text when it is not given."""

    required: bool
    description: PlanText


class PlanTemplate(Plan, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One template file, whole."""

    schema_version: Literal[1]
    variables: dict[str, Variable] = {}

    def __post_init__(self) -> None:
        """Refuse what no plan may be, and variables whose names no placeholder can have."""
        super().__post_init__()
        for name in self.variables:
            if not _NAME.fullmatch(name):
                raise ValueError(f"variables: expected names of the form [a-z][a-z0-9_]*, found {name!r}")


class Filled(Plan, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A template with its variables put in."""


def _check_unique(place: str, ids: Iterable[str]) -> None:
    seen: set[str] = set()
    for each in ids:
        if each in seen:
            raise ValueError(f"{place}: expected each id once, found {each} twice")
        seen.add(each)
