"""Peak memory of export and verify at 10^4 and 10^6 events; it must stay flat."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.homes import filled
from benchmarks.table import Table
from tallystick.cli import main
from tallystick.settings import Settings

SIZES = (10_000, 1_000_000)


def measure() -> Table:
    """Return the section on memory."""
    return Table(
        "Peak memory",
        "Resident, of the command's own process; incidents of 500 facts each. What grows is the state of each stream "
        "(about 200 bytes), not the log.",
        ("events", "export", "verify", "export takes", "verify takes"),
        [_row(size) for size in SIZES],
    )


def _row(size: int) -> tuple[str, ...]:
    with (
        filled(size, each=500) as (settings, engine),
        tempfile.TemporaryDirectory(prefix="bench-", dir=".") as folder,
    ):
        target = Path(folder) / "export"
        exported = peak(settings, "export", "--ledger", "--out", str(target))
        verified = peak(settings, "verify", str(target), "--log-key", engine.vkey)
    return f"{size:,}", exported[0], verified[0], exported[1], verified[1]


def peak(settings: Settings, *arguments: str) -> tuple[str, str]:
    """Run a command and return its peak memory and processor time."""
    home = ["--home", str(settings.home)] if arguments[0] == "export" else []
    command = [sys.executable, "-m", "benchmarks.memory", *arguments, *home]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{arguments}: exit {done.returncode}: {done.stderr[-500:]}")
    kilobytes, seconds = done.stderr.splitlines()[-1].split()[-2:]
    return f"{int(kilobytes) / 1024:.0f} MiB", f"{float(seconds):.0f} s"


def _inside(arguments: list[str]) -> None:
    """Run the command line in this process and report what it used."""
    status = 0
    try:
        main(arguments)
    except SystemExit as e:
        status = int(e.code or 0)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print("used", used.ru_maxrss, f"{used.ru_utime + used.ru_stime:.1f}", file=sys.stderr)
    sys.exit(status)


if __name__ == "__main__":
    _inside(sys.argv[1:])
