"""Apache Kafka's jars, copied once from Maven Central into ``tests/broker/.cache``; as a program it fetches.

`make test` does that before any test runs, so that a slow download counts against no test's time.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.tree import ROOT

VERSION = "4.3.1"
FOLDER = ROOT / "tests" / "broker"
CACHE = FOLDER / ".cache"
PATIENCE_S = 600


class NoJars(Exception):
    """Why there is no Apache Kafka here."""


def jars() -> Path:
    """Return the folder of the jars; without them the test is skipped, or fails in CI."""
    try:
        return fetched()
    except NoJars as error:
        if os.environ.get("CI") == "true" or os.environ.get("TALLYSTICK_TEST_TOOLS") == "required":
            pytest.fail(str(error))
        pytest.skip(str(error))


def fetched() -> Path:
    """Return the folder of the jars, fetched if they are not there; raises `NoJars`."""
    _program("java", "openjdk-17-jre-headless")
    libs = CACHE / VERSION
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of several processes one fetches
        if not libs.is_dir():
            _fetch(_program("mvn", "maven"), libs)
    return libs


def _program(command: str, package: str) -> str:
    found = shutil.which(command)
    if found is None:
        raise NoJars(f"Apache Kafka needs {command}, which is not here; on Debian: apt-get install {package}")
    return found


def _fetch(maven: str, libs: Path) -> None:
    partial = libs.with_name(f"{VERSION}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={partial}"]
    command = [maven, "-q", "-B", "-f", str(FOLDER / "pom.xml"), *goal]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise NoJars(f"Apache Kafka could not be fetched within {PATIENCE_S} s") from error
    if done.returncode != 0:
        raise NoJars(f"Apache Kafka could not be fetched:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    partial.rename(libs)


if __name__ == "__main__":
    try:
        fetched()
    except NoJars as missing:
        sys.exit(str(missing))
