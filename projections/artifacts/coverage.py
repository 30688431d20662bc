"""Which artifacts a manifest has to list, and which of them are not there (R-DEC-49, R-MAN-01, R-TRN-24)."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from domain.gates.documentation import OF_MITIGATION
from domain.ratio import Ratio
from projections.artifacts.artifact import Artifact
from projections.artifacts.rendering import Rendering
from projections.artifacts.row import Row


class Coverage(Struct, frozen=True, kw_only=True):
    """``missing`` are file names, and ``evidence:`` with the id of a piece whose bytes do not hold."""

    required: int
    present: int
    missing: tuple[str, ...]
    ratio: Ratio


def coverage(rendering: Rendering, rows: Iterable[Row], made: Iterable[Artifact]) -> Coverage:
    """Return how much of what ``rows`` require is among the artifacts that were ``made``, and holds."""
    there = {artifact.row.name for artifact in made}
    wanted = [row.name for row in rows if row.required and _applies(row, rendering)]
    pieces = rendering.incident.rootcause.evidence
    broken = [f"evidence:{name}" for name, piece in pieces.items() if piece.checked and not piece.ok]
    missing = (*(name for name in wanted if name not in there), *broken)
    required = len(wanted) + len(pieces)
    return Coverage(
        required=required,
        present=required - len(missing),
        missing=missing,
        ratio=Ratio(required - len(missing), required),
    )


def _applies(row: Row, rendering: Rendering) -> bool:
    return not (rendering.incident.standing.not_required and row.step in OF_MITIGATION)
