"""The prerequisites of a policy file: how much each item matters, and what it holds by (R-PRE-41, R-PROF-01).

No file may leave an item out, and none may loosen who has the authority to declare (R-PRE-20) or what
security and compliance approve (R-PRE-22): those can never be downgraded (R-PRE-42).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from domain.policy_terms import Positive
from domain.prerequisite_items import ITEMS, SYSTEM_ITEMS, PrerequisiteId

Weight = Literal["required", "expected", "info", "conditional"]
"""``required`` halts while it is not met, ``expected`` warns, ``info`` is shown; ``conditional`` is
required where the incident touches what it is about."""

Way = Literal["attestation", "declaration", "approvals", "template"]
"""Somebody attests it; by declaring; by approving the plan; or the plan's template attests it."""


class Prerequisite(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much one item matters, and the ways of which any one makes it hold."""

    weight: Weight = field(name="class")
    holds_by: Annotated[tuple[Way, ...], Meta(min_length=1)]


_FLOOR: Mapping[PrerequisiteId, tuple[tuple[Weight, ...], tuple[Way, ...]]] = {
    "R-PRE-20": (("required",), ("attestation", "declaration")),
    "R-PRE-22": (("conditional", "required"), ("approvals",)),
}
"""Id -> the classes and the ways that do not loosen it."""


class Prerequisites(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every item of `domain.prerequisite_items`, and how long somebody's word for one is good."""

    attestation_ttl_hours: Positive
    items: dict[PrerequisiteId, Prerequisite]

    def __post_init__(self) -> None:
        """Refuse a list with gaps, a downgrade, and templates that attest what no template can know."""
        for item in ITEMS:
            if item not in self.items:
                raise ValueError(f"items: expected every prerequisite, found no {item}")
        for item, (weights, ways) in _FLOOR.items():
            _check_floor(item, self.items[item], weights, ways)
        for item, row in self.items.items():
            if "template" in row.holds_by and item not in SYSTEM_ITEMS:
                raise ValueError(f"items: expected {item} not to hold by a template, found that it does")


def _check_floor(item: str, row: Prerequisite, weights: tuple[Weight, ...], ways: tuple[Way, ...]) -> None:
    if row.weight not in weights:
        raise ValueError(f"items: expected {item} to be {' or '.join(weights)}, found {row.weight}")
    for way in row.holds_by:
        if way not in ways:
            raise ValueError(f"items: expected {item} to hold by {' or '.join(ways)}, found {way}")
