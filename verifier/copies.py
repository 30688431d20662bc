"""Step 10, second part: copies that people read say what artifacts say, with the disclosed texts in place.

A copy is no evidence, nothing hashes it; but it is what people look at first, so it must say nothing else.
"""

from __future__ import annotations

from ledger.errors import IntegrityError
from ledger.exportlayout import READABLE, artifact_path, parse_readable_path, readable_path
from projections.artifacts.copies import readable
from projections.names import names
from projections.placeholder import short
from projections.told import Known, words
from verifier.artifacts import first_difference
from verifier.container import Accepted
from verifier.disclosures import disclosed
from verifier.errors import NotThere
from verifier.gathered import Gathered
from verifier.layouts import MAX_ARTIFACT
from verifier.steps import Step
from verifier.tally import Tally


def check_copies(source: Accepted, gathered: Gathered, tally: Tally) -> None:
    """Make each copy again from its artifact, the texts and the names that the export discloses, and compare.

    Not where artifacts or disclosures do not hold: then there is nothing to compare with.
    """
    if not tally.is_clean(Step.ARTIFACTS) or any(found.kind == "disclosure" for found in tally.findings):
        return
    known = _known(source)
    people = names(gathered.called, known)
    for path in [file.path for file in source.files(READABLE)]:
        with tally.collecting("artifact"):
            stream, name = parse_readable_path(path)
            _check(source, path, readable(name, _canonical(source, stream, name), known, people))
            tally.checked(Step.ARTIFACTS)


def _known(source: Accepted) -> Known:
    found = ((short(item.c), words(item.value)) for item in disclosed(source))
    return {c: said for c, said in found if said is not None}


def _canonical(source: Accepted, stream: str, name: str) -> bytes:
    try:
        return source.read(artifact_path(stream, name), MAX_ARTIFACT)
    except NotThere as error:
        place = readable_path(stream, name)
        raise IntegrityError(place, "the copy of an artifact", "no such artifact") from error


def _check(source: Accepted, path: str, expected: bytes) -> None:
    if (found := source.read(path, MAX_ARTIFACT)) != expected:
        raise first_difference(path, expected, found)
