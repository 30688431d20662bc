"""Pages from templates: everything is escaped, times are shown as people read them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.runtime import Context
from starlette.responses import HTMLResponse

from api.pages.fields import Field
from api.pages.filled import rows_in
from api.pages.words import title_of
from api.static import statics

PRINCIPAL = re.compile(r"\bp-[a-z0-9-]+\b")
"""Whom a text may name: an id, which pages show as a name."""


@cache
def environment() -> Environment:
    """Return the templates."""
    env = Environment(
        loader=PackageLoader("api"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters["clock"] = clock
    env.filters["person"] = person
    env.filters["naming"] = naming
    env.filters["day"] = day
    env.globals["rows_of"] = rows_in
    env.globals["filled"] = filled
    env.globals["titled"] = title_of
    env.globals["static"] = lambda name: statics()[name].address
    return env


def render(template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Return a page."""
    return HTMLResponse(environment().get_template(template).render(**values), status)


def filled(fields: Iterable[Field], values: Mapping[str, str]) -> bool:
    """Return whether anything stands in one of these fields."""
    names = tuple(f"{field.name}." for field in fields)
    return any(f"{name}.".startswith(names) for name, value in values.items() if value)


@pass_context
def person(context: Context, principal: str) -> str:
    """Return what somebody is called, the id where no name is known."""
    name: str = context["names"].get(principal, principal)
    return name


@pass_context
def naming(context: Context, text: str) -> str:
    """Return a text with the names of people in the places of their ids."""
    return PRINCIPAL.sub(lambda found: person(context, found.group()), text)


def clock(time: str) -> str:
    """Return the time of day of a moment, in UTC."""
    return f"{time[11:16]} UTC"


def day(time: str) -> str:
    """Return the date of a moment, in UTC."""
    return time[:10]
