"""The hash that approvals bind to (R-EVT-16, docs/decisions/0015)."""

from __future__ import annotations

import hashlib

import msgspec

from domain.planning.facts import MitigationPlanProposed
from domain.prose import proses


def plan_sha256(fact: MitigationPlanProposed) -> str:
    """Return what approvals bind to: SHA-256 of the canonical JSON of the recorded plan's ``data``.

    Texts enter by their commitments, so the hash says nothing about them and outlives their erasure.
    Raises ValueError while any text is clear.
    """
    if any(part.c is None for part in proses(fact)):
        raise ValueError("plan: expected every text sealed, found clear text")
    return hashlib.sha256(msgspec.json.encode(fact, order="sorted")).hexdigest()
