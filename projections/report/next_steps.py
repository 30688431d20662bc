"""Next steps: what is to be done after the incident, by whom, until when."""

from __future__ import annotations

from domain.resolution.facts import ActionItemRecorded
from projections.artifacts.rendering import Rendering
from projections.blocks import Blocks, items
from projections.placeholder import placeholder
from projections.report.terms import ITEMS
from projections.spans import day


def blocks(rendering: Rendering) -> Blocks:
    """Return the action items as they stand."""
    return items(map(_item, rendering.incident.resolution.items.values()))


def _item(fact: ActionItemRecorded) -> str:
    owner = "nobody yet" if fact.owner is None else fact.owner
    due = "" if fact.due_on is None else f", due {day(fact.due_on)}"
    return f"{placeholder(fact.title)} ({ITEMS[fact.status]}; {owner}{due})"
