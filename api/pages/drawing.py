"""Where lines, boxes and labels of the log's drawings go; templates turn them into SVG."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from application.proven import Level
from ledger.store.contract import SignedCheckpoint

LEFT, RIGHT, WIDTH, ROW = 84, 256, 340, 64
CHART = (640, 180)
MARGIN = (8, 24)


class Box(msgspec.Struct, frozen=True):
    """A hash in the drawing: the middle of its box, its short text, and what it is."""

    x: int
    y: int
    text: str
    kind: str


class Tree(msgspec.Struct, frozen=True):
    """An inclusion path from the root at the top to the leaf at the bottom."""

    height: int
    boxes: tuple[Box, ...]
    lines: tuple[tuple[int, int, int, int], ...]
    width: int = WIDTH


class Chart(msgspec.Struct, frozen=True):
    """A line that climbs with the log, with what it goes from and to."""

    points: str
    area: str
    first: SignedCheckpoint
    last: SignedCheckpoint
    width: int = CHART[0]
    height: int = CHART[1]


def tree(leaf: bytes, levels: Sequence[Level]) -> Tree:
    """Return the drawing of a path: on each row a hash of the path and the one beside it."""
    hashes = [leaf, *(level.node for level in levels)]
    boxes, lines = list[Box](), list[tuple[int, int, int, int]]()
    x, y = WIDTH // 2, ROW // 2
    kinds = ["leaf", *["node"] * (len(levels) - 1), "root"] if levels else ["root"]
    boxes.append(Box(x, y, _short(hashes[-1]), kinds[-1]))
    for number in range(len(levels) - 1, -1, -1):
        level, below = levels[number], y + ROW
        own, beside = (RIGHT, LEFT) if level.is_left else (LEFT, RIGHT)
        lines += [(x, y, own, below), (x, y, beside, below)]
        boxes.append(Box(own, below, _short(hashes[number]), kinds[number]))
        boxes.append(Box(beside, below, _short(level.sibling), "sibling"))
        x, y = own, below
    return Tree(y + ROW // 2, tuple(boxes), tuple(lines))


def chart(samples: Sequence[SignedCheckpoint]) -> Chart | None:
    """Return the drawing of growth over time; None where there is no time between first and last."""
    if len(samples) < 2:
        return None
    times = [datetime.fromisoformat(one.signed_at).timestamp() for one in samples]
    span, most = times[-1] - times[0], samples[-1].size
    if span <= 0:
        return None
    width, height = CHART[0] - 2 * MARGIN[0], CHART[1] - 2 * MARGIN[1]
    steps, before = list[tuple[float, float]](), None
    for time, one in zip(times, samples, strict=True):
        x, y = MARGIN[0] + width * (time - times[0]) / span, MARGIN[1] + height * (1 - one.size / most)
        if before is not None:
            steps.append((x, before))
        steps.append((x, y))
        before = y
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in steps)
    floor = MARGIN[1] + height
    area = f"{MARGIN[0]},{floor} {points} {CHART[0] - MARGIN[0]},{floor}"
    return Chart(points, area, samples[0], samples[-1])


def _short(hash_: bytes) -> str:
    return f"{hash_.hex()[:10]}…"
