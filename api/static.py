"""Styles, scripts and pictures of the pages: a few files, read once, at addresses that change with them.

All are under one folder named by what is in all of them, so that a script that imports another by a relative
name gets the one it was written with, and a browser may keep everything for ever.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from api.compressing import LEAST, once, takes_gzip
from api.problems import refused

PATH = "/static/{release}/{name}"
MEDIA = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


class Static(msgspec.Struct, frozen=True):
    """The bytes of a file, its media type and the address that changes with them."""

    content: bytes
    media: str
    address: str


@cache
def statics() -> Mapping[str, Static]:
    """Return the files by name."""
    found = {item.name: item.read_bytes() for item in files("api").joinpath("static").iterdir()}
    digest = hashlib.sha256()
    for name, content in sorted(found.items()):
        digest.update(hashlib.sha256(name.encode()).digest() + hashlib.sha256(content).digest())
    release = digest.hexdigest()[:12]
    return {
        name: Static(content, MEDIA[name.rsplit(".", 1)[-1]], f"/static/{release}/{name}")
        for name, content in found.items()
    }


async def read_static(request: Request) -> Response:
    """Return one file; under the folder of another release it is the present one, and not to be kept."""
    found = statics().get(request.path_params["name"])
    if found is None:
        raise refused("NOT_FOUND", "there is no such file", place="path")
    kept = found.address == request.url.path
    headers = {"Cache-Control": "public, max-age=31536000, immutable" if kept else "no-store"}
    content = found.content
    if len(content) >= LEAST and takes_gzip(request):
        content = once(content)
        headers["Content-Encoding"] = "gzip"
    headers["Vary"] = "Accept-Encoding"
    return Response(content, media_type=found.media, headers=headers)
