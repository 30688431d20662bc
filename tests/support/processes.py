"""Child processes for tests: started in a session of their own, their output kept, ended by their own id."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from typing import TYPE_CHECKING

from tests.support.tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


class Child:
    """One running process and the file its output goes to (both streams, in order)."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self.log = log

    @property
    def pid(self) -> int:
        """The id of the process, which is also the id of its session and its group."""
        return self.process.pid

    def output(self) -> str:
        """Return what the process has written so far."""
        return self.log.read_text(errors="replace")

    def wait(self, timeout_s: float = 30) -> int:
        """Return the exit status, waiting for it; a slow process fails the test with its output."""
        try:
            return self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {timeout_s} s:\n{self.output()}") from None

    def kill(self) -> None:
        """End the process and those it started, as a power cut would."""
        # A group outlives its first process while any other of it runs; with none left there is no group.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self, timeout_s: float = 15) -> int:
        """Ask the process to end, as an operator would, and return its exit status."""
        self.process.terminate()
        return self.wait(timeout_s)


class Children:
    """The processes of one test."""

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self.started: list[Child] = []

    def start(self, *command: str | Path, env: Mapping[str, str] | None = None, cwd: Path = ROOT) -> Child:
        """Return the running ``command``; ``env`` is added to the environment of the tests."""
        self.logs.mkdir(exist_ok=True)
        log = self.logs / f"{len(self.started)}.log"
        with log.open("wb") as sink:
            process = subprocess.Popen(
                list(command),
                cwd=cwd,
                env={**os.environ, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        child = Child(process, log)
        self.started.append(child)
        return child

    def stop(self) -> None:
        """End every process that is still running."""
        for child in self.started:
            child.kill()


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(holds: Callable[[], bool], timeout_s: float = 30, what: str = "the condition") -> None:
    """Return as soon as ``holds()``; fail the test when it does not within ``timeout_s``."""
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline, f"{what} did not hold within {timeout_s} s"
        time.sleep(0.02)


def accepts(port: int) -> bool:
    """Return whether somebody listens on ``port`` of 127.0.0.1."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
