"""Changes bytes at random, for where no fuzzer that watches the program is installed."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from time import monotonic

from tests.fuzzing.targets import Target

_PIECES = (b"\n", b"\n\n", b"\x00", b"\xff", b"0", b"-1", b"1e9", b'"', b"[", b"{", b"=", b"=\n", b"\\u0000")


def fuzz(target: Target, seconds: float, random: Random) -> tuple[int, bytes | None]:
    """Run the target for so many seconds; return how often, and the bytes that it failed on, if any."""
    pool, runs, end = list(target.seeds), 0, monotonic() + seconds
    while monotonic() < end:
        data = mutated(random.choice(pool), random)
        runs += 1
        try:
            target.run(data)
        except (Exception, SystemExit):
            return runs, data
        if random.random() < 0.01:
            pool.append(data)  # so that changes add up
            del pool[len(target.seeds) + 200 :]
    return runs, None


def mutated(data: bytes, random: Random) -> bytes:
    """Return the bytes with a few changes."""
    for _ in range(random.choice((1, 1, 1, 2, 4, 8))):
        data = _once(data, random)
    return data


def _once(data: bytes, random: Random) -> bytes:
    start = random.randrange(len(data) + 1)
    end = min(len(data), start + random.choice((1, 2, 8, 64)))
    changes: Sequence[bytes] = (
        data[:start] + data[end:],
        data[:end] + data[start:],
        data[:start] + random.choice(_PIECES) + data[end:],
        data[:start] + random.choice(_PIECES) + data[start:],
        data[:start] + random.randbytes(end - start) + data[end:],
        data[:start] + data[end:] + data[start:end],
        data[:start] + random.randbytes(5) + data[start:],
    )
    return random.choice(changes)
