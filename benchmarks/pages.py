"""The pages in a real browser: how soon they are there, how soon others see what was recorded, what they weigh."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
from playwright.sync_api import Browser, Page

from api.app import create_app
from application.engine import Engine
from application.ids import new_id
from application.recording import Decided, Item, Recording, record
from application.steps import run
from benchmarks.homes import PERSON, entry, fill_incident, new_home
from benchmarks.table import Table
from consumers.webhook import SOURCES
from tallystick.wiring import open_engine
from tests.support.browser import chromium
from tests.support.engines import COMMANDER, TOKENS
from tests.support.serving import served

INCIDENTS = 10_000
FACTS = 10_000
VISITS = 20
BATCH = 500
TIMES = """() => {
  const [it] = performance.getEntriesByType("navigation");
  return [it.responseStart - it.requestStart, it.domContentLoadedEventEnd, it.loadEventEnd, it.transferSize];
}"""


def measure() -> Table:
    """Return the section on pages."""
    with new_home() as settings, open_engine(settings) as engine, chromium() as browser:
        room = _long(engine)
        for _ in range(INCIDENTS - 1):
            fill_incident(engine, 1)
        app = create_app(engine, TOKENS, sources=SOURCES, version="0.0.0")
        with served(app) as url, _visitor(browser, url) as page:
            rows = [_visits(page, "an answer without a page", "/healthz")]
            rows += [
                _visits(page, f"the list of {INCIDENTS:,} incidents", "/"),
                _visits(page, "the list, searched in titles", "/?find=checkout"),
                _visits(page, f"the room of an incident of {FACTS:,} facts", f"/incidents/{room}"),
            ]
            rows += [_live(page, url, room), _weight(url)]
    return Table(
        "Pages",
        "Debian's Chromium without a window, on the same machine as the service. Usable: all of the page and its "
        "scripts are there and have run. The first visit of each is not counted: it folds what later ones find "
        "folded. Aim: usable in 300 ms, a first visit under 100 kB.",
        ("case", "first byte", "usable", "loaded", "transferred"),
        rows,
    )


@contextmanager
def _visitor(browser: Browser, url: str) -> Iterator[Page]:
    context = browser.new_context(base_url=url)
    page = context.new_page()
    page.goto("/")
    page.get_by_label("Token").fill(COMMANDER)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_load_state()
    try:
        yield page
    finally:
        context.close()


def _long(engine: Engine) -> str:
    stream = fill_incident(engine, BATCH)
    for _ in range(FACTS // BATCH - 1):
        items = tuple(Item(fact=entry(n), id=new_id(), incident=stream) for n in range(BATCH))
        part = Decided(stream=stream, version=None, items=items)
        recording = Recording(parts=(part,), principal=PERSON, roles=PERSON.roles, now=engine.clock())
        run(record(engine, recording))
    return stream


def _visits(page: Page, case: str, path: str) -> tuple[str, ...]:
    page.goto(path)
    found: list[Any] = []
    for _ in range(VISITS):
        page.goto(path, wait_until="load")
        found.append(page.evaluate(TIMES))
    first, usable, loaded, size = (sorted(column) for column in zip(*found, strict=True))
    return case, _ms(first), _ms(usable), _ms(loaded), f"{statistics.median(size) / 1000:.0f} kB"


def _ms(times: list[float]) -> str:
    return f"{statistics.median(times):.0f} ms (worst {times[-1]:.0f})"


def _live(page: Page, url: str, room: str) -> tuple[str, ...]:
    """Return how long after its sender has the receipt a fact is on the page of somebody else."""
    page.goto(f"/incidents/{room}")
    page.wait_for_selector("#live:has-text('Live')")
    waits: list[float] = []
    with httpx2.Client(base_url=url, headers={"Authorization": f"Bearer {COMMANDER}"}) as client:
        for number in range(VISITS):
            text = f"Seen live, number {number}."
            path = f"/v1/incidents/{room}/actions/add-timeline-entry"
            client.post(path, json={"text": text}).raise_for_status()
            begun = time.perf_counter()
            page.wait_for_selector(f"text={text}", state="attached")
            waits.append((time.perf_counter() - begun) * 1000)
    return f"a fact on somebody else's page of {FACTS:,}", "", _ms(sorted(waits)), "", ""


def _weight(url: str) -> tuple[str, ...]:
    """Return what a first visit transfers: the start page and every file that any page asks for."""
    with httpx2.Client(base_url=url, headers={"Accept-Encoding": "gzip"}) as client:
        page = client.get("/")
        files = {part.split('"')[0] for part in page.text.split('"/static/')[1:]}
        sizes = [int(client.get(f"/static/{name}").headers["content-length"]) for name in files]
    whole = int(page.headers["content-length"]) + sum(sizes)
    return "a first visit, compressed", "", "", "", f"{whole / 1000:.0f} kB"
