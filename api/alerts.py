"""Reading one alert: what its source said, and what came of it ("why did this not page?")."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from api.preconditions import etag
from api.problems import refused
from api.queries import decode_query
from api.routes import Answer, Call, Route, json_response
from application import views
from application.alert_view import AlertView, SignalView


class NoQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """No parameters."""


async def read_alert(call: Call) -> Response:
    """Return one alert."""
    decode_query(call.request, NoQuery)
    view = await seen(call)
    return json_response(view, headers={"ETag": etag(view.version)})


async def seen(call: Call) -> AlertView:
    """Return the alert in the path as the asker may see it; raises NOT_FOUND where there is none."""
    stream = call.path("alert")
    view = await call.service.read(views.alert, call.service.engine, stream)
    if view is None or not stream.startswith("alert-"):
        raise refused(
            "NOT_FOUND",
            f"alert {stream[:80]}: there is none",
            place="path",
            expected="the stream of an alert",
            found=stream[:80],
        )
    return await call.service.read(_without_hidden, call, view)


def _without_hidden(call: Call, view: AlertView) -> AlertView:
    """Return the view without the names of incidents that the asker may not see (R-VIS-01)."""
    return msgspec.structs.replace(view, signals=tuple(_seen(call, signal) for signal in view.signals))


def _seen(call: Call, signal: SignalView) -> SignalView:
    directory = call.service.directory
    hidden = signal.incident is not None and not directory.there(
        directory.look_up(signal.incident), call.principal
    )
    return msgspec.structs.replace(signal, incident=None, outcome=None) if hidden else signal


ROUTES = (
    Route(
        method="GET",
        path="/v1/alerts/{alert}",
        handler=read_alert,
        name="readAlert",
        summary="One alert: every message about it, and why it did or did not open an incident.",
        tag="alerts",
        access="reader",
        query=NoQuery,
        answers={200: Answer(text="The alert.", kind=AlertView, headers=("ETag",))},
        problems=("NOT_FOUND",),
    ),
)
