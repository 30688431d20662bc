"""What incidents are judged and planned by, for readers: pinned policies, and plan templates (R-CFG-04)."""

from __future__ import annotations

import re

import msgspec

from application.engine import Engine
from domain.plan_template import PlanTemplate
from domain.planning.facts import ItemCategory, OptionKind
from projections.configerror import ConfigError

SHA256 = re.compile(r"[0-9a-f]{64}")


class TemplateVariable(msgspec.Struct, frozen=True, kw_only=True):
    """A value that the proposer gives."""

    name: str
    required: bool
    description: str


class TemplateOption(msgspec.Struct, frozen=True, kw_only=True):
    """An option of a template."""

    id: str
    kind: OptionKind
    title: str


class TemplateItem(msgspec.Struct, frozen=True, kw_only=True):
    """An item of a template's checklist."""

    id: str
    category: ItemCategory
    title: str
    bound: bool


class TemplateView(msgspec.Struct, frozen=True, kw_only=True):
    """A plan template: its texts may hold ``{variable}``; ``sha256`` is the file's."""

    name: str
    sha256: str
    title: str
    rationale: str
    select: str
    fallback: str | None
    options: tuple[TemplateOption, ...]
    checklist: tuple[TemplateItem, ...]
    variables: tuple[TemplateVariable, ...]


def policy_file(engine: Engine, sha256: str) -> bytes | None:
    """Return the exact bytes of a policy that was ever pinned here, None where this is none.

    Other blobs hold what people wrote: they are no policies, and nobody gets them this way.
    """
    if SHA256.fullmatch(sha256) is None or engine.blobs.find(sha256) is None:
        return None
    try:
        engine.shelf.get(sha256)
    except ConfigError:
        return None
    return engine.blobs.get(sha256)


def templates(engine: Engine) -> tuple[TemplateView, ...]:
    """Return the plan templates, by name."""
    return tuple(_view(loaded.template, loaded.sha256) for loaded in engine.templates.values())


def _view(template: PlanTemplate, sha256: str) -> TemplateView:
    return TemplateView(
        name=template.name,
        sha256=sha256,
        title=template.title,
        rationale=template.rationale,
        select=template.select,
        fallback=template.fallback,
        options=tuple(TemplateOption(id=o.id, kind=o.kind, title=o.title) for o in template.options),
        checklist=tuple(
            TemplateItem(id=item.id, category=item.category, title=item.title, bound=item.bound)
            for item in template.checklist
        ),
        variables=tuple(
            TemplateVariable(name=name, required=row.required, description=row.description)
            for name, row in template.variables.items()
        ),
    )
