"""Documents rendered for one decision: what binds is the hash of exactly these bytes (R-GATE-43)."""

from __future__ import annotations

from hashlib import sha256

from application.engine import Engine
from application.reading import stream_facts
from application.steps import Steps
from domain.artifacts import REPORT
from domain.commands import Command
from domain.documents import NONE, Documents
from domain.report.commands import WriteReport
from projections.artifacts.rendering import Rendering, rendering
from projections.artifacts.table import BY_NAME, artifact
from projections.until import until


def documents_for(engine: Engine, stream: str, version: int, command: Command) -> Steps[Documents]:
    """Return what deciding ``command`` binds to, rendered from the facts of the stream up to ``version``."""
    if not _binds(command):
        return NONE
    found: Documents = yield engine.disk.submit(_documents, engine, stream, version)
    return found


def _binds(command: Command) -> bool:
    return isinstance(command, WriteReport) and command.status == "complete"


def _documents(engine: Engine, stream: str, version: int) -> Documents:
    facts = until(tuple(stream_facts(engine.store, stream)), at_version=version)
    view = rendering(facts, engine.shelf.get)
    return NONE if view is None else Documents(report=_hash(REPORT, view))


def _hash(name: str, view: Rendering) -> str | None:
    found = artifact(name, view) if name in BY_NAME else None
    return None if found is None else sha256(found).hexdigest()
