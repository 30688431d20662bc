"""A whole incident by pages alone, from its opening to its closing, by two people who never see the API."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.support.browser import chromium, visiting
from tests.support.filling import fill_in, record
from tests.support.serving import served
from tests.support.stories import HAPPY, TO_THE_END, WELL
from tests.support.tales import Stage

OPENING = {"title": "Checkout answers slowly", "environment": "production", "services": ["checkout"]}
HOSTILE = "<img src=x onerror=alert(1)>\"'&{{7*7}}"


def test_an_incident_is_led_from_its_opening_to_its_closing_by_pages_alone(stage: Stage) -> None:
    world, cast = stage.world, stage.cast
    assert world.app is not None
    with (
        chromium() as browser,
        served(world.app) as url,
        visiting(browser, url, cast.alice) as alice,
        visiting(browser, url, cast.bob) as bob,
    ):
        pages = {"alice": alice.page, "bob": bob.page}
        alice.page.goto("/open")
        fill_in(alice.page, "open", OPENING)
        alice.page.get_by_role("button", name="Show what will be recorded").click()
        alice.page.get_by_role("button", name="Record it").click()
        expect(alice.page.locator("#recorded")).to_be_visible()
        room = alice.page.url.split("?")[0].removeprefix(url)
        for who, action, said, reached in (*HAPPY, *TO_THE_END):
            by = {"by": cast.bob.id} if action == "cover-role" else {}
            record(pages[who], room, action, {**said, **by})
            if reached == WELL:
                stage.clock.forward(minutes=31)
        expect(bob.page.locator(".tags").first).to_be_visible()
        alice.page.goto(room)
        expect(alice.page.locator(".tags").first).to_contain_text("closed")
        alice.shot("incident-closed")
        assert alice.barriers() == []


def test_what_people_write_is_text_in_every_field_and_on_every_page(stage: Stage) -> None:
    world, cast = stage.world, stage.cast
    assert world.app is not None
    with chromium() as browser, served(world.app) as url, visiting(browser, url, cast.alice) as alice:
        alice.page.goto("/open")
        fill_in(
            alice.page, "open", {**OPENING, "title": HOSTILE, "summary": HOSTILE, "services": [HOSTILE[:40]]}
        )
        alice.page.get_by_role("button", name="Show what will be recorded").click()
        expect(alice.page.locator(".told")).to_contain_text(HOSTILE)
        alice.page.get_by_role("button", name="Record it").click()
        expect(alice.page.locator("h1")).to_have_text(HOSTILE)
        room = alice.page.url.split("?")[0].removeprefix(url)
        record(alice.page, room, "add-timeline-entry", {"text": HOSTILE})
        expect(alice.page.locator("[data-live=timeline]")).to_contain_text(HOSTILE)
        for path in ("/?find=onerror", f"{room}?find={HOSTILE}", f"{room}/act/merge?into={HOSTILE}"):
            alice.page.goto(path)
            assert alice.page.locator("main img").count() == 0
            assert alice.page.locator("main [onerror]").count() == 0
