"""How a command names bytes that were uploaded before it: by the reference that the upload answered with.

Whether such bytes are kept, and for this incident, is looked up at the edge before anything is decided
(`application.upload_check`); the rules take a reference as it is.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from domain.prose import BlobRef, Prose

Digest = Annotated[
    str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)", description="A SHA-256, lower-case hexadecimal.")
]
KeyId = Annotated[
    str, Meta(pattern=r"^[0-9a-f]{32}$(?!\n)", description="The id of a data key, lower-case hexadecimal.")
]
Size = Annotated[int, Meta(ge=0, le=2**53 - 1, description="How many bytes are stored, encrypted.")]


class StoredBlob(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The reference to an uploaded blob; ``sha256`` and ``size`` are those of the stored bytes."""

    c: Digest
    kid: KeyId
    sha256: Digest
    size: Size


def blob_prose(blob: StoredBlob) -> Prose:
    """Return an uploaded blob as a fact holds it."""
    return Prose(blob=BlobRef(c=blob.c, kid=blob.kid, sha256=blob.sha256, size=blob.size))


def optional_blob_prose(blob: StoredBlob | None) -> Prose | None:
    """Return an uploaded blob as a fact holds it, or None where none was named."""
    return None if blob is None else blob_prose(blob)
