"""The policy in the bytes of a file.

It is among the projections because verdicts are derived from two things, facts and the policy that an
incident pins: whoever recomputes them, the offline verifier too, reads both (R-CFG-04).
"""

from __future__ import annotations

from domain.policy import Policy
from projections.strictyaml import parse


def parse_policy(data: bytes, place: str) -> Policy:
    """Return the policy in the bytes of a file; ``place`` is its name, for errors. Raises `ConfigError`."""
    return parse(data, Policy, place)
