"""The artifacts of an incident over HTTP: the list of them, and each as a file (R-ART-01, R-STO-02)."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from msgspec import Meta
from starlette.responses import Response

from api.incidents import PastQuery, no_past, past, stream_of
from api.preconditions import etag
from api.problems import ProblemError, refused
from api.queries import decode_query
from api.routes import Answer, Call, Route, json_response
from application.artifact_files import ArtifactsView, artifact_file, artifact_list, is_artifact

MARKDOWN = "text/markdown; charset=utf-8"


class FileQuery(PastQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which past, and which copy: the canonical bytes, or the one that people read."""

    copy: Annotated[
        Literal["canonical", "readable"],
        Meta(description="The bytes that are the same for every reader, or with the texts in their places."),
    ] = "canonical"


async def list_artifacts(call: Call) -> Response:
    """Return which artifacts an incident has."""
    query = decode_query(call.request, PastQuery)
    stream = await stream_of(call)
    view = await call.service.read(artifact_list, call.service.engine, stream, past(query))
    if view is None or view.version < (query.at_version or 0):
        raise no_past(call.path("incident"), past(query))
    return json_response(view, headers={"ETag": etag(view.version)})


THEN: Final = "an artifact that the incident has at that version or time"


async def read_artifact(call: Call) -> Response:
    """Return one artifact."""
    query = decode_query(call.request, FileQuery)
    stream, name = await stream_of(call), call.path("artifact")
    if not is_artifact(name):
        raise no_artifact(name, "an artifact that the list names")
    at, readable = past(query), query.copy == "readable"
    file = await call.service.read(artifact_file, call.service.engine, stream, name, at, readable=readable)
    if file is None or file.version < (query.at_version or 0):
        raise no_artifact(name, THEN)
    media = MARKDOWN if file.media_type == "text/markdown" else file.media_type
    return Response(file.data, media_type=media, headers={"ETag": etag(file.version)})


def no_artifact(name: str, expected: str) -> ProblemError:
    """Return the problem that there is no such artifact."""
    return refused(
        "NOT_FOUND", f"artifact {name}: there is none", place="path", expected=expected, found=name
    )


ROUTES = (
    Route(
        method="GET",
        path="/v1/incidents/{incident}/artifacts",
        handler=list_artifacts,
        name="listArtifacts",
        summary="The artifacts of an incident, with hash and size of their canonical bytes.",
        tag="incidents",
        access="reader",
        query=PastQuery,
        answers={200: Answer(text="The list.", kind=ArtifactsView, headers=("ETag",))},
        problems=("NOT_FOUND",),
    ),
    Route(
        method="GET",
        path="/v1/incidents/{incident}/artifacts/{artifact}",
        handler=read_artifact,
        name="readArtifact",
        summary="An artifact as a file: its canonical bytes, or the readable copy.",
        tag="incidents",
        access="reader",
        query=FileQuery,
        answers={
            200: Answer(text="The file.", kind=dict[str, Any], also=(MARKDOWN,), headers=("ETag",)),
        },
        problems=("NOT_FOUND",),
        text="By file name or label. Canonical bytes are the same for every reader; sealed text shows as "
        "`⟦sealed:…⟧`. What each looks like: the JSON Schemas of the product.",
    ),
)
