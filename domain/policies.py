"""The policy that a decision reads: the one the incident pins, brought by whoever asks (R-CFG-04)."""

from __future__ import annotations

from domain.context import Context
from domain.policy import Policy


def policy_of(context: Context) -> Policy:
    """Return the policy; whoever decides on an incident that is declared has to bring it."""
    if context.policy is None:
        raise ValueError("context: expected the incident's policy, found none")
    return context.policy
