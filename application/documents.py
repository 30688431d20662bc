"""Documents made for one decision: what binds is the hash of exactly these bytes (R-GATE-43, R-MAN-05)."""

from __future__ import annotations

from hashlib import sha256

from application.bundling import packed
from application.engine import Engine
from application.heads import newest_heads, record_heads
from application.reading import stream_facts
from application.steps import Steps
from domain.archive.commands import Seal
from domain.artifacts import REPORT
from domain.commands import Command
from domain.documents import NONE, Documents, Listing
from domain.report.commands import WriteReport
from projections.artifacts.renderer import RENDERER
from projections.artifacts.rendering import Rendering, rendering
from projections.artifacts.table import artifact, evidence_manifest
from projections.until import until

PUBLISHED_WITHIN_S = 10.0
"""How long a bundle waits for the checkpoint that it is made under; somebody publishes every second."""


def documents_for(engine: Engine, stream: str, version: int, command: Command) -> Steps[Documents]:
    """Return what deciding ``command`` binds to, made from the facts of the stream up to ``version``."""
    match command:
        case WriteReport(status="complete"):
            found: Documents = yield engine.disk.submit(_report, engine, stream, version)
            return found
        case Seal(what="manifest"):
            listed: Documents = yield engine.disk.submit(_manifest, engine, stream, version)
            return listed
        case Seal(what="bundle"):
            return (yield from _bundle(engine, stream))
        case _:
            return NONE


def _report(engine: Engine, stream: str, version: int) -> Documents:
    view = _view(engine, stream, version)
    found = None if view is None else artifact(REPORT, view)
    return NONE if found is None else Documents(renderer=RENDERER, report=sha256(found).hexdigest())


def _manifest(engine: Engine, stream: str, version: int) -> Documents:
    view = _view(engine, stream, version)
    if view is None:
        return NONE
    made = evidence_manifest(view)
    listing = Listing(
        sha256=made.sha256, listed=made.listed, required=made.required, missing=tuple(made.missing)
    )
    return Documents(renderer=RENDERER, manifest=listing)


def _bundle(engine: Engine, stream: str) -> Steps[Documents]:
    """Return the bundle under a checkpoint that covers a heads fact over all that was recorded before."""
    yield from record_heads(engine)
    found: Documents = yield engine.disk.submit(_packed, engine, stream)
    return found


def _packed(engine: Engine, stream: str) -> Documents:
    stated = newest_heads(engine.store, engine.store.head().size)
    newest = engine.store.newest_publication()
    if stated is not None and (newest is None or newest.size <= stated.position):
        engine.published.wait_beyond(stated.position, PUBLISHED_WITHIN_S)
    return Documents(bundle=packed(engine, stream))


def _view(engine: Engine, stream: str, version: int) -> Rendering | None:
    facts = until(tuple(stream_facts(engine.store, stream)), at_version=version)
    return rendering(facts, engine.shelf.get)
