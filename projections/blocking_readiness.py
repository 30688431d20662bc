"""What execution needs and is not there: blocks execution alone, told from the first minute (R-DEC-65)."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from domain.prerequisite_items import ITEMS, PrerequisiteId
from domain.readiness.evaluating import is_ready
from domain.readiness.evaluator import prerequisites
from domain.readiness.facts import PrerequisiteState, Status
from projections.blocker import Blocker, blocker
from projections.look import Look


class MissingPrerequisite(Struct, frozen=True, kw_only=True):
    """An item that does not hold; one that ``blocks`` has to before anything is executed."""

    id: str
    text: str
    status: Status
    item_class: str
    blocks: bool
    holds_by: tuple[str, ...]


def banner(look: Look) -> tuple[MissingPrerequisite, ...]:
    """Return the items that do not hold, those that block first."""
    now = prerequisites(look.incident, look.policy, look.at)
    found = [
        _missing(state, look, blocks=state.id in now.missing)
        for state in now.items
        if state.status not in ("present", "attested", "not_applicable")
    ]
    return tuple(sorted(found, key=lambda item: not item.blocks))


def missing_prerequisites(look: Look) -> Iterable[Blocker]:
    """Yield each item that blocks and that somebody can attest.

    What holds by approvals is not named beside the approvals that are missing.
    """
    if is_ready(look.incident, look.context):
        return
    awaited = not look.lets_through("mitigation_readiness")
    for item in banner(look):
        if item.blocks and "attestation" in item.holds_by and not (awaited and "approvals" in item.holds_by):
            yield blocker(
                look,
                "PREREQUISITE_MISSING",
                f"{item.id} is {item.status}: {item.text}.",
                "verify-item",
                item=item.id,
            )


def _missing(state: PrerequisiteState, look: Look, *, blocks: bool) -> MissingPrerequisite:
    known: dict[str, PrerequisiteId] = {item: item for item in ITEMS}
    item = known[state.id]
    return MissingPrerequisite(
        id=state.id,
        text=ITEMS[item].text,
        status=state.status,
        item_class=state.item_class,
        blocks=blocks,
        holds_by=look.policy.prerequisites.items[item].holds_by,
    )
