"""A file that somebody chooses in a form: uploaded by a script while they write on."""

from __future__ import annotations

from starlette.responses import Response

from api.blobs import upload
from api.pages.frame import PageRow, raw_for
from api.routes import Call


@raw_for("reader")
async def put_file(call: Call) -> Response:
    """Keep a file of the incident, and answer with the reference that the form then holds."""
    return await upload(call)


PAGES = (PageRow("POST", "/incidents/{incident}/files", put_file),)
