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
from verifier.facts import recorded
from verifier.gathered import Gathered, InIncident
from verifier.steps import Step
from verifier.tally import Progress, Tally

_RENDERER = re.compile(rb"^renderer: ([0-9]{1,9})$", re.MULTILINE)


def check_timelines(
    source: Accepted, gathered: Gathered, audit: Audit, tally: Tally, progress: Progress
) -> None:
    """Derive every timeline from the entries that hold, and compare it with the one in the export.

    Streams with an entry that an earlier step refused are left out: nothing follows from them.
    """
    tally.checked(Step.TIMELINES, 0)
    parts = gathered.incidents.parts
    for number, part in enumerate(parts):
        for stream, events in gathered.incidents.part(part).items():
            if stream not in gathered.broken:
                _check(source, artifact_path(stream, FILE_NAME), events, tally)
        progress("timelines", number + 1, len(parts))
    with tally.collecting("timeline"):
        for file in source.files(ARTIFACTS):
            if not _follows(file.path, audit):
                tally.found(Finding("timeline", file.path, "an artifact that follows from the log", "a file"))


def _follows(path: str, audit: Audit) -> bool:
    stream, name = parse_artifact_path(path)
    return name == FILE_NAME and is_incident(stream) and audit.knows(stream)


def _check(source: Accepted, path: str, events: Sequence[InIncident], tally: Tally) -> None:
    facts = [recorded(item.event, item.position, item.leaf) for item in events]
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
        elif found is not None and (
            reason := _beyond(found, any(isinstance(f.fact, UnknownFact) for f in facts))
        ):
            tally.gap("timeline", path, f"not re-derived: {reason}")
        else:
            raise _difference(path, derived, found)


def _read(source: Accepted, path: str) -> bytes | None:
    try:
        return source.read(path, MAX_ARTIFACT)
    except NotThere:
        return None


def _beyond(found: bytes, has_unknown: bool) -> str | None:
    """Return why this program cannot tell whether ``found`` follows from the facts, or None if it can."""
    stated = _RENDERER.search(found)
    if stated and int(stated[1]) != RENDERER:
        return f"renderer {int(stated[1])}, this tool {RENDERER}"
    return "the incident has facts of types that this tool does not know" if has_unknown else None


def _difference(path: str, derived: bytes | None, found: bytes | None) -> IntegrityError:
    if found is None or derived is None:
        return IntegrityError(path, *("none" if side is None else "a file" for side in (derived, found)))
    lines = zip_longest(derived.split(b"\n"), found.split(b"\n"))
    number, (expected, other) = next((n, pair) for n, pair in enumerate(lines, 1) if pair[0] != pair[1])
    return IntegrityError(f"{path}, line {number}", *(_line(side) for side in (expected, other)))


def _line(line: bytes | None) -> str:
    return "the end" if line is None else shown(line.decode("utf-8", "replace"))
