"""Step 9, as far as facts go today: each blob and policy that an entry names is there, byte for byte.

A missing file refutes nothing: content may be erased or withheld by right, and the entry that names it
stands. So it is reported as not checked, and the verdict is not *valid*. A file with other bytes than its
name says, or one that no entry names, is a finding.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from ledger.errors import IntegrityError
from ledger.exportlayout import BLOBS, blob_path, parse_blob_path
from ledger.finding import Finding
from verifier.container import Accepted, digest_of
from verifier.errors import NotThere
from verifier.gathered import Gathered, Referred, blob_part
from verifier.source import File
from verifier.steps import Step
from verifier.tally import Progress, Tally


def check_blobs(source: Accepted, gathered: Gathered, tally: Tally, progress: Progress) -> None:
    """Compare the blobs with what entries say of them, those that share a part of the spool at a time."""
    tally.checked(Step.REFERENCES, 0)
    parts = gathered.referred.parts
    for number, part in enumerate(parts):
        for sha256, references in gathered.referred.part(part).items():
            _check(source, sha256, references, tally)
        progress("blobs", number + 1, len(parts))
    if tally.is_complete(Step.CHAINS):
        _find_surplus(source, gathered, tally)
    else:
        tally.cut_short(Step.REFERENCES)


def _find_surplus(source: Accepted, gathered: Gathered, tally: Tally) -> None:
    """Report files that no entry refers to; asked only when every entry could be."""
    with tally.collecting("blob"):
        for part, files in groupby(source.files(BLOBS), key=lambda file: blob_part(_name(file))):
            named = gathered.referred.part(part)
            for file in files:
                if _name(file) not in named:
                    tally.found(Finding("blob", file.path, "an entry that refers to it", "none"))


def _name(file: File) -> str:
    return parse_blob_path(file.path)


def _check(source: Accepted, sha256: str, references: Sequence[Referred], tally: Tally) -> None:
    path = blob_path(sha256)
    with tally.collecting("blob"):
        try:
            digest, size = digest_of(source, path)
        except NotThere:
            tally.gap("blob", path, f"not in the export; entry {references[0].position} refers to it")
            return
        if digest != sha256:
            raise IntegrityError(path, f"bytes with SHA-256 {sha256}", digest)
        for reference in references:
            if reference.size not in (None, size):
                place = f"{path}, named by entry {reference.position}"
                raise IntegrityError(place, f"{reference.size} bytes", size)
        tally.checked(Step.REFERENCES)
