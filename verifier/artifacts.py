"""Step 10: each incident's artifacts are derived again from its facts, and compared byte for byte.

An artifact is worth something because anybody can derive it. So a copy that differs, is missing, or follows
from nothing is a finding; those that a program with another renderer number wrote are a gap.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256
from itertools import zip_longest
from typing import TypeVar

from msgspec import Struct

from domain.artifacts import MANIFEST, TIMELINE
from domain.recorded import UnknownFact
from domain.streams import is_incident
from ledger.audit import Audit
from ledger.errors import IntegrityError
from ledger.exportlayout import ARTIFACTS, artifact_path, parse_artifact_path
from ledger.finding import Finding
from ledger.strict import shown
from projections.artifacts.artifact import Artifact
from projections.artifacts.header import document
from projections.artifacts.renderer import RENDERER
from projections.artifacts.rendering import Rendering, rendering
from projections.artifacts.row import Row
from projections.artifacts.sealed import sealed_version
from projections.artifacts.table import LISTED, MANIFEST_ROW, TABLE, evidence_manifest
from projections.until import until
from verifier.container import Accepted
from verifier.errors import NotThere
from verifier.facts import RecordedFact
from verifier.layouts import MAX_ARTIFACT
from verifier.policies import Policies, PolicyUnread
from verifier.steps import Step
from verifier.tally import Tally

T = TypeVar("T")

_RENDERER = re.compile(rb"^renderer: ([0-9]{1,9})$", re.MULTILINE)
_PATHS = {row.path for row in TABLE}


class _Incident(Struct, frozen=True):
    """One incident: where its artifacts are, and the type of a fact that is not known, if any."""

    stream: str
    unknown: str | None


def check_artifacts(
    source: Accepted, stream: str, facts: Sequence[RecordedFact], policies: Policies, tally: Tally
) -> None:
    """Derive the artifacts of an incident from its facts, and compare them with those in the export.

    They are as of the last fact, or, where the manifest is one that was sealed, as of the version that its
    seal names.
    """
    folder = f"{ARTIFACTS}/{stream}"
    if (stated := _renderer(source, stream, tally)) not in (None, RENDERER):
        tally.gap("artifact", folder, f"not re-derived: renderer {stated}, this tool {RENDERER}")
        return
    view = derive(partial(rendering, until(facts, _sealed(source, stream, facts, tally)), policies.need))
    if isinstance(view, str):
        tally.gap("artifact", folder, view)
        return
    _check_all(source, view, _Incident(stream, _unknown(facts)), tally)
    for file in source.files(folder):
        if parse_artifact_path(file.path)[1] not in _PATHS:
            _surplus(file.path, tally)


def find_strays(source: Accepted, audit: Audit, tally: Tally) -> None:
    """Report artifacts of no incident; asked only when every entry holds."""
    with tally.collecting("artifact"):
        for file in source.files(ARTIFACTS):
            stream, _ = parse_artifact_path(file.path)
            if not is_incident(stream) or not audit.knows(stream):
                _surplus(file.path, tally)


def _check_all(source: Accepted, view: Rendering | None, incident: _Incident, tally: Tally) -> None:
    made, whole = list[Artifact](), True
    for row in LISTED:
        data = None if view is None else derive(partial(document, row, view))
        _compare(source, row, data, incident, tally)
        whole = whole and not isinstance(data, str)
        if isinstance(data, bytes):
            made.append(Artifact(row=row, data=data))
    if view is None:
        _compare(source, MANIFEST_ROW, None, incident, tally)
    elif whole:
        found = derive(partial(evidence_manifest, view, made))
        _compare(source, MANIFEST_ROW, found if isinstance(found, str) else found.data, incident, tally)
    else:
        _compare(source, MANIFEST_ROW, "not re-derived: it lists what is not", incident, tally)


def _compare(
    source: Accepted, row: Row, derived: bytes | str | None, incident: _Incident, tally: Tally
) -> None:
    """Compare an artifact with what follows, or say why nothing does."""
    path = artifact_path(incident.stream, row.path)
    if isinstance(derived, str):
        tally.gap("artifact", path, derived)
        return
    with tally.collecting("artifact"):
        found = _read(source, path)
        if found == derived:
            tally.checked(Step.ARTIFACTS, derived is not None)
        elif incident.unknown is not None:
            reason = f"not re-derived: this tool does not know facts of type {incident.unknown}"
            tally.gap("artifact", path, reason)
        else:
            raise first_difference(path, derived, found)


def derive(make: Callable[[], T]) -> T | str:
    """Return what ``make`` makes, or why it does not."""
    try:
        return make()
    except PolicyUnread as error:
        return f"not re-derived: {error}"
    except Exception as error:
        # Whoever holds a recorder's key can sign facts that no fold was made for; they must not end the run.
        return f"not re-derived: {type(error).__name__}: {error}"


def _sealed(source: Accepted, stream: str, facts: Sequence[RecordedFact], tally: Tally) -> int | None:
    """Return the version as of which a sealed manifest was made, if the one in the export was sealed."""
    with tally.collecting("artifact"):
        digest = sha256(_read(source, artifact_path(stream, MANIFEST)) or b"").hexdigest()
        return sealed_version(facts, digest)
    return None


def _unknown(facts: Sequence[RecordedFact]) -> str | None:
    return min((fact.type for fact in facts if isinstance(fact.fact, UnknownFact)), default=None)


def _renderer(source: Accepted, stream: str, tally: Tally) -> int | None:
    """Return the renderer number that the timeline states: every number of it makes one for each incident."""
    with tally.collecting("artifact"):
        stated = _RENDERER.search(_read(source, artifact_path(stream, TIMELINE)) or b"")
        return int(stated[1]) if stated else None
    return None


def _read(source: Accepted, path: str) -> bytes | None:
    try:
        return source.read(path, MAX_ARTIFACT)
    except NotThere:
        return None


def _surplus(path: str, tally: Tally) -> None:
    tally.found(Finding("artifact", path, "an artifact that follows from the log", "a file"))


def first_difference(path: str, derived: bytes | None, found: bytes | None) -> IntegrityError:
    """Return what to raise of two files that differ: the first line where they do."""
    if found is None or derived is None:
        return IntegrityError(path, *("none" if side is None else "a file" for side in (derived, found)))
    lines = zip_longest(derived.split(b"\n"), found.split(b"\n"))
    number, (expected, other) = next((n, pair) for n, pair in enumerate(lines, 1) if pair[0] != pair[1])
    return IntegrityError(f"{path}, line {number}", *(_line(side) for side in (expected, other)))


def _line(line: bytes | None) -> str:
    return "the end" if line is None else shown(line.decode("utf-8", "replace"))
