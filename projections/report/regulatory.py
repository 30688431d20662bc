"""Regulatory: whether regulated data or customers were concerned, and who had to agree because of it."""

from __future__ import annotations

from domain.decisions.approvals import added_by
from domain.severity.facts import AffectedScopeConfirmed
from projections.artifacts.rendering import Rendering
from projections.blocks import Blocks, items
from projections.inline import foreign, listed, role
from projections.report.found import began, found
from projections.spans import clock

_KNOWN = {None: "not known", True: "YES", False: "no"}


def blocks(rendering: Rendering) -> Blocks:
    """Return what the commander confirmed last."""
    confirmed = found(rendering, AffectedScopeConfirmed)
    if not confirmed:
        return ()
    item, fact = confirmed[-1]
    added = added_by(fact, rendering.case.policy)
    asked = (f"Had to agree because of it: {listed(map(role, added))}",) if added else ()
    return items(
        (
            f"Regulated data affected: {_KNOWN[fact.regulated_data]}",
            f"Customers must be notified: {_KNOWN[fact.customer_notification]}",
            f"Kinds of data concerned: {listed(map(foreign, fact.data_classes), 'none named')}",
            *asked,
            f"Confirmed by {item.authid} at {clock(item.recordedtime, began(rendering))}",
        )
    )
