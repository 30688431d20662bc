"""The evidence of an incident: artifacts and files, what is missing, and the bundle to take away."""

from __future__ import annotations

from starlette.responses import Response

from api.incidents import no_past
from api.pages.frame import PageRow, frame, page_for
from api.pages.moments import MomentQuery, address, moment_of
from api.pages.naming import named
from api.pages.rendering import render
from api.queries import decode_query
from api.routes import Call
from application.evidence_room import evidence_room


@page_for("reader")
async def evidence(call: Call) -> Response:
    """Return the page, as of now or of a moment."""
    at = moment_of(decode_query(call.request, MomentQuery))
    known, service = await named(call), call.service
    room = await service.read(evidence_room, service.engine, known.stream, at)
    if room is None or room.incident.version < (at.version or 0):
        raise no_past(call.path("incident"), at)
    asked = address(at)
    return render(
        "evidence.html",
        **await frame(call.request),
        room=room,
        incident=room.incident,
        at=asked,
        # Both ends of an address: a first parameter, and one more.
        then=f"?{asked}" if asked else "",
        and_then=f"&{asked}" if asked else "",
    )


PAGES = (PageRow("GET", "/incidents/{incident}/evidence", evidence),)
