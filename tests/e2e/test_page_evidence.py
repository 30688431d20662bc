"""Evidence, report and numbers in a browser: what is downloaded, what is printed, what stays text."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Download, Page, expect

from tests.support.browser import Visitor, chromium, visiting
from tests.support.serving import served
from tests.support.tales import LOG, Stage, Tale

HOSTILE = "<img src=x onerror=alert(1)> [x](javascript:alert(1)) **b**"
EARLY = "<script>alert(1)</script>"


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
    """An incident to its sealed end, in which people wrote what would be markup."""
    told = stage.tell("executing").recovered().settled()
    told.keep("contributing_factor", HOSTILE, content=EARLY)
    told.captured()
    return told.documented().reviewed().closed()


@pytest.fixture
def visitor(browser: Browser, url: str, stage: Stage) -> Iterator[Visitor]:
    with visiting(browser, url, stage.cast.carol) as found:
        found.page.on("dialog", lambda dialog: pytest.fail(dialog.message))
        yield found


def of(tale: Tale, part: str) -> str:
    return f"/incidents/{tale.incident.stream}/{part}"


def downloaded(page: Page, name: str) -> Download:
    with page.expect_download() as found:
        page.get_by_role("link", name=name, exact=True).first.click()
    return found.value


def content(download: Download) -> bytes:
    return Path(download.path()).read_bytes()


@pytest.mark.req("R-BUN-01")
def test_the_bundle_is_byte_for_byte_that_of_the_api_and_the_bar_says_how_far(
    visitor: Visitor, stage: Stage, tale: Tale
) -> None:
    visitor.page.goto(of(tale, "evidence"))
    found = downloaded(visitor.page, "Download the sealed bundle")
    assert found.suggested_filename == "INCIDENT-EVIDENCE-BUNDLE.zip"
    there = stage.world.ask(stage.cast.carol, "GET", f"/v1{of(tale, 'bundle')}").body
    assert content(found) == there
    assert hashlib.sha256(there).hexdigest() in visitor.page.locator("main").inner_text()
    expect(visitor.page.locator("#progress")).to_have_js_property("value", 100)
    expect(visitor.page.locator("#progress-text")).to_contain_text("saved")


def test_without_a_script_the_bundle_is_a_plain_link(
    browser: Browser, url: str, stage: Stage, tale: Tale
) -> None:
    there = stage.world.ask(stage.cast.carol, "GET", f"/v1{of(tale, 'bundle')}").body
    with visiting(browser, url, stage.cast.carol, java_script_enabled=False) as visitor:
        visitor.page.goto(of(tale, "evidence"))
        assert not visitor.page.locator("#progress").is_visible()
        assert content(downloaded(visitor.page, "Download the sealed bundle")) == there


def test_a_file_of_the_evidence_is_what_was_captured(visitor: Visitor, tale: Tale) -> None:
    visitor.page.goto(of(tale, "evidence"))
    assert content(downloaded(visitor.page, "Download")) == LOG


def test_a_download_that_is_refused_says_why(visitor: Visitor, tale: Tale) -> None:
    page = visitor.page
    page.goto(of(tale, "evidence"))
    page.context.clear_cookies()
    page.get_by_role("link", name="Download the sealed bundle").click()
    expect(page.locator("#progress-text")).to_contain_text("Not downloaded: expected a header Authorization")


@pytest.mark.req("R-ART-23")
def test_the_report_prints_on_pages_without_what_is_for_the_screen(visitor: Visitor, tale: Tale) -> None:
    page = visitor.page
    page.goto(of(tale, "report"))
    title = page.locator("h1").inner_text()
    page.emulate_media(media="print")
    for hidden in (".bar", "footer", ".parts", ".crumbs", ".contents", "#print"):
        assert not page.locator(hidden).first.is_visible(), hidden
    assert page.locator(".running").is_visible()
    printed = page.pdf(prefer_css_page_size=True, tagged=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) > 1
    boxes = re.findall(rb"/MediaBox\s*\[0 0 ([0-9.]+) ([0-9.]+)\]", printed)
    assert {(round(float(wide)), round(float(high))) for wide, high in boxes} == {(595, 842)}
    about = re.sub(rb"\\([()])", rb"\1", printed)
    assert f"Report of {numbered(page)}: {title.split(': ', 1)[1]}".encode() in about


def numbered(page: Page) -> str:
    """Return the number of the incident that a page is about."""
    return page.locator(".crumbs a").last.text_content() or ""


def test_the_button_that_prints_is_there_with_a_script_alone(
    browser: Browser, url: str, stage: Stage, visitor: Visitor, tale: Tale
) -> None:
    visitor.page.goto(of(tale, "report"))
    visitor.page.evaluate("window.print = () => { document.title = 'printed'; }")
    visitor.page.get_by_role("button", name="Print").click()
    assert visitor.page.title() == "printed"
    with visiting(browser, url, stage.cast.carol, java_script_enabled=False) as other:
        other.page.goto(of(tale, "report"))
        assert not other.page.locator("#print").is_visible()
        assert "Recovery validation" in other.page.locator(".report").inner_text()


@pytest.mark.parametrize("part", ["evidence", "report", "numbers", "replay"])
def test_what_people_wrote_is_read_and_never_run(visitor: Visitor, tale: Tale, part: str) -> None:
    page = visitor.page
    page.goto(of(tale, part))
    for tag in ("img", "script:not([src])", "a[href^=javascript]", "strong:text-is('b')"):
        assert page.locator(f"main {tag}").count() == 0, tag
    if part in {"evidence", "report"}:
        assert (
            "<img src=x onerror=alert(1)> [x](javascript:alert(1)) **b**" in page.locator("main").inner_text()
        )
    if part == "evidence":
        page.get_by_text("Text", exact=True).first.click()
        assert page.locator("pre").first.inner_text() == EARLY


def test_from_the_numbers_of_all_to_those_of_few(visitor: Visitor, tale: Tale) -> None:
    page = visitor.page
    page.goto("/")
    page.get_by_role("link", name="Numbers").click()
    assert "1 incident" in page.locator("main").inner_text()
    page.get_by_label("Severity").select_option("SEV-3")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**/numbers?*severity=SEV-3*")
    assert page.locator("main h1").inner_text() == "Numbers"
    page.goto(of(tale, "numbers"))
    assert page.locator(".bars svg").count() == 4
