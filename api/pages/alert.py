"""The page of an alert: what its source said, and why it did or did not open, join or end an incident."""

from __future__ import annotations

from starlette.responses import Response

from api.alerts import seen
from api.pages.frame import PageRow, frame, page_for
from api.pages.rendering import render
from api.routes import Call

SHOWN = 200
"""How many messages the page shows, the newest first; the JSON has all of them."""


@page_for("reader")
async def alert(call: Call) -> Response:
    """Return an alert with what its source said, the newest first."""
    view = await seen(call)
    directory = call.service.directory
    streams = {signal.incident for signal in view.signals if signal.incident is not None}
    known = {stream: await call.service.read(directory.look_up, stream) for stream in streams}
    return render(
        "alert.html",
        **await frame(call.request),
        alert=view,
        signals=tuple(reversed(view.signals))[:SHOWN],
        numbers={stream: found.number for stream, found in known.items() if found is not None},
    )


PAGES = (PageRow("GET", "/alerts/{alert}", alert),)
