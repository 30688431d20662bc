"""``tallystick-verify``: the same command as ``tallystick verify``, for whoever has the verifier alone."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NoReturn

from verifier.command import USAGE, run
from verifier.tally import Progress, no_progress

TOKEN: Final = "TALLYSTICK_TOKEN"  # noqa: S105 - the name of a variable


class _Parser(ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Exit with 64, for 2 says that something could not be checked."""
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"error: {message}\n")


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Verify what the arguments name; exits with the code of `run`."""
    given = _parser().parse_args(arguments)
    sys.exit(_run(given, _shown if sys.stderr.isatty() else no_progress))


def _run(given: Namespace, progress: Progress) -> int:
    return run(
        given.place,
        log_key=given.log_key,
        since=given.since,
        trusted=given.trusted,
        token=os.environ.get(TOKEN),
        json=given.json,
        html=given.html,
        processes=given.processes,
        progress=progress,
    )


def _parser() -> ArgumentParser:
    parser = _Parser(
        prog="tallystick-verify",
        description="Verify an export or a live log. Keys never come from what is being verified.",
        epilog="Exits with 0 (valid), 1 (invalid), 2 (could not check, or no key of yours says whose log it "
        f"is) or {USAGE} (the arguments make no sense). A live log's token is read from {TOKEN}.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "place", metavar="PATH|URL", help="an export, a directory or a ZIP, or the address of a log"
    )
    parser.add_argument(
        "--log-key",
        metavar="VKEY|FILE",
        action="append",
        help="the log's verifier key, as you got it another way; again for each if it was rotated",
    )
    parser.add_argument("--since", metavar="CHECKPOINT", type=Path, help="an older checkpoint you kept")
    parser.add_argument(
        "--trusted",
        metavar="DIR",
        type=Path,
        help="your folder of *.vkey files (default: ~/.config/tallystick/trusted)",
    )
    parser.add_argument(
        "--html", metavar="FILE", type=Path, help="write the report as a page for people, too"
    )
    parser.add_argument(
        "--processes",
        metavar="N",
        type=_positive,
        help="how many work at once on a large export (default: one for each core)",
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _shown(stage: str, done: int, total: int) -> None:
    """Show one line that is written over; the report goes to another stream."""
    of = f" of {total:,}" if total else ""
    sys.stderr.write(f"\r\x1b[K{stage}: {done:,}{of}\r")
    sys.stderr.flush()
