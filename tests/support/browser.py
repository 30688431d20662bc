"""Debian's Chromium, driven by Playwright: one browser a module, a fresh context for each visitor.

Nothing but this machine is reached: the browser looks up no names, and what it asks for in the background is
switched off. A page that logs an error, or asks for another origin, fails its test.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from tests.support import tools
from tests.support.stories import Person

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
PHONE, DESK, WALL = (360, 640), (1280, 800), (3840, 2160)
"""Widths and heights at which pages are looked at: a telephone, a desk, a 4K wall."""

SHOTS = os.environ.get("SCREENSHOTS")
"""A folder where screenshots go, if anybody wants to look at them."""

EXPECTED_STATUSES = "the server responded with a status of"
"""Chromium logs each answer of 4xx as an error; whether one is right is for the test to say."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser, and end it with the block."""
    path = tools.tool("chromium", "chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


class Visitor:
    """Somebody who looks at pages of one service in a browser of their own; ``errors`` is what went wrong."""

    def __init__(self, browser: Browser, url: str, **options: Any) -> None:
        size = options.pop("size", DESK)
        self.url = url
        self.errors: list[str] = []
        self.foreign: list[str] = []
        self.context = browser.new_context(
            base_url=url, viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce", **options
        )
        self.context.set_default_timeout(15_000)
        self.page: Page = self.context.new_page()
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", self._asked)

    def sign_in(self, who: Person) -> None:
        """Paste a token, as a person would."""
        self.page.goto("/")
        self.page.get_by_label("Token").fill(who.token)
        self.page.get_by_role("button", name="Sign in").click()

    def shot(self, name: str) -> None:
        """Take a screenshot of the whole page, where anybody wants to see it."""
        if SHOTS:
            folder = Path(SHOTS)
            folder.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=folder / f"{name}.png", full_page=True)

    def barriers(self) -> list[str]:
        """Return what axe-core finds that would keep somebody from using this page."""
        found = Axe().run(self.page).response["violations"]
        return [f"{it['id']}: {it['help']}: {[node['target'] for node in it['nodes']]}" for it in found]

    def close(self) -> None:
        """Leave; raises if any page logged an error or asked another origin."""
        self.context.close()
        assert not self.errors, self.errors
        assert not self.foreign, self.foreign

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and EXPECTED_STATUSES not in message.text:
            self.errors.append(message.text)

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.foreign.append(request.url)


@contextmanager
def visiting(browser: Browser, url: str, who: Person | None = None, **options: Any) -> Iterator[Visitor]:
    """A visitor, signed in as somebody, who leaves at the end of the block."""
    visitor = Visitor(browser, url, **options)
    try:
        if who is not None:
            visitor.sign_in(who)
        yield visitor
    except BaseException:
        visitor.context.close()
        raise
    visitor.close()
