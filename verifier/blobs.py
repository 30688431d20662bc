"""Step 9, first part: each blob and policy that an entry names is there, byte for byte.

A missing file refutes nothing: content may be erased or withheld by right, and the entry that names it
stands. So it is reported as not checked, and the verdict is not *valid*. A file with other bytes than its
name says, or one that no entry names, is a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from ledger.errors import IntegrityError
from ledger.exportlayout import blob_path
from ledger.finding import Finding
from verifier.container import Accepted, digest_of
from verifier.errors import NotThere
from verifier.gathered import Gathered, Referred, blob_part
from verifier.steps import Step
from verifier.tally import Progress, Tally


def check_blobs(source: Accepted, gathered: Gathered, tally: Tally, progress: Progress) -> None:
    """Compare the blobs with what entries say of them, those that share a part of the spool at a time."""
    tally.checked(Step.REFERENCES, 0)
    parts = gathered.referred.parts
    for number, part in enumerate(parts):
        for sha256, references in gathered.referred.part(part).items():
            for path, same in _by_path(source, sha256, references).items():
                _check(source, path, sha256, same, tally)
        progress("blobs", number + 1, len(parts))
    if tally.is_complete(Step.CHAINS):
        for folder, parse in source.layout.content.items():
            _find_surplus(source, folder, parse, gathered, tally)
    else:
        tally.cut_short(Step.REFERENCES)


def _by_path(source: Accepted, sha256: str, references: Sequence[Referred]) -> dict[str, list[Referred]]:
    """Return the references by where their file lies: a policy may have a place of its own."""
    paths: dict[str, list[Referred]] = {}
    for reference in references:
        place = source.layout.policy if reference.size is None else blob_path
        paths.setdefault(place(sha256), []).append(reference)
    return paths


def _find_surplus(
    source: Accepted, folder: str, parse: Callable[[str], str], gathered: Gathered, tally: Tally
) -> None:
    """Report files that no entry refers to; asked only when every entry could be."""
    with tally.collecting("blob"):
        for part, files in groupby(source.files(folder), key=lambda file: blob_part(parse(file.path))):
            named = gathered.referred.part(part)
            for file in files:
                sha256 = parse(file.path)
                if file.path not in _by_path(source, sha256, named.get(sha256, ())):
                    tally.found(Finding("blob", file.path, "an entry that refers to it", "none"))


def _check(source: Accepted, path: str, sha256: str, references: Sequence[Referred], tally: Tally) -> None:
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
