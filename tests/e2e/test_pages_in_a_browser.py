"""Every page in a real browser: nobody is kept out, nothing is cut off, and it works without a script."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.support.browser import DESK, PHONE, WALL, chromium, visiting
from tests.support.serving import served
from tests.support.stories import Person
from tests.support.tales import Stage, Tale

SIZES = {"phone": PHONE, "desk": DESK, "wall": WALL}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def url(stage: Stage) -> Iterator[str]:
    assert stage.world.app is not None
    with served(stage.world.app) as found:
        yield found


@pytest.fixture(scope="module")
def tale(stage: Stage) -> Tale:
    """An incident with something of everything, and a restricted title that would be markup."""
    told = stage.tell("executing")
    told.export()  # whoever exports waits for a checkpoint
    return told


@pytest.fixture(scope="module")
def reader(stage: Stage) -> Person:
    """Somebody who may see every page."""
    return stage.world.add("vera", "responder", "auditor")


def alert_of(tale: Tale) -> str:
    view = tale.story.world.ask(tale.cast.carol, "GET", f"/v1/incidents/{tale.incident.stream}").json
    return str(view["alerts"][0]["alert"])


def paths(tale: Tale) -> dict[str, str]:
    """Return every page by name."""
    incident = f"/incidents/{tale.incident.stream}"
    return {
        "start": "/",
        "incident": incident,
        "log": "/log",
        "fact": "/log/facts/4",
        "verify": "/log/verify",
        "replay": f"{incident}/replay?at_version=20",
        "diff": f"{incident}/diff?from=5&to=25",
        "evidence": f"{incident}/evidence",
        "report": f"{incident}/report",
        "numbers-of-incident": f"{incident}/numbers",
        "numbers": "/numbers",
        "people": "/people",
        "alert": f"/alerts/{alert_of(tale)}",
        "act": f"{incident}/act/propose-plan",
        "open": "/open",
        "docs": "/docs",
        "problem": "/incidents/INC-999",
    }


PAGES = (
    "start",
    "incident",
    "act",
    "open",
    "replay",
    "diff",
    "evidence",
    "report",
    "numbers-of-incident",
    "numbers",
    "people",
    "alert",
    "log",
    "fact",
    "verify",
    "docs",
    "problem",
)


LOOKS = [("phone", "light"), ("desk", "dark")]
LONG = {"docs"}
"""Pages on which one look takes many seconds."""


def looks() -> list[Any]:
    """Return what to look at: each page in one of two ways, and in all when there is time (`make soak`)."""
    soak = pytest.mark.soak
    often = [(name, *LOOKS[at % 2]) for at, name in enumerate(PAGES) if name not in LONG]
    seldom = [(name, size, theme) for name in PAGES for size in SIZES for theme in ("light", "dark")]
    return [*often, *(pytest.param(*one, marks=soak) for one in seldom if one not in often)]


@pytest.mark.parametrize(("name", "size", "theme"), looks())
def test_a_page_has_no_barrier_and_is_not_wider_than_its_window(
    browser: Browser, url: str, reader: Person, tale: Tale, name: str, size: str, theme: str
) -> None:
    with visiting(browser, url, reader, size=SIZES[size], color_scheme=theme) as visitor:
        visitor.page.goto(paths(tale)[name])
        visitor.shot(f"{name}-{size}-{theme}")
        assert visitor.barriers() == []
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert visitor.page.evaluate(wide) == 0


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_read_without_a_script(
    browser: Browser, url: str, reader: Person, tale: Tale, name: str
) -> None:
    with visiting(browser, url, reader, java_script_enabled=False) as visitor:
        visitor.page.goto(paths(tale)[name])
        assert visitor.page.locator("main h1").inner_text()
