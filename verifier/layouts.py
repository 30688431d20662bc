"""The two layouts of an export, told apart by what is in it: which files may be where, and how large.

A ledger export has ``tile/``, an export of one incident ``streams/``. What belongs to the other layout has no
place in either, so that nothing lies in an export that no step looks at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import msgspec

from ledger.bundle import MAX_ENTRY
from ledger.errors import IntegrityError
from ledger.exportlayout import (
    ARTIFACTS,
    BLOBS,
    CHECKPOINT,
    COMPLETENESS,
    DISCLOSURES,
    HELP,
    POLICIES,
    PROOFS,
    READABLE,
    STREAMS,
    TILES,
    VKEY,
    blob_path,
    parse_artifact_path,
    parse_blob_path,
    parse_policy_path,
    parse_proof_path,
    parse_readable_path,
    parse_stream_path,
    policy_path,
)
from ledger.note import MAX_NOTE
from ledger.tile import ENTRIES, HASH_SIZE, WIDTH, parse_tile_path
from verifier.report import Kind
from verifier.source import Source

MAX_TILE: Final = WIDTH * HASH_SIZE
MAX_BUNDLE: Final = WIDTH * (MAX_ENTRY + 2)
MAX_LABEL: Final = 65_536
MAX_ARTIFACT: Final = 1 << 28
MAX_PROOF: Final = MAX_NOTE + 4_096
MAX_COMPLETENESS: Final = 1 << 25

Limit: TypeAlias = int | None
"""How many bytes a file may have; None where what names it states its size, or it is read piece by piece."""


class Layout(msgspec.Struct, frozen=True):
    """Folders with what says how large a file may be, and single files; ``policy`` places policies.

    ``content`` are the folders of what entries name by its SHA-256, each with what reads that from a path.
    """

    kind: Kind
    folders: Mapping[str, Callable[[str], Limit]]
    files: Mapping[str, Limit]
    policy: Callable[[str], str]
    content: Mapping[str, Callable[[str], str]]

    def limit(self, path: str) -> Limit:
        """Return how large the file at ``path`` may be; raises `IntegrityError` if none may be there."""
        folder, slash, _ = path.partition("/")
        if slash and folder in self.folders:
            return self.folders[folder](path)
        if path not in self.files:
            raise IntegrityError(path, "no such file in an export", "a file")
        return self.files[path]


def layout_of(source: Source) -> Layout:
    """Return the layout of a source that lists its files; raises what listing raises."""
    return INCIDENT if next(iter(source.files(STREAMS)), None) is not None else LEDGER


def _tile(path: str) -> int:
    return MAX_BUNDLE if parse_tile_path(path).level == ENTRIES else MAX_TILE


def _of_any_size(parse: Callable[[str], object]) -> Callable[[str], Limit]:
    def limit(path: str) -> Limit:
        parse(path)
        return None

    return limit


def _at_most(size: int, parse: Callable[[str], object]) -> Callable[[str], Limit]:
    def limit(path: str) -> Limit:
        parse(path)
        return size

    return limit


_LABELS: Final[Mapping[str, Limit]] = {CHECKPOINT: MAX_NOTE, VKEY: MAX_LABEL, HELP: MAX_LABEL}

LEDGER: Final = Layout(
    kind="ledger",
    folders={
        TILES: _tile,
        BLOBS: _of_any_size(parse_blob_path),
        ARTIFACTS: _at_most(MAX_ARTIFACT, parse_artifact_path),
    },
    files=_LABELS,
    policy=blob_path,
    content={BLOBS: parse_blob_path},
)

INCIDENT: Final = Layout(
    kind="incident",
    folders={
        STREAMS: _of_any_size(parse_stream_path),
        PROOFS: _at_most(MAX_PROOF, parse_proof_path),
        POLICIES: _of_any_size(parse_policy_path),
        BLOBS: _of_any_size(parse_blob_path),
        ARTIFACTS: _at_most(MAX_ARTIFACT, parse_artifact_path),
        READABLE: _at_most(MAX_ARTIFACT, parse_readable_path),
    },
    files={**_LABELS, COMPLETENESS: MAX_COMPLETENESS, DISCLOSURES: None},
    policy=policy_path,
    content={BLOBS: parse_blob_path, POLICIES: parse_policy_path},
)
