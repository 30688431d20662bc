"""Replay in a browser: by keyboard, by links, by forms; each moment has an address that opens it again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import DESK, PHONE, Visitor, chromium, visiting
from tests.support.serving import served
from tests.support.tales import Stage, Tale

HOSTILE = "<img src=x onerror=alert(1)> </script> ⟦sealed:0000000000000000⟧"


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
    """An incident on which somebody wrote what would be markup."""
    told = stage.tell("executing")
    stage.clock.forward(minutes=3)
    told.do(stage.cast.carol, "add-timeline-entry", text=HOSTILE)
    return told


@pytest.fixture
def visitor(browser: Browser, url: str, stage: Stage) -> Iterator[Visitor]:
    with visiting(browser, url, stage.cast.carol) as found:
        yield found


def newest(tale: Tale) -> int:
    path = f"/v1/incidents/{tale.incident.stream}"
    return int(tale.story.world.ask(tale.cast.carol, "GET", path).json["version"])


def opened(visitor: Visitor, tale: Tale, query: str = "") -> Page:
    visitor.page.goto(f"/incidents/{tale.incident.stream}/replay{query}")
    return visitor.page


def stands_at(page: Page, version: int) -> None:
    """Hold that a page shows a version, everywhere, and that the address says so."""
    expect(page.locator("#moment")).to_have_attribute("data-version", str(version))
    expect(page.locator("#where")).to_contain_text(f"Version {version} of")
    expect(page.get_by_role("slider")).to_have_value(str(version))
    page.wait_for_url(f"**/replay?at_version={version}")


@pytest.mark.req("R-SVC-08")
def test_keys_step_through_the_film_and_the_address_follows(visitor: Visitor, tale: Tale) -> None:
    page, last = opened(visitor, tale), newest(tale)
    stands_at(page, 1)
    page.get_by_role("slider").focus()
    for key, there in (
        ("ArrowRight", 2),
        ("ArrowUp", 3),
        ("ArrowLeft", 2),
        ("End", last),
        ("ArrowRight", last),
        ("ArrowDown", last - 1),
        ("Home", 1),
        ("ArrowLeft", 1),
    ):
        page.keyboard.press(key)
        stands_at(page, there)


def test_pages_of_keys_go_from_chapter_to_chapter(visitor: Visitor, tale: Tale) -> None:
    page = opened(visitor, tale)
    links = page.locator(".chapters a").all()
    starts = [int(link.get_attribute("data-version") or "0") for link in links]
    page.get_by_role("slider").focus()
    for start in starts[1:]:
        page.keyboard.press("PageUp")
        stands_at(page, start)
        expect(page.locator(".chapters [aria-current=step]")).to_have_attribute("data-version", str(start))
    page.keyboard.press("PageDown")
    stands_at(page, starts[-2])


def test_a_held_key_ends_where_it_was_let_go(visitor: Visitor, tale: Tale) -> None:
    page, asked = opened(visitor, tale), []
    page.on("request", lambda request: asked.append(request.resource_type))
    page.get_by_role("slider").focus()
    for _ in range(15):
        page.keyboard.press("ArrowRight")
    stands_at(page, 16)
    assert "document" not in asked, "a step loaded a page"
    assert 0 < asked.count("fetch") <= 17


def test_arrows_step_wherever_one_reads_but_not_where_one_types(visitor: Visitor, tale: Tale) -> None:
    page = opened(visitor, tale, "?at_version=5")
    page.keyboard.press("ArrowRight")
    stands_at(page, 6)
    page.get_by_label("Version", exact=True).focus()
    page.keyboard.press("ArrowLeft")
    stands_at(page, 6)


@pytest.mark.req("R-SVC-08", "R-WF-35")
def test_the_clock_can_be_turned_too(visitor: Visitor, tale: Tale) -> None:
    page, last = opened(visitor, tale), newest(tale)
    page.keyboard.press("End")
    page.get_by_role("slider").focus()
    page.keyboard.press("End")
    stands_at(page, last)
    page.keyboard.press("Shift+ArrowLeft")
    page.wait_for_url("**/replay?at=*")
    expect(page.locator("#where")).to_contain_text("by the clock")
    assert int(page.locator("#moment").get_attribute("data-version") or "0") < last


@pytest.mark.req("R-SVC-08")
def test_the_address_opens_the_same_moment_for_somebody_else(
    browser: Browser, url: str, stage: Stage, visitor: Visitor, tale: Tale
) -> None:
    page = opened(visitor, tale, "?at_version=9")
    page.get_by_role("link", name="Next fact").click()
    stands_at(page, 10)
    mine = page.locator("#moment").inner_text()
    with visiting(browser, url, stage.cast.bob, size=PHONE) as other:
        other.page.goto(page.url)
        stands_at(other.page, 10)
        assert other.page.locator("#moment").inner_text().split() == mine.split()


def test_a_moment_far_away_is_a_click_and_the_reader_stays_where_they_were(
    visitor: Visitor, tale: Tale
) -> None:
    page = opened(visitor, tale, "?at_version=9")
    page.locator(".strip a").last.click()
    stands_at(page, 12)
    expect(page.locator("#fact")).to_be_focused()


def test_the_film_plays_and_stops(visitor: Visitor, tale: Tale) -> None:
    page = opened(visitor, tale)
    page.get_by_role("button", name="Play").click()
    stands_at(page, 3)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_who_was_signed_out_meanwhile_is_told(visitor: Visitor, tale: Tale) -> None:
    page = opened(visitor, tale)
    page.context.clear_cookies()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_label("Token")).to_be_visible()


@pytest.mark.req("R-SVC-08")
def test_two_moments_say_what_changed(visitor: Visitor, tale: Tale) -> None:
    page = opened(visitor, tale, f"?at_version={newest(tale)}")
    page.get_by_label("Compare with version").fill("1")
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url("**/diff?from=1&to=*")
    changed = page.locator(".change", has_text="State changed").first
    assert "detecting" in changed.locator(".before").inner_text()
    assert "executing" in changed.locator(".after").inner_text()
    left, right = (changed.locator(side).bounding_box() for side in (".before", ".after"))
    assert left
    assert right
    assert (left["y"], left["x"] < right["x"]) == (right["y"], True), "side by side"
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    below, above = (changed.locator(side).bounding_box() for side in (".after", ".before"))
    assert above
    assert below
    assert (below["x"], below["y"] > above["y"]) == (above["x"], True), "one above the other"
    page.set_viewport_size({"width": DESK[0], "height": DESK[1]})


def test_without_a_script_forms_and_links_reach_every_moment(
    browser: Browser, url: str, stage: Stage, tale: Tale
) -> None:
    with visiting(browser, url, stage.cast.carol, java_script_enabled=False) as visitor:
        page = opened(visitor, tale)
        assert not page.get_by_role("slider").is_visible()
        for name, there in (("Next fact", 2), ("Newest", newest(tale)), ("Fact back", newest(tale) - 1)):
            page.get_by_role("link", name=name).click()
            page.wait_for_url(f"**/replay?at_version={there}")
            assert page.locator("#moment").get_attribute("data-version") == str(there)
        page.get_by_label("Version", exact=True).fill("4")
        page.get_by_role("button", name="Go").first.click()
        page.wait_for_url("**/replay?at_version=4")
        page.get_by_label("Time (UTC)").fill("2999-01-01T00:00:00")
        page.get_by_role("button", name="Go").last.click()
        assert page.locator("#moment").get_attribute("data-version") == str(newest(tale))


def test_what_people_wrote_is_read_and_never_run(visitor: Visitor, tale: Tale) -> None:
    page = opened(visitor, tale)
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    page.get_by_role("slider").focus()
    page.keyboard.press("End")
    stands_at(page, newest(tale))
    assert "<img src=x onerror=alert(1)>" in page.locator(".fact-of-moment .text").inner_text()
    assert page.locator("#moment img").count() == 0
    page.goto(f"/incidents/{tale.incident.stream}/diff?from=1")
    assert "<img src=x onerror=alert(1)>" in page.locator("main").inner_text()
    assert page.locator("main img").count() == 0
