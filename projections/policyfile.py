"""The policy in the bytes of a file.

It is among the projections because verdicts are derived from two things, facts and the policy that an
incident pins: whoever recomputes them, the offline verifier too, reads both (R-CFG-04).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from domain.policy import Policy
from projections.strictyaml import parse

KEPT: Final = 16
"""How many are remembered: there are few, each pinned by many incidents, and YAML is read slowly."""


@lru_cache(maxsize=KEPT)
def parse_policy(data: bytes, place: str) -> Policy:
    """Return the policy in the bytes of a file; ``place`` is its name, for errors. Raises `ConfigError`."""
    return parse(data, Policy, place)
