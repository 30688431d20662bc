"""``tallystick verify``: from arguments to a report and an exit code.

0 valid; 1 invalid; 2 could not check, or consistent in itself with the origin not established; 64 arguments
that make no sense. Pinned keys come from ``--log-key``, else from the auditor's trusted folder; never from
what is being verified.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final, TextIO
from urllib.parse import urlsplit

from ledger.note import MAX_NOTE, VerifierKey
from verifier.archive import Archive
from verifier.errors import WrongUse
from verifier.page import Occasion, to_html
from verifier.remote import Remote
from verifier.rendering import to_json, to_text
from verifier.source import Directory, Source
from verifier.tally import Progress, no_progress
from verifier.trust import check_outside, given_key, keys_for, trusted_keys
from verifier.verify import verify

USAGE: Final = 64


def run(
    path_or_url: str,
    *,
    log_key: str | Sequence[str] | None = None,
    since: Path | None = None,
    trusted: Path | None = None,
    token: str | None = None,
    json: bool = False,
    html: Path | None = None,
    processes: int | None = None,
    out: TextIO | None = None,
    err: TextIO | None = None,
    progress: Progress = no_progress,
) -> int:
    """Write the report on an export or a live log to ``out`` and return the exit code.

    ``log_key`` is a verifier key or a file with one, or several where the log key was rotated, ``since``
    a file with an older checkpoint, ``trusted`` a folder of ``*.vkey`` files (default `trusted_folder`),
    ``token`` what a live log asks for, ``html`` a file that gets the report as a page as well,
    ``processes`` how many work at once on what is large (default: one for each core).
    """
    try:
        if html is not None:
            _check_writable(html)
        with open_source(path_or_url, token) as source:
            pinned = [log_key] if isinstance(log_key, str) else [*(log_key or ())]
            check_outside(path_or_url, [*pinned, *([trusted] if trusted else [])])
            keys = tuple(map(given_key, pinned)) if pinned else keys_for(source, _trusted(trusted))
            report = verify(
                source,
                log_keys=keys,
                since=_read(since),
                processes=processes or len(os.sched_getaffinity(0)),
                progress=progress,
            )
    except WrongUse as error:
        print(f"error: {error}", file=err or sys.stderr)
        return USAGE
    if html is not None:
        html.write_text(
            to_html(report, Occasion(path_or_url, f"{datetime.now(UTC):%Y-%m-%d %H:%M}")), "utf-8"
        )
    (out or sys.stdout).write(to_json(report) if json else to_text(report))
    return report.exit_code


@contextmanager
def open_source(path_or_url: str, token: str | None = None) -> Iterator[Source]:
    """Give the source at a URL, in a directory or in a ZIP; raises `WrongUse` where there can be none."""
    path = Path(path_or_url)
    if "://" in path_or_url:
        yield Remote(log_at(path_or_url), token)
    elif path.is_dir():
        yield Directory(path)
    elif path.is_file():
        with _opened(path) as file:
            yield Archive(file)
    else:
        raise WrongUse(f"{path}: expected an export, a directory or a ZIP, or the URL of a log")


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise WrongUse(f"{path}: {error.strerror}") from error


def log_at(url: str) -> str:
    """Return the address of the log: an address without a path is a service, whose log is at ``/log``."""
    parts = urlsplit(url)
    return f"{url.rstrip('/')}/log" if parts.netloc and parts.path in {"", "/"} else url


def trusted_folder() -> Path:
    """Return where an auditor keeps the verifier keys they trust: ``~/.config/tallystick/trusted``."""
    base = os.environ.get("XDG_CONFIG_HOME")
    # A relative one would lead into an export that somebody works in; the specification says to ignore it.
    absolute = base is not None and Path(base).is_absolute()
    return (Path(base or "") if absolute else Path.home() / ".config") / "tallystick" / "trusted"


def _trusted(folder: Path | None) -> tuple[VerifierKey, ...]:
    if folder is not None and not folder.is_dir():
        raise WrongUse(f"{folder}: expected a folder of verifier keys")
    return trusted_keys(folder or trusted_folder())


def _read(path: Path | None) -> bytes | None:
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            return file.read(MAX_NOTE + 1)
    except OSError as error:
        raise WrongUse(f"{path}: {error.strerror}") from error


def _check_writable(path: Path) -> None:
    """Return when a file can be written at ``path``: known before the work; asking leaves nothing there."""
    there = path.exists()
    try:
        with path.open("ab"):
            pass
        if not there:
            path.unlink()
    except OSError as error:
        raise WrongUse(f"{path}: {error.strerror}") from error
