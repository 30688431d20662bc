"""Blobs in S3 or what speaks like it: ``<prefix>/sha256/ab/<64 hex>`` in a bucket.

S3 is durable when it answers, so nothing is synced here. Small blobs are put on the condition that there is
none of that name. Large ones go in parts, which are one object or none, and cannot carry the condition: as
their bytes are compared with the name on the way, a second put can only bring the same bytes.
Credentials, region and endpoint come from the usual environment (AWS_ACCESS_KEY_ID, AWS_REGION, …).
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

import obstore
from obstore.exceptions import AlreadyExistsError
from obstore.store import S3Store

from application.blobs import Again, blob_name, proven
from application.disk_faults import translated
from application.object_blobs import ObjectBlobs

PART: Final = 8 * 1024 * 1024
AT_ONCE: Final = 3
"""Parts on their way at the same time, all of which are in memory."""

_RETRIES: Final = 3
_RETRY_WITHIN: Final = timedelta(seconds=20)
_ONE_REQUEST: Final = "1h"
"""obstore counts the whole body of an answer, so the time of the largest blob on a slow line."""


class S3Blobs(ObjectBlobs):
    """Blobs in a bucket, below a prefix."""

    def __init__(self, url: str, *, plain_http: bool = False) -> None:
        super().__init__(
            S3Store.from_url(
                url,
                client_options={"allow_http": plain_http, "timeout": _ONE_REQUEST},
                retry_config={"max_retries": _RETRIES, "retry_timeout": _RETRY_WITHIN},
            )
        )

    def put(self, content: bytes) -> str:
        """Store bytes and return their SHA-256."""
        sha256 = hashlib.sha256(content).hexdigest()
        with translated(f"blob {sha256}"):
            try:
                obstore.put(self._store, blob_name(sha256), content, mode="create")
            except AlreadyExistsError:
                if not self.holds(sha256):
                    obstore.put(self._store, blob_name(sha256), content)
        return sha256

    def put_chunks(self, sha256: str, again: Again) -> None:
        """Store bytes of any size under their SHA-256."""
        if self.holds(sha256):
            return
        with translated(f"blob {sha256}"):
            obstore.put(
                self._store,
                blob_name(sha256),
                proven(again(), sha256),
                use_multipart=True,
                chunk_size=PART,
                max_concurrency=AT_ONCE,
            )

    def delete(self, sha256: str) -> None:
        """Remove a blob."""
        with translated(f"blob {sha256}"), suppress(FileNotFoundError):
            obstore.delete(self._store, blob_name(sha256))

    def sweep(self, older_than: datetime) -> int:  # noqa: ARG002 - see below
        """Return 0: parts of uploads that were cut off have no name and are the bucket's own to expire."""
        return 0
