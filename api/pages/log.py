"""The page of the log: size, freshness, key, checkpoints; and the page that verifies an export."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.auth import session
from api.pages.drawing import chart
from api.pages.frame import PageRow, frame, page
from api.pages.rendering import render
from api.permissions import may
from api.service import service_of
from application.engine import Engine
from application.growth import growth
from ledger.store.contract import SignedCheckpoint
from ledger.tile import Tile, tile_at, tile_path

UNITS = ((timedelta(days=1), "days"), (timedelta(hours=1), "hours"), (timedelta(minutes=1), "minutes"))


@page
async def log(request: Request) -> Response:
    """Return the page of the log: what is public for anybody, the rest for auditors."""
    service = service_of(request)
    principal = session(request, service)
    auditor = principal is not None and may(principal, "auditor")
    shown = await service.read(_log, service.engine, auditor=auditor)
    return render("log.html", **await frame(request), **shown)


@page
async def verify(request: Request) -> Response:
    """Return the page that verifies an export in the browser."""
    return render("verify.html", **await frame(request))


def _log(engine: Engine, *, auditor: bool) -> dict[str, Any]:
    published, signed = engine.store.newest_publication(), engine.store.newest_checkpoint()
    grown = growth(engine) if auditor else None
    return {
        "vkey": engine.vkey,
        "newest": published,
        "note": None if published is None else published.note.decode(),
        "signed": signed,
        "age": None if published is None else ago(engine.clock(), published.signed_at),
        "tile": None if published is None else _tile(published),
        "growth": grown,
        "chart": None if grown is None else chart(grown.samples),
    }


def _tile(newest: SignedCheckpoint) -> str:
    """Return the path of the first hash tile."""
    return tile_path(tile_at(0, 0, newest.size) if newest.size else Tile(0, 0))


def ago(now: datetime, time: str) -> str:
    """Return how long ago a moment was, in the largest unit of which there are two."""
    passed = max(now - datetime.fromisoformat(time), timedelta())
    for unit, name in UNITS:
        if passed >= 2 * unit:
            return f"{passed // unit} {name}"
    return f"{passed // timedelta(seconds=1)} s"


PAGES = (PageRow("GET", "/log", log), PageRow("GET", "/log/verify", verify))
