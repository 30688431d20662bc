"""The policies that incidents pin, from the blobs of an export: parsed when a verdict needs them."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Final

from domain.policy import Policy
from ledger.errors import IntegrityError
from projections.configerror import ConfigError
from projections.policyfile import parse_policy
from verifier.container import Accepted
from verifier.errors import VerifierError

MAX_POLICY: Final = 1 << 18  # bytes; shipped ones have 6,500, and YAML is read slowly
KEPT: Final = 16
"""How many are remembered: a forger may pin another one in each incident, and memory stays flat."""


class PolicyUnread(Exception):
    """Why a policy is not there; what needs it cannot be derived."""


class Policies:
    """Policies by their SHA-256. What is wrong with a file itself is for the step that checks blobs."""

    def __init__(self, source: Accepted) -> None:
        self._source = source
        self.get = lru_cache(maxsize=KEPT)(self._get)

    def need(self, sha256: str) -> Policy:
        """Return a policy; raises `PolicyUnread`."""
        policy = self.get(sha256)
        if isinstance(policy, str):
            raise PolicyUnread(policy)
        return policy

    def _get(self, sha256: str) -> Policy | str:
        """Return a policy, or why there is none."""
        place = f"policy {sha256}"
        try:
            data = self._source.read(self._source.layout.policy(sha256), MAX_POLICY)
            if hashlib.sha256(data).hexdigest() != sha256:
                return f"{place} has other bytes"
            return parse_policy(data, place)
        except ConfigError as error:
            return str(error)
        except (IntegrityError, VerifierError) as error:
            return f"{place} cannot be read: {error}"
