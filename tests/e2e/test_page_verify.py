"""An export that is dropped onto a page, or chosen: verified there, and never sent anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from ledger.exportlayout import proof_path, stream_path
from ledger.note import format_vkey
from tests.support.browser import Visitor, chromium, visiting
from tests.support.exports import INCIDENT, VKEY
from tests.support.forgedincidents import incident_content, incident_log
from tests.support.forgeries import INCIDENTS, LARGE, LEDGERS
from tests.support.forging import Content
from tests.support.hostile import ZIPS
from tests.support.serving import served
from tests.support.tales import Stage
from tests.support.zips import zipped

PINNED = format_vkey(VKEY)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def url(stage: Stage) -> Iterator[str]:
    assert stage.world.app is not None
    with served(stage.world.app) as found:
        yield found


@pytest.fixture
def visitor(browser: Browser, url: str) -> Iterator[Visitor]:
    with visiting(browser, url) as found:
        found.page.goto("/log/verify")
        yield found


@pytest.fixture(scope="module")
def export() -> Content:
    return incident_content(incident_log())


def choose(page: Page, data: bytes, vkey: str = PINNED) -> str:
    """Choose a ZIP, press the button, and return the verdict."""
    page.locator("#zip").set_input_files(
        {"name": "export.zip", "mimeType": "application/zip", "buffer": data}
    )
    page.get_by_label("Your verifier key").fill(vkey)
    return pressed(page)


def pressed(page: Page) -> str:
    """Press the button, and return the verdict."""
    page.locator("#verify-summary").evaluate("(element) => { delete element.dataset.verdict; }")
    page.get_by_role("button", name="Verify in this browser").click()
    page.locator("#verify-summary[data-verdict]").wait_for()
    return str(page.locator("#verify-summary").get_attribute("data-verdict"))


def findings(page: Page) -> list[str]:
    """Return the kinds that were found."""
    return [str(item.get_attribute("data-kind")) for item in page.locator("[data-kind]").all()]


def test_the_export_of_a_real_incident_is_valid_and_nothing_is_sent(
    browser: Browser, url: str, stage: Stage, tmp_path: Path
) -> None:
    tale = stage.tell("executing").recovered()
    world = stage.world
    tale.export(disclose=True)
    answer = world.ask(world.admin, "GET", f"/v1/incidents/{tale.incident.stream}/export?disclose=true")
    path = tmp_path / "incident.zip"
    path.write_bytes(answer.body)
    vkey = (world.home / "log.vkey").read_text()
    with visiting(browser, url) as visitor:
        page = visitor.page
        page.goto("/log/verify")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
        page.locator("#zip").set_input_files(path)
        page.get_by_label("Your verifier key").fill(vkey)
        assert pressed(page) == "valid"
        assert all(one.startswith(f"GET {url}/static/") for one in asked)
        assert "Sealed texts" in page.locator("#result").inner_text()
        assert page.locator(".step-not-in-a-browser").count() == 3
        visitor.shot("verify-valid-desk")
        assert visitor.barriers() == []


@pytest.mark.parametrize(
    ("forged", "kind"),
    [
        (LEDGERS["a bit of an entry"], "inclusion"),
        (LEDGERS["an entry removed"], "tree"),
        (LEDGERS["an entry removed, and signed again"], "chain"),
        (LEDGERS["a link to another entry"], "chain"),
        (LEDGERS["a payload with white space"], "event"),
        (LEDGERS["a signature over something else"], "signature"),
        (LEDGERS["a key that was retired"], "key"),
        (INCIDENTS["a stream that was cut"], "completeness"),
        (INCIDENTS["a path that is too short"], "inclusion"),
    ],
)
def test_a_forged_export_is_invalid_and_the_page_says_where(visitor: Visitor, forged: Any, kind: str) -> None:
    assert choose(visitor.page, zipped(forged())) == "invalid"
    assert kind in findings(visitor.page)
    text = visitor.page.locator(f"[data-kind={kind}]").inner_text()
    assert {"Place", "Expected", "Found"} <= set(text.split("\n"))


def test_a_name_twice_in_a_zip_is_invalid(visitor: Visitor, export: Content) -> None:
    assert choose(visitor.page, ZIPS["a name twice"](export)) == "invalid"
    assert findings(visitor.page) == ["file"]
    visitor.shot("verify-invalid-desk")


def test_another_key_is_invalid_no_key_establishes_nothing_and_what_is_no_key_is_said(
    visitor: Visitor, export: Content, stage: Stage
) -> None:
    other = (stage.world.home / "log.vkey").read_text()
    assert choose(visitor.page, zipped(export), other) == "invalid"
    assert findings(visitor.page) == ["checkpoint"]
    assert choose(visitor.page, zipped(export), "") == "origin not established"
    visitor.page.get_by_label("Your verifier key").fill("nonsense")
    visitor.page.get_by_role("button", name="Verify in this browser").click()
    visitor.page.locator("#verify-summary", has_text="Nothing was verified. verifier key").wait_for()


def test_nothing_chosen_is_said(visitor: Visitor) -> None:
    visitor.page.get_by_role("button", name="Verify in this browser").click()
    visitor.page.locator("#verify-summary", has_text="Choose an export first").wait_for()


def test_a_folder_is_chosen_as_well(visitor: Visitor, export: Content, tmp_path: Path) -> None:
    for path, data in export.items():
        (tmp_path / "export" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "export" / path).write_bytes(data)
    page = visitor.page
    page.locator("#folder").set_input_files(tmp_path / "export")
    page.get_by_label("Your verifier key").fill(PINNED)
    assert pressed(page) == "valid"
    (tmp_path / "export" / proof_path(2)).unlink()
    page.locator("#folder").set_input_files(tmp_path / "export")
    assert pressed(page) == "invalid"
    assert "proof" in findings(page)


def test_a_zip_is_dropped_onto_the_page(visitor: Visitor, export: Content) -> None:
    page = visitor.page
    transfer = page.evaluate_handle(
        """(bytes) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([new Uint8Array(bytes)], "export.zip"));
          return transfer;
        }""",
        list(zipped(export)),
    )
    page.locator("#drop").dispatch_event("drop", {"dataTransfer": transfer})
    page.locator("#chosen", has_text="export.zip").wait_for()
    page.get_by_label("Your verifier key").fill(PINNED)
    assert pressed(page) == "valid"


def test_an_older_checkpoint_of_another_history_is_found(visitor: Visitor) -> None:
    log, other = incident_log(), incident_log({INCIDENT: [{"other": 1}]})
    note = incident_content(other, ("keys", "heads", INCIDENT))["checkpoint"].decode()
    visitor.page.get_by_text("An older checkpoint that you kept").click()
    visitor.page.get_by_label("Your older checkpoint").fill(note)
    assert choose(visitor.page, zipped(log.content())) == "invalid"
    assert findings(visitor.page) == ["consistency"]


def test_the_page_stays_usable(visitor: Visitor) -> None:
    page = visitor.page
    page.evaluate(
        """() => {
          window.longest = 0;
          let last = performance.now();
          setInterval(() => {
            window.longest = Math.max(window.longest, performance.now() - last);
            last = performance.now();
          }, 10);
        }"""
    )
    assert choose(page, zipped(LEDGERS["nothing in a large one"]())) == "valid"
    assert f"{LARGE} entries" in page.locator("#result").inner_text()
    assert page.evaluate("window.longest") < 1_000


def test_what_takes_too_long_is_stopped(visitor: Visitor, export: Content) -> None:
    page = visitor.page
    # One that never says anything.
    page.route(
        "**/verifyworker.js",
        lambda route: route.fulfill(body="", headers={"Content-Type": "text/javascript"}),
    )
    page.locator("#zip").set_input_files({"name": "e.zip", "mimeType": "x/y", "buffer": zipped(export)})
    page.get_by_role("button", name="Verify in this browser").click()
    page.get_by_role("button", name="Stop").click()
    page.locator("#verify-summary", has_text="Stopped").wait_for()


def test_what_an_export_says_is_text_and_never_markup(visitor: Visitor, export: Content) -> None:
    files = {**export, stream_path(INCIDENT): b"<img src=x onerror=alert(1)>\n" * 2}
    assert choose(visitor.page, zipped(files)) == "invalid"
    assert visitor.page.locator("main img").count() == 0


def test_without_a_script_the_page_says_what_to_use(browser: Browser, url: str) -> None:
    with visiting(browser, url, java_script_enabled=False) as visitor:
        visitor.page.goto("/log/verify")
        assert "tallystick verify" in visitor.page.locator("noscript").inner_text()
        assert not visitor.page.locator("#verify").is_visible()
