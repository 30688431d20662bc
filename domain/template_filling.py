"""A plan template and the values of its variables become a plan (R-WF-34)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct, structs

from domain.plan_template import Filled, Plan, PlanTemplate


class Missing(Struct, frozen=True, kw_only=True):
    """Why a template could not be filled: names in the template's order, and strangers as they came."""

    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def fill(template: PlanTemplate, variables: Mapping[str, str]) -> Filled | Missing:
    """Return the plan, or which required variables are not given (or blank) and which nobody asked for.

    Each placeholder is replaced once, in one pass: braces in a value mean nothing, and braces that
    name no variable of the template stay, for commands are full of them.
    """
    given = {name: value for name, value in variables.items() if value.strip()}
    wanted = template.variables
    missing = tuple(name for name, row in wanted.items() if row.required and name not in given)
    unknown = tuple(name for name in variables if name not in wanted)
    if missing or unknown:
        return Missing(missing=missing, unknown=unknown)
    values = {name: given.get(name, "") for name in wanted}
    return Filled(**{name: _filled(getattr(template, name), values) for name in Plan.__struct_fields__})


def _filled(value: Any, values: Mapping[str, str]) -> Any:
    match value:
        case str():
            return filled_text(value, values)
        case tuple():
            return tuple(_filled(item, values) for item in value)
        case Struct():
            parts = structs.asdict(value).items()
            return structs.replace(value, **{name: _filled(part, values) for name, part in parts})
        case _:
            return value


def filled_text(text: str, values: Mapping[str, str]) -> str:
    """Return ``text`` with each placeholder that ``values`` names replaced."""
    return re.sub(r"\{([a-z][a-z0-9_]*)\}", lambda found: values.get(found[1], found[0]), text)
