"""The style sheet and pictures of the pages: a few files, read once, named by their content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from api.problems import refused

MEDIA = {"css": "text/css; charset=utf-8", "svg": "image/svg+xml"}


class Static(msgspec.Struct, frozen=True):
    """The bytes of a file, its media type and the address that changes with them."""

    content: bytes
    media: str
    address: str


@cache
def statics() -> Mapping[str, Static]:
    """Return the files by name."""
    found = {item.name: item.read_bytes() for item in files("api").joinpath("static").iterdir()}
    return {name: _static(name, content) for name, content in found.items()}


async def read_static(request: Request) -> Response:
    """Return one file."""
    found = statics().get(request.path_params["name"])
    if found is None:
        raise refused("NOT_FOUND", "there is no such file", place="path")
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(found.content, media_type=found.media, headers=headers)


def _static(name: str, content: bytes) -> Static:
    version = hashlib.sha256(content).hexdigest()[:12]
    return Static(content, MEDIA[name.rsplit(".", 1)[-1]], f"/static/{name}?v={version}")
