"""What the pieces of evidence come to: a duplicate and what it repeats are one (R-GATE-41, R-TRN-13)."""

from __future__ import annotations

from collections.abc import Mapping

from domain.policy import Policy
from domain.ratio import Ratio
from domain.rootcause.rootcause import Piece, RootCause


def groups(state: RootCause) -> Mapping[str, tuple[Piece, ...]]:
    """Return each piece that repeats none, by id, with those that repeat it."""
    found: dict[str, tuple[Piece, ...]] = {}
    for name, piece in state.evidence.items():
        first = piece.fact.duplicate_of or name
        found[first] = (*found.get(first, ()), piece)
    return found


def has_bytes(piece: Piece) -> bool:
    """Return whether we keep its bytes, so that they can be compared."""
    return piece.fact.content is not None


def kept(pieces: tuple[Piece, ...]) -> bool:
    """Return whether the bytes of one of these were compared last and are as they were."""
    return any(piece.ok for piece in pieces)


def may_be_kept(pieces: tuple[Piece, ...]) -> bool:
    """Return whether one of these is kept, or was not looked at since it was captured."""
    return any(piece.ok or (has_bytes(piece) and not piece.checked) for piece in pieces)


def count(state: RootCause) -> int:
    """Return how many distinct pieces are kept and were compared (R-GATE-41)."""
    return sum(kept(pieces) for pieces in groups(state).values())


def lost(state: RootCause) -> tuple[str, ...]:
    """Return the critical pieces of which no bytes are kept, neither their own nor a duplicate's."""
    return tuple(
        name
        for name, pieces in groups(state).items()
        if any(piece.fact.critical for piece in pieces) and not may_be_kept(pieces)
    )


def lost_files(state: RootCause) -> frozenset[str]:
    """Return the SHA-256 of each file that was missing or damaged when it was compared last."""
    pieces = [piece for piece in state.evidence.values() if piece.checked and not piece.ok]
    contents = [piece.fact.content for piece in pieces if piece.fact.content is not None]
    return frozenset(content.blob.sha256 for content in contents if content.blob is not None)


def kinds_lacking(state: RootCause, policy: Policy) -> tuple[str, ...]:
    """Return the kinds that the policy wants and of which nothing may be kept."""
    had = {pieces[0].fact.kind for pieces in groups(state).values() if may_be_kept(pieces)}
    wanted = policy.gates.resolution_documentation.rca_kinds_required
    return tuple(kind for kind in wanted if kind not in had)


def lacking(state: RootCause, policy: Policy) -> tuple[str, ...]:
    """Return what the collection lacks, in words: distinct pieces, kinds, critical ones, bytes compared."""
    found = groups(state)
    wanted = policy.gates.resolution_documentation.rca_min
    had = sum(may_be_kept(pieces) for pieces in found.values())
    unchecked = [
        name
        for name, pieces in found.items()
        if not kept(pieces) and any(has_bytes(p) and not p.checked for p in pieces)
    ]
    return (
        *((f"{had} of {wanted} pieces",) if had < wanted else ()),
        *(f"kind {kind}" for kind in kinds_lacking(state, policy)),
        *(f"critical {name}" for name in lost(state)),
        *(f"{name} not compared" for name in unchecked),
    )


def whole(state: RootCause) -> Ratio:
    """Return of the distinct pieces of which bytes are kept, how many were compared and are as they were."""
    counted = [pieces for pieces in groups(state).values() if any(map(has_bytes, pieces))]
    return Ratio(sum(kept(pieces) for pieces in counted), len(counted))
