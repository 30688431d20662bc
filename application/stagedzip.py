"""An export as a ZIP that goes to somebody else: prepared as files, sent, and removed."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from application.disk_faults import translated
from application.exportfiles import ExportFiles
from application.exportwish import Material, Wish
from application.incident_export import export_incident
from ledger.canonicalzip import write_zip, zip_size

_PREFIX: Final = ".export-"
_WHAT: Final = "export"
_PIECE: Final = 1 << 18


class StagedZip:
    """The export of an incident as a ZIP, sent piece by piece from files below ``folder``. Close it.

    Raises `StoreFull` and `StoreError`, and as `export_incident` does.
    """

    def __init__(self, material: Material, wish: Wish, folder: Path) -> None:
        with translated(_WHAT):
            self._root = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=folder))
            try:
                self._files = ExportFiles(self._root, durable=False)
                self.exported = export_incident(material, wish, self._files)
                self.size = zip_size(self._files)
            except BaseException:
                self.close()
                raise

    def chunks(self) -> Iterator[bytes]:
        """Yield the ZIP."""
        with translated(_WHAT):
            yield from _gathered(write_zip(self._files, self._files.chunks))

    def close(self) -> None:
        """Remove the files."""
        shutil.rmtree(self._root, ignore_errors=True)


def _gathered(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same bytes in pieces that are worth sending."""
    waiting = bytearray()
    for chunk in chunks:
        waiting += chunk
        if len(waiting) >= _PIECE:
            yield bytes(waiting)
            waiting.clear()
    if waiting:
        yield bytes(waiting)


def sweep_staged(folder: Path, older_than: datetime) -> int:
    """Remove what a crash left of exports begun before ``older_than``; return how many there were."""
    left = [path for path in folder.glob(f"{_PREFIX}*") if path.stat().st_mtime < older_than.timestamp()]
    for path in left:
        shutil.rmtree(path, ignore_errors=True)
    return len(left)
