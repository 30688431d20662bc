"""Files that people upload: encrypted blobs of an incident, which a command then names (R-MAN-06, R-CMP-14).

The order is that of every blob: the vault's row is durable before the file, the file before the fact. What no
fact names within a day is collected like any other orphan.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Final

from application.blobs import Blobs
from application.box_stream import BoxMaker
from application.datakeys import DataKeyMoved
from application.spool import Spool
from application.vault import Row, Vault
from domain.stored_blob import StoredBlob
from ledger.disclosure import SALT_SIZE, Kind, committing

ATTEMPTS: Final = 5


class Upload:
    """One file on its way in. For one thread at a time; close it. Raises `StoreFull` and `StoreError`."""

    def __init__(self, folder: Path) -> None:
        self._spool = Spool(folder)
        self._salt = os.urandom(SALT_SIZE)
        self._commitment = committing(self._salt, Kind.BLOB)

    @property
    def size(self) -> int:
        """How many bytes have come so far."""
        return self._spool.size

    def write(self, chunk: bytes) -> None:
        """Take the next bytes."""
        self._spool.write(chunk)
        self._commitment.update(chunk)

    def keep(self, stream: str, vault: Vault, blobs: Blobs) -> StoredBlob:
        """Return the reference to what has come, encrypted under the key of ``stream`` and durable.

        Raises also `DataKeyMoved` when other processes were first with that key time and again.
        """
        c = self._commitment.hexdigest()
        for attempt in range(ATTEMPTS):
            key = vault.data_key(stream)
            maker = BoxMaker(key.key, c, self._salt)
            # Made twice, because its name has to be in the vault before there is a file of that name.
            name, size = _measured(maker.box(self._spool.chunks()))
            try:
                vault.put((Row(c=c, kid=key.kid, sha256=name),), (key,))
            except DataKeyMoved:
                # Another process was first with the stream's key; made again, its key is found.
                if attempt + 1 == ATTEMPTS:
                    raise
            else:
                break
        blobs.put_chunks(name, lambda: maker.box(self._spool.chunks()))
        return StoredBlob(c=c, kid=key.kid, sha256=name, size=size)

    def close(self) -> None:
        """Forget what has come; what was kept stays."""
        self._spool.close()


def _measured(pieces: Iterable[bytes]) -> tuple[str, int]:
    digest, size = sha256(), 0
    for piece in pieces:
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size
