"""Pages from templates: everything is escaped, times are shown as people read them."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse

from api.pages.wording import many, measured, named, place, size, value
from api.static import statics
from application.calling import with_names


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
    env.filters["day"] = day
    env.filters["second"] = second
    env.filters["place"] = place
    env.filters["value"] = value
    env.filters["named"] = named
    env.filters["many"] = many
    env.filters["measured"] = measured
    env.filters["size"] = size
    env.filters["people"] = with_names
    env.globals["static"] = lambda name: statics()[name].address
    return env


def render(template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Return a page."""
    return HTMLResponse(environment().get_template(template).render(**values), status)


def clock(time: str) -> str:
    """Return the time of day of a moment, in UTC."""
    return f"{time[11:16]} UTC"


def second(time: str) -> str:
    """Return the time of day of a moment to the second, in UTC."""
    return f"{time[11:19]} UTC"


def day(time: str) -> str:
    """Return the date of a moment, in UTC."""
    return time[:10]
