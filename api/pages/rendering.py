"""Pages from templates: everything is escaped, times are shown as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.runtime import Context
from starlette.responses import HTMLResponse

from api.pages.fields import Field
from api.pages.filled import rows_in
from api.pages.wording import many, measured, named, place, size, value
from api.pages.words import title_of
from api.permissions import may
from api.static import statics
from application.calling import with_names
from projections.names import Names


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
    env.globals["may"] = may
    env.filters["second"] = second
    env.filters["place"] = place
    env.filters["value"] = value
    env.filters["named"] = named
    env.filters["many"] = many
    env.filters["measured"] = measured
    env.filters["size"] = size
    env.filters["people"] = with_names
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
    names: Names = context["names"]
    return with_names(text, names)


def clock(time: str) -> str:
    """Return the time of day of a moment, in UTC."""
    return f"{time[11:16]} UTC"


def second(time: str) -> str:
    """Return the time of day of a moment to the second, in UTC."""
    return f"{time[11:19]} UTC"


def day(time: str) -> str:
    """Return the date of a moment, in UTC."""
    return time[:10]
