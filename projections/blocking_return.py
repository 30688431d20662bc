"""What a step waits for that the incident was sent back to: what stood before the return moves it no more."""

from __future__ import annotations

from collections.abc import Iterable

from domain.crew.crew import COMMANDER
from domain.planning.checklist import items
from projections.blocker import Blocker, blocker
from projections.blocking_agreement import scope_fields
from projections.blocking_planning import TEMPLATE
from projections.look import Look


def scope_again(look: Look) -> Iterable[Blocker]:
    """Yield that the scope has to be confirmed once more: what was agreed stays agreed (R-TRN-20)."""
    standing = look.incident.standing
    if standing.agreed and _is_older(look, standing.agreed, standing.scoped):
        yield blocker(
            look,
            "SENT_BACK",
            "The incident was sent back here: confirm anew what is affected, or begin a new round.",
            "confirm-scope",
            who=(COMMANDER,),
            **scope_fields(look),
        )


def plan_again(look: Look) -> Iterable[Blocker]:
    """Yield that another revision of the plan is wanted."""
    if _is_older(look, look.incident.standing.planned):
        yield blocker(
            look,
            "SENT_BACK",
            "The incident was sent back here: propose the plan anew, as it should be.",
            "propose-plan",
            **TEMPLATE,
        )


def verify_again(look: Look) -> Iterable[Blocker]:
    """Yield an item to verify where the checklist itself says nothing: verified before, or waived."""
    counted = [item for item in items(look.incident, look.policy, look.at) if item.counts]
    still_open = [item for item in counted if not item.verified]
    ready, back = look.incident.standing.ready, _back(look)
    if ready > back or (still_open and not look.lets_through("mitigation_readiness")):
        return
    if not counted:
        yield blocker(
            look,
            "ROLLBACK_PREREQ_UNMET",
            "No item of the rollback checklist applies: propose a plan that has some.",
            "propose-plan",
            **TEMPLATE,
        )
        return
    item = (still_open or counted)[0]
    yield blocker(
        look,
        "SENT_BACK",
        f"The incident was sent back here: verify the checklist again, {item.item_id} to begin with.",
        "verify-item",
        item=item.item_id,
    )


def _back(look: Look) -> int:
    """Return the version in which the incident was last sent back to its state, or 0."""
    return look.incident.standing.returns.get(look.incident.state, 0)


def _is_older(look: Look, *marks: int) -> bool:
    """Return whether all that moves the incident on is there, and older than the return."""
    return all(marks) and max(marks) <= _back(look)
