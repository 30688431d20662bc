"""What changed in an incident between two moments: in words, and in values side by side (R-SVC-08)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import msgspec
from starlette.responses import Response

from api.incidents import no_past
from api.pages.frame import PageRow, frame, page_for
from api.pages.moments import Written, either
from api.pages.naming import named
from api.pages.rendering import render
from api.pages.wording import named as worded
from api.pages.wording import place
from api.queries import decode_query
from api.routes import Call
from application.comparison import compare
from application.past import NOW, At
from application.views import incident
from projections.difference import Difference

SHOWN = 200
"""How many of the facts in between are on the page; the API has all."""


class DiffQuery(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_": "from"}
):
    """Which two moments, each a version or a time; from the first fact, and to now, unless it is said."""

    from_: Written = "1"
    to: Written | None = None


class Change(msgspec.Struct, frozen=True):
    """One place that differs, in words."""

    place: str
    said: str
    before: object
    after: object


class Part(msgspec.Struct, frozen=True):
    """What differs in one part of the incident."""

    title: str
    changes: tuple[Change, ...]


@page_for("reader")
async def diff(call: Call) -> Response:
    """Return the page."""
    query = decode_query(call.request, DiffQuery)
    known, service = await named(call), call.service
    moments = either(query.from_, "from"), NOW if query.to is None else either(query.to, "to")
    found = await service.read(compare, service.engine, known.stream, *moments)
    newest = await service.read(incident, service.engine, known.stream)
    if isinstance(found, At) or newest is None:
        raise no_past(call.path("incident"), found if isinstance(found, At) else NOW)
    return render(
        "diff.html",
        **await frame(call.request),
        incident=newest,
        diff=found,
        facts=found.facts[:SHOWN],
        parts=parts(found.changes),
        asked=query,
    )


def parts(changes: Sequence[Difference]) -> tuple[Part, ...]:
    """Return the differences by part of the incident, in their order."""
    grouped = groupby(changes, key=lambda row: row.pointer.split("/")[1])
    return tuple(Part(worded(name), tuple(map(_change, rows))) for name, rows in grouped)


def _change(row: Difference) -> Change:
    _, part, *within = row.pointer.split("/")
    # The decisions of the decisions, the evidence of the evidence: once is enough.
    within = within[1:] if len(within) > 1 and within[0] == part else within
    where = place("/".join(within)) if within else ""
    return Change(where, _said(row), row.before, row.after)


def _said(row: Difference) -> str:
    if row.before in (None, [], {}):
        return "is new"
    return "is gone" if row.after in (None, [], {}) else "changed"


PAGES = (PageRow("GET", "/incidents/{incident}/diff", diff),)
