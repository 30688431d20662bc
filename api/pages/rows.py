"""Every page, each from the module that draws it."""

from __future__ import annotations

from api.pages import act, files, incident, live, reference, start
from api.pages.frame import PageRow

PAGES: tuple[PageRow, ...] = (
    *start.PAGES,
    *incident.PAGES,
    *act.PAGES,
    *live.PAGES,
    *files.PAGES,
    *reference.PAGES,
)
