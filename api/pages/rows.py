"""Every page, each from the module that draws it."""

from __future__ import annotations

from api.pages import fact, incident, log, reference, start
from api.pages.frame import PageRow

PAGES: tuple[PageRow, ...] = (
    *start.PAGES,
    *incident.PAGES,
    *log.PAGES,
    *fact.PAGES,
    *reference.PAGES,
)
