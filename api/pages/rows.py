"""Every page, each from the module that draws it."""

from __future__ import annotations

from api.pages import (
    act,
    alert,
    diff,
    evidence,
    fact,
    files,
    incident,
    live,
    log,
    numbers,
    people,
    reference,
    replay,
    report,
    start,
)
from api.pages.frame import PageRow

PAGES: tuple[PageRow, ...] = (
    *start.PAGES,
    *incident.PAGES,
    *log.PAGES,
    *fact.PAGES,
    *act.PAGES,
    *live.PAGES,
    *files.PAGES,
    *replay.PAGES,
    *diff.PAGES,
    *evidence.PAGES,
    *report.PAGES,
    *numbers.PAGES,
    *alert.PAGES,
    *people.PAGES,
    *reference.PAGES,
)
