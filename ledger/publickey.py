"""Which 32 bytes are a public key that can bind somebody to a signature (RFC 8032, section 5.1.3).

Refused are points off the curve, second spellings of a point, and the points of small order: under those, one
signature fits many messages, so whoever enrolled such a key could deny or claim anything.
"""

from __future__ import annotations

from functools import lru_cache

from ledger.errors import IntegrityError

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
ORDER_8 = 2707385501144840649318225287225658788936804267575313519463743609750303402022
SMALL_ORDER = frozenset({0, 1, P - 1, ORDER_8, P - ORDER_8})  # by y coordinate


def check_public_key(public_key: bytes, place: str) -> None:
    """Return when ``public_key`` is the one spelling of a point that may sign; `IntegrityError` otherwise."""
    if not _may_sign(public_key):
        raise IntegrityError(place, "an Ed25519 public key of 32 bytes", public_key[:64].hex())


@lru_cache(maxsize=256)
def _may_sign(public_key: bytes) -> bool:
    y = int.from_bytes(public_key, "little") & (2**255 - 1)
    return len(public_key) == 32 and y < P and y not in SMALL_ORDER and _on_curve(y)


def _on_curve(y: int) -> bool:
    # x² = (y² − 1) / (d·y² + 1) has a root iff Euler's criterion gives 1.
    square = (y * y - 1) * pow(D * y * y + 1, -1, P)
    return pow(square, (P - 1) // 2, P) == 1
