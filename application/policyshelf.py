"""The policies that incidents pin, by their SHA-256: parsed once, for the bytes never change (R-CFG-04)."""

from __future__ import annotations

import threading

from application.blobs import ReadBlobs
from domain.policy import Policy
from projections.policyfile import parse_policy


class PolicyShelf:
    """Every policy that was ever pinned, from the blobs. Threads may share it."""

    def __init__(self, blobs: ReadBlobs) -> None:
        self._blobs = blobs
        self._known: dict[str, Policy] = {}
        self._guard = threading.Lock()  # guards _known

    def get(self, sha256: str) -> Policy:
        """Return a policy; raises `IntegrityError` when its bytes are gone or others, and `ConfigError`."""
        with self._guard:
            known = self._known.get(sha256)
        if known is not None:
            return known
        policy = parse_policy(self._blobs.get(sha256), f"policy {sha256[:16]}")
        with self._guard:
            self._known[sha256] = policy
        return policy
