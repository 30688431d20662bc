"""Where everything lies in a ledger export: a tlog-tiles directory and what its entries refer to (design 10).

    checkpoint  tile/…  tile/entries/…                        the log, as any tlog tool reads it
    blobs/sha256/ab/<64 hex>                                  what entries name by its SHA-256
    artifacts/<stream>/<name>                                 what follows from the entries, canonical
    log.vkey  VERIFY.md  SHA256SUMS                           labels and help, no evidence

Who writes an export and who checks one take the names from here.
"""

from __future__ import annotations

import re
from typing import Final

from ledger.errors import IntegrityError
from ledger.strict import shown

CHECKPOINT: Final = "checkpoint"
TILES: Final = "tile"
BLOBS: Final = "blobs"
ARTIFACTS: Final = "artifacts"
VKEY: Final = "log.vkey"
HELP: Final = "VERIFY.md"
SUMS: Final = "SHA256SUMS"

_BLOB = re.compile(r"blobs/sha256/([0-9a-f]{2})/(\1[0-9a-f]{62})")
_ARTIFACT = re.compile(r"artifacts/([a-z0-9-]+)/([a-z0-9]+(?:-[a-z0-9]+)*\.[a-z]+)")


def blob_directory(prefix: str) -> str:
    """Return the directory of the blobs whose SHA-256 starts with two hexadecimal digits."""
    return f"{BLOBS}/sha256/{prefix}"


def blob_path(sha256: str) -> str:
    """Return where the blob with this SHA-256 (64 hexadecimal digits) lies."""
    return f"{blob_directory(sha256[:2])}/{sha256}"


def parse_blob_path(path: str) -> str:
    """Return the SHA-256 that a blob's path names."""
    found = _BLOB.fullmatch(path)
    if found is None:
        raise IntegrityError("blob path", "blobs/sha256/<2 hex>/<64 hex>", shown(path))
    return found[2]


def artifact_path(stream: str, name: str) -> str:
    """Return where an artifact of a stream lies."""
    return f"{ARTIFACTS}/{stream}/{name}"


def parse_artifact_path(path: str) -> tuple[str, str]:
    """Return the stream and the name of the artifact at ``path``."""
    found = _ARTIFACT.fullmatch(path)
    if found is None:
        raise IntegrityError("artifact path", "artifacts/<stream>/<name>", shown(path))
    return found[1], found[2]


def sums_line(sha256: str, path: str) -> str:
    """Return the line of `SUMS` for a file, as ``sha256sum`` prints and reads it."""
    return f"{sha256}  {path}\n"
