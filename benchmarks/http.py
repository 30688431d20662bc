"""Writes over HTTP at 32 connections against an empty FastAPI route on the same server."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.homes import new_home
from benchmarks.measure import RUNS
from benchmarks.table import Table
from tallystick.settings import Settings
from tests.support.processes import accepts, free_port, wait_until

CONNECTIONS = 32
REQUESTS = 60
BODY = json.dumps({"action": "add-timeline-entry", "text": "Traffic moved to region B; errors fall."})

EMPTY = """
import sys, uvicorn
from fastapi import FastAPI, Request
app = FastAPI(docs_url=None, openapi_url=None)
@app.post("/empty")
async def empty(request: Request):
    await request.body()
    return {}
uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", access_log=False, loop="uvloop", http="httptools")
"""


def measure() -> Table:
    """Return the section on HTTP."""
    with empty_server() as port:
        bare = _runs(port, ["/empty"] * CONNECTIONS, "none", "{}")
    with new_home() as settings, served(settings) as port:
        token = settings.place.admin_token.read_text().strip()
        paths = [f"/v1/incidents/{_open(port, token)}/actions" for _ in range(CONNECTIONS)]
        ours = _runs(port, paths, token, BODY)
    rows = [_row("empty route", bare, bare), _row("one action, durable and signed", ours, bare)]
    return Table(
        "HTTP",
        f"{CONNECTIONS} keep-alive connections from another process on the same machine, median of {RUNS} runs. Every "
        "write is decided, sealed, signed and on disk, in the vault and in the log, before it is answered.",
        ("case", "requests a second", "ratio", "p50", "p99"),
        rows,
    )


def _row(case: str, found: dict[str, float], bare: dict[str, float]) -> tuple[str, ...]:
    return (
        case,
        f"{found['rate']:,.0f}",
        f"{found['rate'] / bare['rate']:.2f}",
        f"{found['p50'] * 1000:.1f} ms",
        f"{found['p99'] * 1000:.1f} ms",
    )


def _runs(port: int, paths: list[str], token: str, body: str) -> dict[str, float]:
    command = [
        sys.executable,
        "-m",
        "benchmarks.load",
        str(port),
        ",".join(paths),
        token,
        body,
        str(REQUESTS),
    ]
    runs = [json.loads(subprocess.run(command, capture_output=True, check=True).stdout) for _ in range(RUNS)]
    return {name: statistics.median(run[name] for run in runs) for name in ("rate", "p50", "p99")}


def _open(port: int, token: str) -> str:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/incidents",
        json.dumps({"title": "Benchmark", "environment": "bench", "drill": True}).encode(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        return str(answer.headers["Location"]).rsplit("/", 1)[-1]


@contextmanager
def empty_server() -> Iterator[int]:
    """A FastAPI application with one route that does nothing."""
    port = free_port()
    with _process([sys.executable, "-c", EMPTY, str(port)], port):
        yield port


@contextmanager
def served(settings: Settings) -> Iterator[int]:
    """The real service on a home."""
    port = free_port()
    command = [sys.executable, "-m", "tallystick", "serve", "--home", str(settings.home), "--port", str(port)]
    with _process(command, port):
        yield port


@contextmanager
def _process(command: list[str], port: int) -> Iterator[None]:
    # Quiet, as an operator would run it under load: one line a request is the access log's cost, not the ledger's.
    quiet = {**os.environ, "TALLYSTICK_LOG_LEVEL": "WARNING"}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=quiet)
    try:
        wait_until(lambda: accepts(port), 30, f"port {port}")
        yield
    finally:
        process.terminate()
        process.wait(30)
