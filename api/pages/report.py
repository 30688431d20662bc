"""The report of an incident as a page to read and to print, made from the readable copy (R-ART-23).

The copy is CommonMark in which everything that people wrote is escaped; here, besides, markup and links are
switched off, so that even a report that was made wrongly stays text.
"""

from __future__ import annotations

from itertools import pairwise

import msgspec
from markdown_it import MarkdownIt
from markdown_it.token import Token
from starlette.responses import Response

from api.incidents import no_past
from api.pages.frame import PageRow, frame, page_for
from api.pages.moments import MomentQuery, address, moment_of
from api.pages.naming import named
from api.pages.rendering import render
from api.queries import decode_query
from api.routes import Call
from application.artifact_files import artifact_file
from application.past import NOW
from application.views import incident
from domain.artifacts import REPORT

NEVER = ("html_block", "html_inline", "link", "autolink", "image", "reference")
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable(NEVER)


class Section(msgspec.Struct, frozen=True):
    """A section and where it is on the page."""

    id: str
    title: str


class Printed(msgspec.Struct, frozen=True):
    """A report as HTML, in which all text is escaped and only our own tags are left; and its sections."""

    body: str
    sections: tuple[Section, ...]


@page_for("reader")
async def report(call: Call) -> Response:
    """Return the page, as of now or of a moment."""
    at = moment_of(decode_query(call.request, MomentQuery))
    known, service = await named(call), call.service
    shown = await service.read(incident, service.engine, known.stream, at)
    newest = await service.read(incident, service.engine, known.stream, NOW)
    if shown is None or newest is None or shown.version < (at.version or 0):
        raise no_past(call.path("incident"), at)
    file = await service.read(artifact_file, service.engine, known.stream, REPORT, at, readable=True)
    asked = address(at)
    return render(
        "report.html",
        **await frame(call.request),
        incident=shown,
        newest=newest,
        at=asked,
        printed=None if file is None else printed(file.data.decode()),
        canonical=f"/v1/incidents/{newest.number}/artifacts/{REPORT}" + (f"?{asked}" if asked else ""),
    )


def printed(markdown: str) -> Printed:
    """Return Markdown as HTML that holds no markup and no link but ours."""
    tokens = _MARKDOWN.parse(markdown)
    found: list[Section] = []
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open" and opening.tag == "h2":
            found.append(Section(f"section-{len(found) + 1}", _text(inline)))
            opening.attrSet("id", found[-1].id)
    body = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    return Printed(body, tuple(found))


def _text(inline: Token) -> str:
    return "".join(part.content for part in inline.children or ())


PAGES = (PageRow("GET", "/incidents/{incident}/report", report),)
