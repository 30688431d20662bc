"""How fast a browser verifies an export, beside the verifier in Python; needs Chromium, so it runs by hand:

python -m benchmarks.browser
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from time import perf_counter

from playwright.sync_api import Page

from benchmarks.table import Table
from ledger.note import format_vkey
from tests.support.browser import chromium, visiting
from tests.support.engines import client_in
from tests.support.exports import INCIDENT, VKEY
from tests.support.forgedincidents import incident_content, record_heads
from tests.support.forging import ForgedLog
from tests.support.serving import served
from tests.support.zips import zipped
from verifier import verify
from verifier.archive import Archive

EVENTS = 5_000
RUNS = 3
SIZE = {"note": "x" * 500}
LONGEST = """() => {
  globalThis.longest = 0;
  let last = performance.now();
  setInterval(() => {
    globalThis.longest = Math.max(globalThis.longest, performance.now() - last);
    last = performance.now();
  }, 5);
}"""


def exports() -> Iterator[tuple[str, Mapping[str, bytes]]]:
    """Yield a ledger and an incident of so many events, none of which a program knows the type of."""
    log = ForgedLog()
    for number in range(EVENTS - 2):
        log.add(INCIDENT if number % 2 else f"alert-{number % 20}", dict(SIZE))
    record_heads(log)
    yield "a whole ledger", log.content()
    alone = ForgedLog()
    for _ in range(EVENTS - 2):
        alone.add(INCIDENT, dict(SIZE))
    record_heads(alone)
    yield "one incident", incident_content(alone, ("keys", "heads", INCIDENT))


def measure() -> Table:
    """Return the section on verifying in a browser."""
    rows = list[tuple[str, ...]]()
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        client_in(Path(folder) / "home") as client,
        served(client.http.app) as url,  # type: ignore[arg-type] # a test client has any application
        chromium() as browser,
        visiting(browser, url) as visitor,
    ):
        for name, content in exports():
            path = Path(folder) / "export.zip"
            path.write_bytes(zipped(content))
            in_python = _python(path.read_bytes())
            times = [_browser(visitor.page, path) for _ in range(RUNS)]
            longest = max(pause for _, pause in times)
            rate, other = EVENTS / min(time for time, _ in times), EVENTS / in_python
            rows.append((name, f"{rate:,.0f}", f"{other:,.0f}", f"{longest:.0f} ms"))
    about = f"Exports of {EVENTS:,} events of about 1 kB, as a ZIP; the worker's start and the file's reading included."
    header = ("export", "events a second in Chromium", "in Python", "longest pause of the page")
    return Table("Verifying in a browser", about, header, rows)


def _python(data: bytes) -> float:
    """Return how many seconds the verifier in Python takes, at best."""
    times = []
    for _ in range(RUNS):
        started = perf_counter()
        assert verify(Archive(io.BytesIO(data)), log_keys=(VKEY,)).verdict == "valid"
        times.append(perf_counter() - started)
    return min(times)


def _browser(page: Page, path: Path) -> tuple[float, float]:
    """Return how many seconds the browser takes, and the longest pause of the page in milliseconds."""
    page.goto("/log/verify")
    page.evaluate(LONGEST)
    page.locator("#zip").set_input_files(path)
    page.get_by_label("Your verifier key").fill(format_vkey(VKEY))
    started = perf_counter()
    page.get_by_role("button", name="Verify in this browser").click()
    page.locator("#verify-summary[data-verdict=valid]").wait_for(timeout=120_000)
    return perf_counter() - started, float(page.evaluate("globalThis.longest"))


if __name__ == "__main__":
    print(measure().markdown())
