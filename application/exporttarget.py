"""Where an export goes: a new directory, or a canonical ZIP; whole and on the disk, or absent.

A killed export leaves a directory ``.<name>-…`` beside the target, which may be deleted.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from application.disk_faults import translated
from application.exportfiles import ExportFiles
from application.progress import Progress, no_progress
from ledger.canonicalzip import write_zip, zip_size
from ledger.durable import sync_directory
from ledger.errors import StoreError

ZIP = ".zip"


class NotFree(StoreError):
    """Where an export is to go there is something already; nothing was done."""


@contextmanager
def whole_or_absent(out: Path, progress: Progress = no_progress) -> Iterator[ExportFiles]:
    """Give files to fill; at a clean end they are all at ``out``, otherwise nothing is.

    Where ``out`` ends in ``.zip`` it becomes the canonical ZIP of them. Raises `NotFree` when it is
    anything but absent (or, for a directory, empty), `StoreFull` or `StoreError` when it cannot be written.
    """
    with translated(f"export {out}"):
        _check_free(out)
        temporary = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
        try:
            if out.suffix == ZIP:
                files = ExportFiles(temporary / "files", durable=False)
                yield files
                _to_zip(files, temporary / "whole", out, progress)
            else:
                files = ExportFiles(temporary)
                yield files
                files.sync_directories()
                # Over an empty directory too; over one that somebody filled meanwhile it fails.
                temporary.rename(out)
            sync_directory(out.parent)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def _check_free(out: Path) -> None:
    there = out.is_symlink() or out.exists()
    if out.suffix == ZIP and there:
        raise NotFree(f"export {out}: expected no such file yet, found something there")
    if there and (out.is_symlink() or not out.is_dir() or any(out.iterdir())):
        raise NotFree(f"export {out}: expected a new or empty directory, found something else there")


def _to_zip(files: ExportFiles, whole: Path, out: Path, progress: Progress) -> None:
    total, done = zip_size(files), 0
    with os.fdopen(os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        for chunk in write_zip(files, files.chunks, out.name):
            file.write(chunk)
            done += len(chunk)
            progress("zip", done, total)
        file.flush()
        os.fsync(file.fileno())
    # A link is exclusive: what somebody else put there meanwhile is left alone.
    os.link(whole, out)
