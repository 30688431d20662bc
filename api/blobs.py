"""Files of an incident: uploaded as they are, kept encrypted, given out verified (R-MAN-06, R-STO-04).

An upload answers with the reference that a command then names. Only what a fact of the incident names is
given out, always as bytes to save, never as a page: what it holds is a stranger's.
"""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import Annotated

import msgspec
from msgspec import Meta
from starlette.responses import Response

from api.alerts import NoQuery
from api.bodies import body_pieces
from api.incidents import stream_of
from api.problems import of_refusal, refused
from api.queries import decode_query
from api.routes import RAW, Answer, Body, Call, Route, json_response
from api.spooled import SpooledResponse
from application.engine import Engine
from application.evidence import NamedBlob, named_blobs, open_blob, open_stored
from application.recording import check_writable
from application.spool import Spool
from application.uploads import Upload
from domain.authority import may_record
from domain.refusal import Refusal
from domain.stored_blob import StoredBlob


class BlobQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which bytes of a file."""

    stored: Annotated[
        bool, Meta(description="The stored bytes, encrypted, whose SHA-256 is the name, and not the content.")
    ] = False


class BlobView(msgspec.Struct, frozen=True, kw_only=True):
    """A file and the fact that names it: its version, position and type, when it was recorded and by whom."""

    blob: StoredBlob
    version: int
    position: int
    type: str
    recordedtime: str
    by: str


class BlobList(msgspec.Struct, frozen=True, kw_only=True):
    """The files that facts of an incident name, in the order of the facts."""

    blobs: tuple[BlobView, ...]


async def upload(call: Call) -> Response:
    """Keep the body as a file of the incident."""
    decode_query(call.request, NoQuery)
    stream = await stream_of(call)
    service = call.service
    engine = service.engine
    await service.read(_check_may_upload, call, stream)
    with ExitStack() as stack:
        stack.enter_context(service.transfers.one())
        arriving = await service.transfers.ask(partial(Upload, engine.spools))
        stack.callback(arriving.close)
        async for piece in body_pieces(call.request, service.limits.body_seconds):
            await service.transfers.ask(partial(arriving.write, piece))
        keep = partial(arriving.keep, stream, engine.vault, engine.blobs)
        blob: StoredBlob = await service.transfers.ask(keep)
    return json_response(blob, 201)


async def download(call: Call) -> Response:
    """Return a file of the incident, all of it verified before its first byte is sent."""
    query = decode_query(call.request, BlobQuery)
    stream = await stream_of(call)
    service = call.service
    with ExitStack() as stack:
        stack.enter_context(service.transfers.one())
        opening = partial(open_file, service.engine, stream, call.path("sha256"), stored=query.stored)
        spool = await service.transfers.ask(opening)
        stack.callback(spool.close)
        return SpooledResponse(spool, service.transfers.ask, stack.pop_all().close)


async def list_blobs(call: Call) -> Response:
    """Return what facts of the incident name."""
    decode_query(call.request, NoQuery)
    stream = await stream_of(call)
    found = await call.service.read(_listed, call.service.engine, stream)
    return json_response(found)


def _check_may_upload(call: Call, stream: str) -> None:
    engine = call.service.engine
    role = may_record(engine.states.incident(stream).state.crew, call.principal)
    if isinstance(role, Refusal):
        raise of_refusal(role)
    check_writable(engine)


def open_file(engine: Engine, stream: str, sha256: str, *, stored: bool = False) -> Spool:
    """Return a file that a fact of ``stream`` names, verified, in a spool that the caller closes.

    Raises the problem that there is none, `IntegrityError` when it does not hold, and `StoreError`.
    """
    named = next(named_blobs(engine.store, stream, sha256), None)
    if named is None:
        raise refused(
            "NOT_FOUND",
            f"file {sha256[:64]}: no fact of this incident names it",
            place="path",
            expected="the SHA-256 of a file that a fact of this incident names",
            found=sha256[:64],
        )
    if stored:
        return open_stored(named.ref, engine.blobs, engine.spools)
    return open_blob(named.ref, engine.vault, engine.blobs, engine.spools)


def _listed(engine: Engine, stream: str) -> BlobList:
    return BlobList(blobs=tuple(_view(item) for item in named_blobs(engine.store, stream)))


def _view(item: NamedBlob) -> BlobView:
    return BlobView(
        blob=StoredBlob(**msgspec.structs.asdict(item.ref)),
        version=item.version,
        position=item.position,
        type=item.type,
        recordedtime=item.recordedtime,
        by=item.by,
    )


ROUTES = (
    Route(
        method="POST",
        path="/v1/incidents/{incident}/blobs",
        handler=upload,
        name="uploadBlob",
        summary="Upload a file, to be named by an action within 23 hours.",
        tag="files",
        access="writer",
        query=NoQuery,
        body=Body(kinds=(), examples={}, media=RAW),
        answers={201: Answer(text="Kept: the reference that actions take.", kind=StoredBlob)},
        problems=("NOT_FOUND", "TRANSFERS_EXCEEDED", "READ_ONLY", "STORE_FULL"),
        text=(
            "The body is the file as it is, whatever its Content-Type. It is kept encrypted; `sha256` and "
            "`size` are those of the encrypted bytes. What no action names is removed after a day."
        ),
    ),
    Route(
        method="GET",
        path="/v1/incidents/{incident}/blobs",
        handler=list_blobs,
        name="listBlobs",
        summary="The files and large texts that facts of the incident name.",
        tag="files",
        access="reader",
        query=NoQuery,
        answers={200: Answer(text="The files, in the order of the facts.", kind=BlobList)},
        problems=("NOT_FOUND",),
    ),
    Route(
        method="GET",
        path="/v1/incidents/{incident}/blobs/{sha256}",
        handler=download,
        name="downloadBlob",
        summary="A file that a fact of the incident names.",
        tag="files",
        access="reader",
        query=BlobQuery,
        answers={200: Answer(text="The file.", media=RAW)},
        problems=("NOT_FOUND", "TRANSFERS_EXCEEDED", "STORE_FULL"),
        text="Hash, authentication tag and commitment are verified before the first byte is sent.",
    ),
)
