"""Step 10, as far as facts go today: each incident's timeline is derived again and compared byte for byte.

An artifact is worth something because anybody can derive it. So a copy that differs, is missing, or belongs
to no incident is a finding; one that a newer program wrote, by rules this one does not have, is a gap.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import zip_longest

from domain.recorded import UnknownFact
from domain.streams import is_incident
from ledger.audit import Audit
from ledger.errors import IntegrityError
from ledger.exportlayout import ARTIFACTS, artifact_path, parse_artifact_path
from ledger.finding import Finding
from ledger.strict import shown
from projections.timeline_artifact import FILE_NAME, RENDERER, timeline_artifact
from verifier.container import MAX_ARTIFACT, Accepted
from verifier.errors import NotThere
from verifier.facts import RecordedFact
from verifier.steps import Step
from verifier.tally import Tally

_RENDERER = re.compile(rb"^renderer: ([0-9]{1,9})$", re.MULTILINE)


def check_timeline(source: Accepted, stream: str, facts: Sequence[RecordedFact], tally: Tally) -> None:
    """Derive the timeline of an incident from its facts, and compare it with the one in the export."""
    path = artifact_path(stream, FILE_NAME)
    try:
        derived = timeline_artifact(facts)
    except Exception as error:
        # Whoever holds a recorder's key can sign facts that no fold was made for; they must not end the run.
        tally.gap("timeline", path, f"not re-derived: {type(error).__name__}: {error}")
        return
    with tally.collecting("timeline"):
        found = _read(source, path)
        if found == derived:
            tally.checked(Step.TIMELINES, derived is not None)
        elif found is not None and (reason := _beyond(found, facts)):
            tally.gap("timeline", path, f"not re-derived: {reason}")
        else:
            raise _difference(path, derived, found)


def find_surplus(source: Accepted, audit: Audit, tally: Tally) -> None:
    """Report artifacts that follow from no incident; asked only when every entry holds."""
    with tally.collecting("timeline"):
        for file in source.files(ARTIFACTS):
            stream, name = parse_artifact_path(file.path)
            if name != FILE_NAME or not is_incident(stream) or not audit.knows(stream):
                tally.found(Finding("timeline", file.path, "an artifact that follows from the log", "a file"))


def _read(source: Accepted, path: str) -> bytes | None:
    try:
        return source.read(path, MAX_ARTIFACT)
    except NotThere:
        return None


def _beyond(found: bytes, facts: Sequence[RecordedFact]) -> str | None:
    """Return why this program cannot tell whether ``found`` follows from the facts, or None if it can."""
    stated = _RENDERER.search(found)
    if stated and int(stated[1]) != RENDERER:
        return f"renderer {int(stated[1])}, this tool {RENDERER}"
    unknown = {fact.type for fact in facts if isinstance(fact.fact, UnknownFact)}
    return f"this tool does not know facts of type {min(unknown)}" if unknown else None


def _difference(path: str, derived: bytes | None, found: bytes | None) -> IntegrityError:
    if found is None or derived is None:
        return IntegrityError(path, *("none" if side is None else "a file" for side in (derived, found)))
    lines = zip_longest(derived.split(b"\n"), found.split(b"\n"))
    number, (expected, other) = next((n, pair) for n, pair in enumerate(lines, 1) if pair[0] != pair[1])
    return IntegrityError(f"{path}, line {number}", *(_line(side) for side in (expected, other)))


def _line(line: bytes | None) -> str:
    return "the end" if line is None else shown(line.decode("utf-8", "replace"))
