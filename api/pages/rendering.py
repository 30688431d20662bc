"""Pages from templates: everything is escaped, times are shown as people read them."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse

from api.static import statics


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
    env.globals["static"] = lambda name: statics()[name].address
    return env


def render(template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Return a page."""
    return HTMLResponse(environment().get_template(template).render(**values), status)


def clock(time: str) -> str:
    """Return the time of day of a moment, in UTC."""
    return f"{time[11:16]} UTC"


def day(time: str) -> str:
    """Return the date of a moment, in UTC."""
    return time[:10]
