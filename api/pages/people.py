"""The page of people: who holds which role since when, and by whose grant."""

from __future__ import annotations

from starlette.responses import Response

from api.pages.frame import PageRow, frame, page_for
from api.pages.rendering import render
from api.routes import Call
from application.people_view import all_people


@page_for("reader")
async def people(call: Call) -> Response:
    """Return everybody in the directory, those who are there first."""
    view = await call.service.read(all_people, call.service.engine, call.principal)
    there = sorted(view.people, key=lambda person: (not person.active, person.name.casefold()))
    return render("people.html", **await frame(call.request), people=there, at=view.version)


PAGES = (PageRow("GET", "/people", people),)
