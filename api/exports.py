"""One incident as a ZIP that anybody can check offline, at any time and in any state of it (R-SVC-14)."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from typing import Annotated, Final

import msgspec
from msgspec import Meta
from starlette.responses import Response

from api.incidents import stream_of
from api.problems import ProblemError, refused
from api.queries import decode_query
from api.receipts import published
from api.routes import Answer, Call, Route
from api.spooled import SpooledResponse
from application.bundling import sealed_bundle
from application.disclosing import opener
from application.exporting import heads_stated, material
from application.exportwish import Wish
from application.stagedzip import StagedZip
from application.steps import run_async
from domain.artifacts import BUNDLE

MEDIA: Final = "application/zip"
HOLDS: Final = "Tallystick-Export"
"""The header that says in JSON what an export holds."""


class ExportQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What goes along."""

    disclose: Annotated[
        bool, Meta(description="The sealed texts as well, each with what proves it, and readable copies.")
    ] = False
    blobs: Annotated[bool, Meta(description="The encrypted files that entries name.")] = True


async def export(call: Call) -> Response:
    """Return the export under a checkpoint that covers everything recorded before, if one comes in time."""
    query = decode_query(call.request, ExportQuery)
    stream = await stream_of(call)
    service = call.service
    with ExitStack() as stack:
        stack.enter_context(service.transfers.one())
        covered = await run_async(heads_stated(service.engine))
        # Nobody may publish now; then what is published has to do.
        await published(service, covered - 1, service.limits.published_seconds)
        staged = await service.transfers.ask(partial(_staged, call, stream, query))
        holds = {HOLDS: msgspec.json.encode(staged.exported).decode()}
        return _sent(call, stack, staged, f"{stream}.zip", holds)


async def bundle(call: Call) -> Response:
    """Return the bundle that was sealed last, made again and found to be that one."""
    stream, service = await stream_of(call), call.service
    with ExitStack() as stack:
        stack.enter_context(service.transfers.one())
        staged = await service.transfers.ask(partial(sealed_bundle, service.engine, stream))
        if staged is None:
            raise no_bundle(call.path("incident"))
        return _sent(call, stack, staged, BUNDLE, {})


def no_bundle(name: str) -> ProblemError:
    """Return the problem that no bundle of an incident was sealed, told to those who see the incident."""
    return refused(
        "NOT_FOUND",
        f"incident {name[:80]}: no bundle was sealed",
        place="path",
        expected="a closed incident whose bundle is sealed (seal with what=bundle)",
        found="none",
    )


def _sent(call: Call, stack: ExitStack, staged: StagedZip, name: str, more: Mapping[str, str]) -> Response:
    """Return the answer that gives out a ZIP, and all that ``stack`` holds once it is sent."""
    stack.callback(staged.close)
    headers = {"Content-Type": MEDIA, "Content-Disposition": f'attachment; filename="{name}"', **more}
    return SpooledResponse(staged, call.service.transfers.ask, stack.pop_all().close, headers)


def _staged(call: Call, stream: str, query: ExportQuery) -> StagedZip:
    engine, directory = call.service.engine, call.service.directory
    wish = Wish(
        incident=stream,
        sees=lambda other: directory.there(directory.look_up(other), call.principal),
        blobs=query.blobs,
        opens=opener(engine.vault, engine.blobs) if query.disclose else None,
    )
    return StagedZip(material(engine), wish, engine.spools)


ROUTES = (
    Route(
        method="GET",
        path="/v1/incidents/{incident}/export",
        handler=export,
        name="exportIncident",
        summary="The incident as a ZIP to check offline: its entries, proofs, artifacts and files.",
        tag="files",
        access="reader",
        query=ExportQuery,
        answers={200: Answer(text="The ZIP.", media=MEDIA, headers=(HOLDS,))},
        problems=("NOT_FOUND", "TRANSFERS_EXCEEDED", "STORE_FULL", "STORE_UNAVAILABLE"),
        text=(
            "A heads fact is recorded first, so that the export shows that no stream was cut, and a "
            "checkpoint that covers it is waited for. `VERIFY.md` inside says how to check it without us."
        ),
    ),
    Route(
        method="GET",
        path="/v1/incidents/{incident}/bundle",
        handler=bundle,
        name="readBundle",
        summary="The sealed evidence bundle of a closed incident.",
        tag="files",
        access="reader",
        answers={200: Answer(text="The ZIP, byte for byte as sealed.", media=MEDIA)},
        problems=("NOT_FOUND", "TRANSFERS_EXCEEDED", "STORE_FULL", "STORE_UNAVAILABLE"),
        text=(
            "Made again from the ledger and compared with the hash that was sealed; what would differ is not "
            "given out. 404 until a bundle is sealed."
        ),
    ),
)
