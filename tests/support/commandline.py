"""The command line in this process: what it printed, and the exit code of the table."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

from tallystick.cli import main


class Ran(NamedTuple):
    """How one command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def fine(self) -> Ran:
        """Return this if the command ended well; fail the test with what it said otherwise."""
        assert self.code == 0, f"exit {self.code}\n{self.out}{self.err}"
        return self


def run(*argv: str | Path) -> Ran:
    """Return how ``tallystick *argv`` ended; neither output is a terminal."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    with redirect_stdout(out), redirect_stderr(err):
        code = main([str(word) for word in argv])
    return Ran(code, _written(out), _written(err))


def _written(stream: io.TextIOWrapper) -> str:
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode()


class Tally:
    """The command line on one home."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def __call__(self, *argv: str | Path) -> Ran:
        return run(*argv, "--home", self.home)

    def opened(self, title: str = "Checkout answers slowly", **fields: str) -> str:
        """Open an incident and return its number."""
        words = [f"{name}={value}" for name, value in {"environment": "production", **fields}.items()]
        return str(self("act", "new", "open", f"title={title}", *words, "--json").fine().json["number"])
