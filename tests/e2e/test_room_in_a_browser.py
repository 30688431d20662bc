"""The room of an incident in a real browser: people act, and see at once what others record."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import PHONE, Visitor, chromium, visiting
from tests.support.serving import served
from tests.support.tales import Stage


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def url(stage: Stage) -> Iterator[str]:
    assert stage.world.app is not None
    with served(stage.world.app) as found:
        yield found


def act(visitor: Visitor, link: str, **fields: str) -> None:
    """Press a button of the room, fill in what is required, look at it, and record it."""
    visitor.page.get_by_role("link", name=link, exact=True).first.click()
    for label, text in fields.items():
        field = visitor.page.get_by_label(re.compile(rf"^{label}", re.IGNORECASE)).first
        (field.select_option if field.evaluate("it => it.tagName") == "SELECT" else field.fill)(text)
    visitor.page.get_by_role("button", name="Show what will be recorded").click()
    expect(visitor.page.get_by_role("heading", name="This will be recorded")).to_be_visible()
    visitor.page.get_by_role("button", name="Record it").click()
    expect(visitor.page.locator("#recorded")).to_be_visible()


def test_at_night_on_a_telephone_everything_that_counts_is_above_the_fold(
    browser: Browser, url: str, stage: Stage
) -> None:
    tale = stage.tell("assessing")
    with visiting(browser, url, stage.cast.alice, size=PHONE) as visitor:
        visitor.page.goto(f"/incidents/{tale.incident.stream}")
        visitor.shot("room-at-night")
        for what in (".tags", ".next h2", ".next strong", ".next .act"):
            box = visitor.page.locator(what).first.bounding_box()
            assert box is not None
            assert box["y"] + box["height"] <= PHONE[1], what


def test_two_people_work_in_one_room_and_see_each_other(browser: Browser, url: str, stage: Stage) -> None:
    tale = stage.tell()
    room = f"/incidents/{tale.incident.stream}"
    with (
        visiting(browser, url, stage.cast.alice) as alice,
        visiting(browser, url, stage.cast.bob) as bob,
    ):
        alice.page.goto(room)
        bob.page.goto(room)
        expect(bob.page.locator("#live")).to_have_text("Live")
        act(alice, "Declare the incident", rationale="A third of the payments fails.")
        expect(bob.page.locator("[data-live=timeline]")).to_contain_text("A third of the payments fails.")
        expect(bob.page.locator(".tags").first).to_contain_text("assessing")
        expect(bob.page.locator("#live")).to_contain_text("new facts")
        bob.shot("room-live")


def test_whoever_types_while_somebody_else_records_is_told_and_keeps_what_they_wrote(
    browser: Browser, url: str, stage: Stage
) -> None:
    tale = stage.tell("assessing")
    with visiting(browser, url, stage.cast.bob) as bob:
        bob.page.goto(f"/incidents/{tale.incident.stream}/act/add-timeline-entry")
        bob.page.get_by_label("Text").fill("The pool of connections is full.")
        tale.do(stage.cast.alice, "add-timeline-entry", text="Alice was first.")
        bob.page.get_by_role("button", name="Show what will be recorded").click()
        expect(bob.page.get_by_role("alert")).to_contain_text("Others were first")
        bob.shot("room-overtaken")
        expect(bob.page.get_by_label("Text")).to_have_value("The pool of connections is full.")
        bob.page.get_by_role("button", name="Show what will be recorded").click()
        bob.page.get_by_role("button", name="Record it").click()
        expect(bob.page.locator("#recorded")).to_contain_text("The pool of connections is full.")


def test_what_somebody_opened_stays_open_when_news_come(browser: Browser, url: str, stage: Stage) -> None:
    tale = stage.tell("assessing")
    with visiting(browser, url, stage.cast.carol) as carol:
        carol.page.goto(f"/incidents/{tale.incident.stream}")
        carol.page.locator("#gate-1 summary").click()
        tale.do(stage.cast.alice, "add-timeline-entry", text="Something happened.")
        expect(carol.page.locator("[data-live=timeline]")).to_contain_text("Something happened.")
        expect(carol.page.locator("#gate-1")).to_have_attribute("open", "")


def test_a_timeline_is_filtered_by_the_address(browser: Browser, url: str, stage: Stage) -> None:
    tale = stage.tell("assessing")
    with visiting(browser, url, stage.cast.carol) as carol:
        carol.page.goto(f"/incidents/{tale.incident.stream}")
        whole = carol.page.locator(".entry").count()
        carol.page.get_by_label("Only").select_option("alert")
        carol.page.get_by_role("button", name="Filter").click()
        assert 0 < carol.page.locator(".entry").count() < whole
        assert "category=alert" in carol.page.url


def test_keys_alone_are_enough_to_record_something(browser: Browser, url: str, stage: Stage) -> None:
    tale = stage.tell("assessing")
    with visiting(browser, url, stage.cast.carol) as carol:
        carol.page.goto(f"/incidents/{tale.incident.stream}/act/add-timeline-entry")
        carol.page.get_by_label("Text").focus()
        carol.page.keyboard.type("By keys alone.")
        button = carol.page.get_by_role("button", name="Show what will be recorded")
        for _ in range(20):
            carol.page.keyboard.press("Tab")
            if button.evaluate("it => it === document.activeElement"):
                break
        carol.page.keyboard.press("Enter")
        expect(carol.page.get_by_role("button", name="Record it")).to_be_focused()
        carol.page.keyboard.press("Enter")
        expect(carol.page.locator("#recorded")).to_contain_text("By keys alone.")


def test_a_file_that_is_chosen_is_uploaded_while_one_writes_on(
    browser: Browser, url: str, stage: Stage
) -> None:
    tale = stage.tell("executing").recovered().settled()
    with visiting(browser, url, stage.cast.alice) as alice:
        alice.page.goto(f"/incidents/{tale.incident.stream}/act/capture-evidence")
        alice.page.get_by_label("Kind").select_option("log")
        alice.page.get_by_label("Title").fill("What the pool said")
        more = alice.page.locator("details", has_text="More that can be said")
        if more.get_attribute("open") is None:
            more.locator("summary").click()
        chooser = alice.page.locator("input[type=file]")
        chooser.set_input_files({"name": "pool.log", "mimeType": "text/plain", "buffer": b"pool exhausted\n"})
        expect(alice.page.get_by_role("status").filter(has_text="it is here")).to_be_visible()
        alice.page.get_by_role("button", name="Show what will be recorded").click()
        alice.page.get_by_role("button", name="Record it").click()
        expect(alice.page.locator("#recorded")).to_contain_text("What the pool said")
