"""Running an approved command on this machine: matched with the plan first, watched, and its output kept.

Nothing runs that the plan does not have, and nothing that ran is lost: what could not be recorded is written
beside, as the body of the request that records it.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

import msgspec

from application.incident_views import RunOfIncident
from projections.run_view import AttemptShown
from tallystick.desk import NotDone

PIECE: Final = 1 << 16
NOT_FOUND, NOT_RUNNABLE = 127, 126
"""What a shell returns for a command that it does not find, or cannot run."""


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """A command that ended, and when it ran."""

    exit_code: int
    started_at: datetime
    ended_at: datetime


def approved_line(run: RunOfIncident, argv: Sequence[str]) -> int:
    """Return which approved command ``argv`` is, from 1; raises `NotDone` unless it may be run now."""
    attempt = run.attempt
    if attempt is None or attempt.status == "complete":
        raise NotDone("NOTHING_RUNS", "no attempt runs: start the execution first (start-execution)")
    same = [line for line, text in enumerate(attempt.commands, 1) if is_same(text, argv)]
    if not same:
        approved = "; ".join(f"{line}: {text}" for line, text in enumerate(attempt.commands, 1))
        raise NotDone(
            "COMMAND_NOT_APPROVED",
            f"expected one of the approved commands ({approved or 'none'}), found {shlex.join(argv)}",
        )
    done = _succeeded(attempt)
    waiting = [line for line in same if line not in done]
    if not waiting:
        raise NotDone("COMMAND_DONE", f"command {same[0]} is on record already, and it succeeded")
    return waiting[0]


def is_same(text: str, argv: Sequence[str]) -> bool:
    """Return whether ``argv`` is the line ``text``: word by word, or as what a shell is told to run."""
    if list(argv) in (["sh", "-c", text], ["bash", "-c", text]):
        return True
    try:
        return shlex.split(text) == list(argv)
    except ValueError:
        # No shell could read that line either.
        return False


def watched(argv: Sequence[str], stdout: IO[bytes], stderr: IO[bytes]) -> Watched:
    """Run a command, show its output as it comes, and write it to two files; return how it ended.

    Ctrl-C reaches the command as well, and what it then returns is what is recorded.
    """
    started = datetime.now(UTC)
    try:
        # What people approved, and no shell in between.
        child = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # noqa: S603  # see above
    except OSError as error:
        stderr.write(f"{argv[0]}: {error.strerror}\n".encode())
        code = NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_RUNNABLE
        return Watched(exit_code=code, started_at=started, ended_at=datetime.now(UTC))
    copies = [
        threading.Thread(target=_copy, args=(child.stdout, stdout, sys.stdout.buffer)),
        threading.Thread(target=_copy, args=(child.stderr, stderr, sys.stderr.buffer)),
    ]
    for copy in copies:
        copy.start()
    code = _ended(child)
    for copy in copies:
        copy.join()
    return Watched(exit_code=code, started_at=started, ended_at=datetime.now(UTC))


def keep(body: object, outputs: Mapping[str, IO[bytes]], folder: Path) -> Path:
    """Write the request that could not be made to a new file, what was printed beside it; return the file."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    path = folder / f"tallystick-exec-{stamp}.json"
    with _private(path) as file:
        file.write(msgspec.json.format(msgspec.json.encode(body), indent=2) + b"\n")
    for name, output in outputs.items():
        output.seek(0)
        with _private(path.with_suffix(f".{name}")) as file:
            shutil.copyfileobj(output, file)
    return path


def _private(path: Path) -> IO[bytes]:
    """Open a new file that its owner alone can read: commands print secrets."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _succeeded(attempt: AttemptShown) -> set[int]:
    return {ran.line for ran in attempt.ran if ran.outcome == "success"}


def _ended(child: subprocess.Popen[bytes]) -> int:
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            # It got the signal too, being in the same group; what it makes of that is its answer.
            continue


def _copy(source: IO[bytes] | None, kept: IO[bytes], shown: IO[bytes]) -> None:
    if source is None:
        return
    with source:
        while piece := source.read1(PIECE):  # type: ignore[attr-defined]  # pipes are buffered readers
            kept.write(piece)
            shown.write(piece)
            shown.flush()
