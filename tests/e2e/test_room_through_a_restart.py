"""The room of an incident stays signed in and live though the service is killed and started again."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.support.browser import chromium, visiting
from tests.support.processes import Children
from tests.support.service import Service
from tests.support.stories import served_by


def test_a_room_goes_on_after_the_service_was_killed(children: Children, tmp_path: Path) -> None:
    service = Service(children, tmp_path / "home")
    world = served_by(service)
    carol = world.add("carol", "responder")
    incident = world.story().fires()
    with chromium() as browser, visiting(browser, service.url, carol) as visitor:
        visitor.page.goto(f"/incidents/{incident.stream}")
        expect(visitor.page.locator("#live")).to_have_text("Live")
        service.child.kill()
        expect(visitor.page.locator("#live")).to_contain_text("Not live")
        again = Service(children, tmp_path / "home", port=service.port)
        assert again.url == service.url
        expect(visitor.page.locator("#live")).to_have_text("Live", timeout=20_000)
        incident.do(carol, "add-timeline-entry", text="Seen after the restart.")
        timeline = visitor.page.locator("[data-live=timeline]")
        expect(timeline).to_contain_text("Seen after the restart.", timeout=15_000)
        visitor.errors.clear()  # the browser says that the connection was refused
