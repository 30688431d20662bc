"""What every artifact says first: that it is a drill, that nobody else looked (R-DRILL-01, R-PROF-01)."""

from __future__ import annotations

from projections.incident_list import Row

DRILL = "Drill: this incident is an exercise."
SOLO = "Profile solo: no separation of duties."


def banners(row: Row) -> tuple[str, ...]:
    """Return the banners of an incident."""
    return (*((DRILL,) if row.drill else ()), *((SOLO,) if row.profile == "solo" else ()))


def said_first(row: Row) -> tuple[str, ...]:
    """Return the banners as paragraphs of Markdown, below a heading."""
    return tuple(f"**{banner}**\n" for banner in banners(row))
