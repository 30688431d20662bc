"""The export of an incident, from a home on this machine or from a service."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Final
from urllib.parse import quote

import msgspec

from api.directory import absent
from api.exports import HOLDS
from api.problems import of_exception
from application.disclosing import opener
from application.engine import Engine
from application.exporting import heads_stated, material
from application.exporttarget import whole_or_absent
from application.exportwish import IncidentExported, Wish
from application.incident_export import export_incident
from application.progress import Progress
from application.steps import run
from application.views import resolve
from ledger.canonicalzip import CanonicalZip
from ledger.errors import IntegrityError
from ledger.exportlayout import SUMS
from tallystick.answers import checked
from tallystick.desk import NotDone, Unreachable
from tallystick.publishing import publish_now
from tallystick.settings import Settings
from tallystick.web import Reply, Web
from tallystick.wiring import open_engine

PUBLISHED_WITHIN_S: Final = 10.0
_POLL_S: Final = 0.05


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Which incident, by its number or stream, and what goes along."""

    incident: str
    disclose: bool = False
    blobs: bool = True


def export_here(settings: Settings, asked: Asked, out: Path, progress: Progress) -> IncidentExported:
    """Write the export of an incident of the home of ``settings`` to ``out``; raises as `export_incident`."""
    with open_engine(settings) as engine:
        engine.follower.catch_up()
        stream = resolve(engine, asked.incident)
        if stream is None:
            raise NotDone.of(of_exception(absent(asked.incident)).problem)
        opens = opener(engine.vault, engine.blobs) if asked.disclose else None
        wish = Wish(incident=stream, blobs=asked.blobs, opens=opens)
        with whole_or_absent(out, progress) as files:
            # This records a fact: only once there is somewhere to write to.
            _publish(settings, engine, run(heads_stated(engine)))
            return export_incident(material(engine), wish, files, progress)


def export_there(
    url: str, token: str | None, asked: Asked, out: Path, progress: Progress
) -> IncidentExported:
    """Write the export that a service gives to ``out``; raises as `Web.save`, and `NotDone`."""
    query = f"disclose={str(asked.disclose).lower()}&blobs={str(asked.blobs).lower()}"
    path = f"/v1/incidents/{quote(asked.incident, safe='')}/export?{query}"
    with whole_or_absent(out, progress) as files, tempfile.TemporaryFile(dir=out.parent) as received:
        reply, _ = Web(url, token).save(path, received)
        checked(reply)
        # Read strictly and written again: what a service sends must not lead out of the folder.
        archive = CanonicalZip(received, f"export from {url}")
        for done, member in enumerate(archive.members(), 1):
            if member.name != SUMS:
                files.write_chunks(member.name, archive.chunks(member.name))
            progress("files", done, len(archive))
        files.write_sums(progress)
        if b"".join(files.chunks(SUMS)) != b"".join(archive.chunks(SUMS)):
            raise IntegrityError(f"export from {url}, {SUMS}", "the sums of its files", "others")
        return _holds(reply)


def _publish(settings: Settings, engine: Engine, size: int) -> None:
    """Publish ``size`` entries, or wait for whoever publishes here; what is published then has to do."""
    publish_now(settings, engine)
    deadline = time.monotonic() + PUBLISHED_WITHIN_S
    while time.monotonic() < deadline:
        newest = engine.store.newest_publication()
        if engine.writer.refusal is not None or (newest is not None and newest.size >= size):
            return
        time.sleep(_POLL_S)


def _holds(reply: Reply) -> IncidentExported:
    try:
        return msgspec.json.decode(reply.headers.get(HOLDS.lower(), ""), type=IncidentExported)
    except msgspec.DecodeError as error:
        raise Unreachable(f"the service answers in another form than this program knows: {error}") from error
