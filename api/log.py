"""The log as C2SP tlog-tiles serves it: vkey, checkpoints, tiles, entry bundles, and proofs of entries.

Hash tiles, checkpoints and the vkey are public; entries and proofs of them hold incidents and need
the role `auditor`. Nothing beyond the newest signed size is ever served.
"""

from __future__ import annotations

import re

from starlette.responses import Response

from api.problems import ProblemError, refused
from api.routes import Answer, Call, Route
from application import proofs
from ledger.errors import IntegrityError
from ledger.store.contract import SignedCheckpoint
from ledger.tile import ENTRIES, HEIGHT, WIDTH, Tile, parse_tile_path

POSITION = re.compile("0|[1-9][0-9]{0,15}")
TEXT = "text/plain; charset=utf-8"
BYTES = "application/octet-stream"
FOREVER = "max-age=31536000, immutable"
BRIEFLY = "public, max-age=1"
OPEN_TO_ALL = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
"""Auditors' pages on other sites may read what is public anyway."""


async def read_vkey(call: Call) -> Response:
    """Return the log's verifier key."""
    headers = {"Cache-Control": "public, max-age=300", **OPEN_TO_ALL}
    vkey = await call.service.read(lambda: call.service.engine.vkey)
    return Response(f"{vkey}\n", media_type=TEXT, headers=headers)


async def read_checkpoint(call: Call) -> Response:
    """Return the newest published checkpoint."""
    return _checkpoint(await call.service.read(call.service.engine.store.newest_publication))


async def read_unwitnessed(call: Call) -> Response:
    """Return the newest signed checkpoint, published or not."""
    return _checkpoint(await call.service.read(call.service.engine.store.newest_checkpoint))


async def read_tile(call: Call) -> Response:
    """Return a hash tile."""
    tile = _parsed(f"tile/{call.path('tile')}")
    data = await call.service.read(_tile, call, tile)
    return Response(data, media_type=BYTES, headers={"Cache-Control": f"public, {FOREVER}", **OPEN_TO_ALL})


async def read_bundle(call: Call) -> Response:
    """Return a bundle of entries."""
    tile = _parsed(f"tile/entries/{call.path('tile')}")
    data = await call.service.read(_tile, call, tile)
    return Response(data, media_type=BYTES, headers={"Cache-Control": f"private, {FOREVER}"})


async def read_proof(call: Call) -> Response:
    """Return the proof of one entry against the newest published checkpoint."""
    text = call.path("position")
    number = int(text) if POSITION.fullmatch(text) else -1
    proof = None if number < 0 else await call.service.read(proofs.inclusion, call.service.engine, number)
    if proof is None:
        raise await not_signed(call, text)
    return Response(proof, media_type=TEXT)


async def not_signed(call: Call, position: str) -> ProblemError:
    """Return the problem that no published checkpoint covers ``position``."""
    newest = await call.service.read(call.service.engine.store.newest_publication)
    return _unsigned("path", f"a position below {0 if newest is None else newest.size}", position[:80])


def _checkpoint(found: SignedCheckpoint | None) -> Response:
    if found is None:
        raise _unsigned("log", "a checkpoint", "none")
    return Response(found.note, media_type=TEXT, headers={"Cache-Control": BRIEFLY, **OPEN_TO_ALL})


def _parsed(path: str) -> Tile:
    try:
        return parse_tile_path(path)
    except IntegrityError as error:
        raise refused(
            "NOT_FOUND", str(error), place="path", expected=error.expected, found=error.found
        ) from error


def _tile(call: Call, tile: Tile) -> bytes:
    store = call.service.engine.store
    newest = store.newest_checkpoint()
    size = 0 if newest is None else newest.size
    if tile.index * WIDTH + tile.width > size >> (HEIGHT * max(tile.level, 0)):
        what = "bundle" if tile.level == ENTRIES else "tile"
        raise _unsigned("path", f"a {what} of a tree of {size} entries", "one beyond it")
    return store.read_tile(tile)


def _unsigned(place: str, expected: str, found: str) -> ProblemError:
    detail = f"{place}: expected {expected}, found {found}"
    return refused("NOT_SIGNED_YET", detail, place=place, expected=expected, found=found)


def _tiles(path: str, name: str, summary: str, what: str) -> Route:
    return Route(
        method="GET",
        path=path,
        handler=read_tile if name == "readTile" else read_bundle,
        name=name,
        summary=summary,
        tag="log",
        access="public" if name == "readTile" else "auditor",
        answers={200: Answer(text=what, media=BYTES)},
        problems=("NOT_FOUND", "NOT_SIGNED_YET"),
    )


ROUTES = (
    Route(
        method="GET",
        path="/log/vkey",
        handler=read_vkey,
        name="readVkey",
        summary="The log's verifier key: the one thing an auditor pins.",
        tag="log",
        answers={200: Answer(text="One line: name, key id, key.", media=TEXT)},
    ),
    Route(
        method="GET",
        path="/log/checkpoint",
        handler=read_checkpoint,
        name="readCheckpoint",
        summary="The newest published checkpoint.",
        tag="log",
        answers={200: Answer(text="A signed note: origin, size, root.", media=TEXT)},
        problems=("NOT_SIGNED_YET",),
    ),
    Route(
        method="GET",
        path="/log/checkpoint.unwitnessed",
        handler=read_unwitnessed,
        name="readUnwitnessedCheckpoint",
        summary="The newest signed checkpoint, which witnesses may not have seen yet.",
        tag="log",
        answers={200: Answer(text="A signed note: origin, size, root.", media=TEXT)},
        problems=("NOT_SIGNED_YET",),
    ),
    _tiles(
        "/log/tile/entries/{tile:path}",
        "readEntryBundle",
        "Up to 256 entries: `<N>` or `<N>.p/<W>`.",
        "Each entry after its length in two bytes.",
    ),
    _tiles(
        "/log/tile/{tile:path}",
        "readTile",
        "Up to 256 hashes of the tree: `<L>/<N>` or `<L>/<N>.p/<W>`.",
        "Hashes of 32 bytes each.",
    ),
    Route(
        method="GET",
        path="/log/proof/{position}",
        handler=read_proof,
        name="readProof",
        summary="Proof that an entry is in the log, against the newest published checkpoint.",
        tag="log",
        access="auditor",
        answers={200: Answer(text="A `c2sp.org/tlog-proof@v1`.", media=TEXT)},
        problems=("NOT_SIGNED_YET",),
    ),
)
