"""``make fuzz``: every target in turn, ten minutes in all; ``ARGS="--seconds=30 zip note"`` less, and fewer.

What a target fails on is kept in ``tests/vectors/fuzzed/<target>/``, where the tests try it again.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

from tests.fuzzing.targets import KEPT, TARGETS


def main() -> int:
    """Return 0 when every target held out."""
    parser = argparse.ArgumentParser(prog="make fuzz")
    parser.add_argument("--seconds", type=int, default=600, help="in all")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    given = parser.parse_args()
    names = given.targets or [*TARGETS]
    failed = [name for name in names if not _holds(name, max(1, given.seconds // len(names)))]
    print(f"{len(names) - len(failed)} of {len(names)} targets held out", *failed)
    return 1 if failed else 0


def _holds(name: str, seconds: int) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, name)
        corpus.mkdir()
        command = [sys.executable, "-m", "tests.fuzzing.one", name, str(seconds), str(corpus)]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        lines = (ran.stdout + ran.stderr).splitlines()
        runs = next((line for line in lines if "executed_units" in line or "runs at random" in line), "")
        print(f"{'held out' if ran.returncode == 0 else 'FAILED':<9} {name:<18} {runs}", flush=True)
        if ran.returncode != 0:
            print("\n".join(lines[-40:]))
        for found in Path(folder).glob(f"{name}-*"):
            _keep(name, found.read_bytes())
    return ran.returncode == 0


def _keep(name: str, data: bytes) -> None:
    (KEPT / name).mkdir(parents=True, exist_ok=True)
    path = KEPT / name / sha256(data).hexdigest()[:16]
    path.write_bytes(data)
    print(f"kept as {path}")


if __name__ == "__main__":
    sys.exit(main())
