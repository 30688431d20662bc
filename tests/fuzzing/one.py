"""Fuzzes one target: ``python -m tests.fuzzing.one NAME SECONDS CORPUS``; what it fails on is left there.

With atheris, which watches which lines a change reaches; without it, with changes at random.
"""

from __future__ import annotations

import sys
from hashlib import sha256
from pathlib import Path
from random import Random

try:
    import atheris
except ImportError:  # no wheel for this Python or machine
    atheris = None


def main(name: str, seconds: int, corpus: Path) -> int:
    """Return 0 when the target held out."""
    if atheris is None:
        return _at_random(name, seconds, corpus)
    with atheris.instrument_imports(include=["domain", "ledger", "projections", "verifier"]):
        from tests.fuzzing.targets import TARGETS  # noqa: PLC0415 - what is imported here is watched
    target = TARGETS[name]
    for seed in target.seeds:
        (corpus / sha256(seed).hexdigest()).write_bytes(seed)
    options = [f"-max_total_time={seconds}", "-max_len=65536", "-timeout=60", "-rss_limit_mb=4096"]
    atheris.Setup(
        [name, *options, "-print_final_stats=1", f"-artifact_prefix={corpus}-", str(corpus)], target.run
    )
    atheris.Fuzz()
    return 0


def _at_random(name: str, seconds: int, corpus: Path) -> int:
    from tests.fuzzing.mutating import fuzz  # noqa: PLC0415 - as above
    from tests.fuzzing.targets import TARGETS  # noqa: PLC0415 - as above

    runs, failed = fuzz(TARGETS[name], seconds, Random())
    print(f"{name}: {runs} runs at random")
    if failed is None:
        return 0
    Path(f"{corpus}-crash-{sha256(failed).hexdigest()}").write_bytes(failed)
    TARGETS[name].run(failed)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])))
