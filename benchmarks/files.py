"""Peak memory and time of uploading and downloading a file; the memory must not depend on its size."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.homes import new_home
from benchmarks.table import Table
from domain.intake.commands import DeclareIncident, OpenIncident
from tallystick.desk import Order, Unreachable
from tallystick.desk_http import HttpDesk
from tallystick.settings import Settings

SIZES = (1 << 20, 1 << 30)
PORT = 8019


def measure() -> Table:
    """Return the section on files."""
    return Table(
        "Files",
        "One file to a running service and back by `tallystick evidence add` and `get`; peak memory, resident, of each process. Baseline: SHA-256 alone.",
        ("size", "service", "add", "get", "add takes", "get takes", "SHA-256 alone"),
        [_row(size) for size in SIZES],
    )


def _row(size: int) -> tuple[str, ...]:
    with new_home() as settings, tempfile.TemporaryDirectory(prefix="bench-", dir=".") as folder:
        given, saved = Path(folder) / "given", Path(folder) / "saved"
        _fill(given, size)
        begun = time.perf_counter()
        with given.open("rb") as file:
            expected = hashlib.file_digest(file, "sha256").digest()
        hashing = time.perf_counter() - begun
        with _serving(settings) as (service, environment):
            added = _run(environment, "add", "INC-1", str(given), "--kind", "log")
            got = _run(environment, "get", "INC-1", "ev1", "--out", str(saved))
        with saved.open("rb") as file:
            assert hashlib.file_digest(file, "sha256").digest() == expected
    return (
        f"{size >> 20:,} MiB",
        service[0],
        added[0],
        got[0],
        f"{added[1]:.1f} s",
        f"{got[1]:.1f} s",
        f"{hashing:.1f} s",
    )


def _fill(path: Path, size: int) -> None:
    with path.open("wb") as file:
        for _ in range(size >> 20):
            file.write(os.urandom(1 << 20))


@contextmanager
def _serving(settings: Settings) -> Iterator[tuple[list[str], dict[str, str]]]:
    """A service with a declared incident; its peak memory is in the list once it has ended."""
    home, peak = str(settings.home), [""]
    command = [sys.executable, "-m", "tallystick", "serve", "--home", home, "--port", str(PORT)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url, token = f"http://127.0.0.1:{PORT}", settings.place.admin_token.read_text().strip()
    try:
        _prepare(HttpDesk(url, token))
        yield peak, {**os.environ, "TALLYSTICK_URL": url, "TALLYSTICK_TOKEN": token}
    finally:
        process.terminate()
        peak[0] = _peak(process)


def _prepare(desk: HttpDesk) -> None:
    for _ in range(100):
        try:
            desk.incidents()
            break
        except Unreachable:
            time.sleep(0.2)
    desk.act(Order(action="open", command=OpenIncident(title="Slow", environment="bench")))
    why = DeclareIncident(rationale="Measured, not guessed.")
    desk.act(Order(action="declare", command=why, incident="INC-1"))


def _run(environment: dict[str, str], *arguments: str) -> tuple[str, float]:
    """Return the peak memory of a command and how long it took."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "tallystick", "evidence", *arguments]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    peak = _peak(process)
    if process.returncode != 0:
        raise SystemExit(f"{arguments}: exit {process.returncode}")
    return peak, time.perf_counter() - begun


def _peak(process: subprocess.Popen[bytes]) -> str:
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return f"{used.ru_maxrss / 1024:.0f} MiB"
