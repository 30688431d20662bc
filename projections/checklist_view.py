"""The rollback checklist: each item, who said what of it, and whether that still counts (R-GATE-20)."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from domain.facts import Fact
from domain.gates.criterion import Case
from domain.planning.checklist import items, listed
from domain.planning.facts import ItemCategory, Result, RollbackPrerequisiteVerified
from domain.recorded import Stamped, UnknownFact
from projections.told import Text, optional_text

Facts = tuple[Stamped[Fact | UnknownFact], ...]


class ItemSaid(Struct, frozen=True, kw_only=True):
    """What somebody said of an item, good until ``expires_at``."""

    by: str
    role: str
    result: Result
    source: str
    at: str
    version: int
    expires_at: str
    justification: Text | None


class ItemShown(Struct, frozen=True, kw_only=True):
    """One item of the checklist; ``stale`` when its result expired or is of an older revision."""

    item_id: str
    category: ItemCategory
    title: Text | None
    source_protocol: str | None
    bound: bool
    status: Result | None
    stale: bool
    verified: bool
    said: tuple[ItemSaid, ...]


def checklist(facts: Iterable[Stamped[Fact | UnknownFact]], case: Case) -> tuple[ItemShown, ...]:
    """Return the items that must be verified, those included that the plan lacks."""
    known = tuple(facts)
    rows = zip(
        listed(case.incident, case.policy),
        items(case.incident, case.policy, case.at),
        strict=True,
    )
    return tuple(
        ItemShown(
            item_id=item.item_id,
            category=item.category,
            title=optional_text(item.title),
            source_protocol=item.source_protocol,
            bound=item.bound,
            status=standing.status,
            stale=standing.stale,
            verified=standing.verified,
            said=_said(item.item_id, known),
        )
        for item, standing in rows
    )


def _said(item_id: str, facts: Facts) -> tuple[ItemSaid, ...]:
    return tuple(
        ItemSaid(
            by=item.authid,
            role=item.fact.role,
            result=item.fact.result,
            source=item.fact.source,
            at=item.recordedtime,
            version=item.version,
            expires_at=item.fact.expires_at,
            justification=optional_text(item.fact.justification),
        )
        for item in facts
        if isinstance(item.fact, RollbackPrerequisiteVerified) and item.fact.item_id == item_id
    )
