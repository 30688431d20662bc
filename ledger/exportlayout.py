"""Where everything lies in an export: of the whole ledger, and of one incident (design 10).

Ledger export, a tlog-tiles directory and what its entries refer to:

    checkpoint  tile/…  tile/entries/…                        the log, as any tlog tool reads it
    blobs/sha256/ab/<64 hex>                                  what entries name by its SHA-256
    artifacts/<stream>/[<folder>/]<name>                      what follows from the entries, canonical
    log.vkey  VERIFY.md  SHA256SUMS                           labels and help, no evidence

Incident export, some streams of the log and a proof for each of their entries:

    streams/<stream>.jsonl  streams/<stream>.idx              line k: an envelope's bytes; its position
    proofs/<position>.tlog-proof                              each against `checkpoint`
    checkpoint  completeness.json                             the tree, and that no stream was cut
    policy/<64 hex>                                           what entries name in clear, by its SHA-256
    blobs/…  artifacts/…  log.vkey  VERIFY.md  SHA256SUMS     as above
    disclosures.jsonl  readable/<stream>/[<folder>/]<name>    sealed texts, for those who may see them

Who writes an export and who checks one take the names from here.
"""

from __future__ import annotations

import re
from typing import Final

from ledger.errors import IntegrityError
from ledger.strict import parse_decimal, shown

CHECKPOINT: Final = "checkpoint"
TILES: Final = "tile"
BLOBS: Final = "blobs"
ARTIFACTS: Final = "artifacts"
STREAMS: Final = "streams"
PROOFS: Final = "proofs"
COMPLETENESS: Final = "completeness.json"
POLICIES: Final = "policy"
DISCLOSURES: Final = "disclosures.jsonl"
READABLE: Final = "readable"
VKEY: Final = "log.vkey"
HELP: Final = "VERIFY.md"
SUMS: Final = "SHA256SUMS"

_WORD = r"[A-Za-z0-9]+(?:[_-][A-Za-z0-9]+)*"
_NAME = rf"(?:{_WORD}/)?{_WORD}(?:\.[a-z0-9]+)+"
_BLOB = re.compile(r"blobs/sha256/([0-9a-f]{2})/(\1[0-9a-f]{62})")
_ARTIFACT = re.compile(rf"artifacts/([a-z0-9-]+)/({_NAME})")
_READABLE = re.compile(rf"readable/([a-z0-9-]+)/({_NAME})")
_STREAM = re.compile(r"streams/([a-z0-9-]+)\.(jsonl|idx)")
_PROOF = re.compile(r"proofs/([0-9]+)\.tlog-proof")
_POLICY = re.compile(r"policy/([0-9a-f]{64})")


def blob_directory(prefix: str) -> str:
    """Return the directory of the blobs whose SHA-256 starts with two hexadecimal digits."""
    return f"{BLOBS}/sha256/{prefix}"


def blob_path(sha256: str) -> str:
    """Return where the blob with this SHA-256 (64 hexadecimal digits) lies."""
    return f"{blob_directory(sha256[:2])}/{sha256}"


def parse_blob_path(path: str) -> str:
    """Return the SHA-256 that a blob's path names."""
    return _parts(_BLOB, path, "blob path", "blobs/sha256/<2 hex>/<64 hex>")[1]


def artifact_path(stream: str, name: str) -> str:
    """Return where an artifact of a stream lies; its name may hold one folder."""
    return f"{ARTIFACTS}/{stream}/{name}"


def parse_artifact_path(path: str) -> tuple[str, str]:
    """Return the stream and the name of the artifact at ``path``."""
    stream, name = _parts(_ARTIFACT, path, "artifact path", "artifacts/<stream>/[<folder>/]<name>")
    return stream, name


def readable_path(stream: str, name: str) -> str:
    """Return where the readable copy of an artifact lies."""
    return f"{READABLE}/{stream}/{name}"


def parse_readable_path(path: str) -> tuple[str, str]:
    """Return the stream and the name of the artifact whose readable copy is at ``path``."""
    stream, name = _parts(_READABLE, path, "readable path", "readable/<stream>/[<folder>/]<name>")
    return stream, name


def stream_path(stream: str) -> str:
    """Return where the envelopes of a stream lie, a line each."""
    return f"{STREAMS}/{stream}.jsonl"


def positions_path(stream: str) -> str:
    """Return where the positions of a stream's envelopes lie, a line each."""
    return f"{STREAMS}/{stream}.idx"


def parse_stream_path(path: str) -> str:
    """Return the stream whose envelopes or positions are at ``path``."""
    return _parts(_STREAM, path, "stream path", "streams/<stream>.jsonl or .idx")[0]


def proof_path(position: int) -> str:
    """Return where the proof of the entry at ``position`` lies."""
    return f"{PROOFS}/{position}.tlog-proof"


def parse_proof_path(path: str) -> int:
    """Return the position of the entry whose proof is at ``path``."""
    return parse_decimal(_parts(_PROOF, path, "proof path", "proofs/<position>.tlog-proof")[0], path)


def policy_path(sha256: str) -> str:
    """Return where the policy with this SHA-256 lies in the export of an incident."""
    return f"{POLICIES}/{sha256}"


def parse_policy_path(path: str) -> str:
    """Return the SHA-256 that a policy's path names."""
    return _parts(_POLICY, path, "policy path", "policy/<64 hex>")[0]


def sums_line(sha256: str, path: str) -> str:
    """Return the line of `SUMS` for a file, as ``sha256sum`` prints and reads it."""
    return f"{sha256}  {path}\n"


def _parts(form: re.Pattern[str], path: str, place: str, expected: str) -> tuple[str, ...]:
    found = form.fullmatch(path)
    if found is None:
        raise IntegrityError(place, expected, shown(path))
    return found.groups()
