"""An evidence manifest against the files beside it: hashes, sizes, what is missing or too much (R-MAN-04).

That the manifest itself follows from signed facts is the verifier's tenth step; here nothing is believed and
everything that it lists is read.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from domain.artifacts import MANIFEST
from ledger.errors import IntegrityError
from ledger.exportlayout import ARTIFACTS, READABLE, parse_artifact_path, parse_blob_path
from ledger.finding import Finding
from projections.artifacts.manifest import Listed, ManifestData
from verifier.container import digest_of
from verifier.errors import NotThere, Unreadable
from verifier.layouts import MAX_ARTIFACT
from verifier.source import Source

KIND = "manifest"


class _Document(Struct, frozen=True, kw_only=True):
    data: ManifestData


class Checked(Struct, frozen=True, kw_only=True):
    """What became of one manifest: how many files it lists, and everything that is wrong."""

    path: str
    listed: int
    findings: tuple[Finding, ...]


def check_manifests(source: Source) -> tuple[Checked, ...]:
    """Return what holds of every manifest in a folder, an export or a bundle."""
    paths = [file.path for file in source.files() if file.path.rpartition("/")[2] == MANIFEST]
    return tuple(_check(source, path) for path in paths if not path.startswith(f"{READABLE}/"))


def _check(source: Source, path: str) -> Checked:
    try:
        document = msgspec.json.decode(source.read(path, MAX_ARTIFACT), type=_Document)
    except (msgspec.DecodeError, Unreadable) as error:
        return Checked(path=path, listed=0, findings=(Finding(KIND, path, "a manifest", str(error)),))
    data, folder = document.data, path.removesuffix(MANIFEST)
    found = (*_files(source, folder, data), *_surplus(source, path, folder, data), *_coverage(path, data))
    return Checked(path=path, listed=len(data.artifacts), findings=found)


def _files(source: Source, folder: str, data: ManifestData) -> Iterator[Finding]:
    for item in data.artifacts:
        expected = item.integrity
        try:
            place = _place(folder, item)
            sha256, size = digest_of(source, place)
        except IntegrityError as error:
            yield Finding(KIND, error.place, error.expected, error.found)
            continue
        except NotThere:
            yield Finding(KIND, place, "a file", "none")
            continue
        except Unreadable as error:
            yield Finding(KIND, place, "a file that can be read", error.reason)
            continue
        if sha256 != expected.sha256:
            yield Finding(KIND, place, expected.sha256, sha256)
        if size != expected.size_bytes:
            yield Finding(KIND, place, f"{expected.size_bytes} bytes", f"{size} bytes")


def _surplus(source: Source, path: str, folder: str, data: ManifestData) -> Iterator[Finding]:
    """Yield files of the incident's own folder that nothing lists; what lies elsewhere is not its matter."""
    if not folder:
        return
    known = {path, *(f"{folder}{item.path}" for item in data.artifacts)}
    for file in source.files(folder.rstrip("/")):
        if file.path not in known:
            yield Finding(KIND, file.path, "a file that the manifest lists", "one that it does not")


def _coverage(path: str, data: ManifestData) -> Iterator[Finding]:
    covered, listed = data.coverage, {item.path.rpartition("/")[2] for item in data.artifacts}
    if covered.present + len(covered.missing) != covered.required:
        expected = f"{covered.required} required: present and missing"
        yield Finding(KIND, path, expected, f"{covered.present} and {len(covered.missing)}")
    if (covered.ratio.num, covered.ratio.den) != (covered.present, covered.required):
        ratio = f"{covered.ratio.num} of {covered.ratio.den}"
        yield Finding(KIND, path, f"coverage of {covered.present} of {covered.required}", ratio)
    for name in sorted(listed.intersection(covered.missing)):
        yield Finding(KIND, path, f"{name} listed or missing", "both")


def _place(folder: str, item: Listed) -> str:
    """Return where a listed file has to be; raises `IntegrityError` for a path that leads anywhere else."""
    if item.encrypted:
        parse_blob_path(item.path)
        return item.path
    parse_artifact_path(f"{ARTIFACTS}/x/{item.path}")
    return f"{folder}{item.path}"
