"""Large bytes on their way through this process: on disk, never in clear, gone when it ends.

The file has no name, so that nobody can open it and no crash leaves it behind. What is in it is encrypted
under a key that only this object knows: what an unlinked file leaves on a disk tells nobody anything.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from application.blobs import CHUNK
from application.disk_faults import translated

_KEY_SIZE: Final = 32
_COUNTER_SIZE: Final = 16


class Spool:
    """Bytes that are written once and then read from the start, as often as wanted. For one thread at a time.

    Raises `StoreFull` and `StoreError`. Close it.
    """

    def __init__(self, folder: Path) -> None:
        cipher = Cipher(algorithms.AES256(os.urandom(_KEY_SIZE)), modes.CTR(os.urandom(_COUNTER_SIZE)))
        self._cipher = cipher
        self._encryptor = cipher.encryptor()
        self.size = 0
        with translated("spool"):
            self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115 - closed by `close`

    def write(self, chunk: bytes) -> None:
        """Add bytes at the end."""
        left = memoryview(self._encryptor.update(chunk))
        with translated("spool"):
            while left:
                left = left[self._file.write(left) :]
        self.size += len(chunk)

    def chunks(self) -> Iterator[bytes]:
        """Yield what was written, from the start."""
        decryptor = self._cipher.decryptor()
        with translated("spool"):
            self._file.seek(0)
        while chunk := self._read():
            yield decryptor.update(chunk)

    def close(self) -> None:
        """Give the file back; what was in it is gone."""
        self._file.close()

    def _read(self) -> bytes:
        with translated("spool"):
            return self._file.read(CHUNK)
