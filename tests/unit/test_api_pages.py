"""Pages for people: they show what is there, link to what exists, escape everything and need no script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.support.engines import (
    AUDITOR,
    COMMANDER,
    INTAKE,
    NOBODY,
    RATIONALE,
    RESPONDER,
    Client,
    alert_body,
    client_in,
)

HOSTILE = "<script>alert(1)</script>\"'&"


class Page(HTMLParser):
    """What a test asks of a page."""

    VOID = frozenset({"meta", "link", "img", "input", "br"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.links: list[str] = []
        self.ids: list[str] = []
        self.tags: list[str] = []
        self.named: list[dict[str, str | None]] = []
        self.open: list[str] = []
        self.feed(text)
        assert self.open == [], f"not closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.append(tag)
        self.links += [value for name in ("href", "src", "action") if (value := values.get(name))]
        if "id" in values:
            self.ids.append(str(values["id"]))
        if tag in {"input", "img", "select", "textarea"} and values.get("type") != "hidden":
            self.named.append(values)
        assert tag != "script" or (values["type"], str(values["src"])[:8]) == ("module", "/static/")
        assert not any(name.startswith("on") or name == "style" for name in values)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with client_in(tmp_path_factory.mktemp("pages") / "home") as found:
        found.post("/v1/signals/alertmanager", alert_body(), token=INTAKE)
        incident = found.open(title=f"Payments fail {HOSTILE}", environment="production")
        found.post(f"/v1/incidents/{incident}/actions/declare", {"rationale": RATIONALE})
        found.post(f"/v1/incidents/{incident}/actions/add-timeline-entry", {"text": f"Moved {HOSTILE}"})
        found.open(title="A drill", drill=True)
        found.open(title="Hidden from most", visibility="restricted")
        yield found


def _page(client: Client, path: str, token: str | None = COMMANDER, status: int = 200) -> Page:
    client.http.cookies.clear()
    if token is not None:
        assert client.ask("POST", "/session", token=None, data={"token": token}).status_code == 303
    answer = client.get(path, token=None)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return Page(answer.text)


PAGES: list[Any] = [
    pytest.param("/", None, 200, id="start"),
    pytest.param("/", COMMANDER, 200, id="incidents"),
    pytest.param("/", NOBODY, 200, id="no role"),
    pytest.param("/incidents/INC-2", COMMANDER, 200, id="incident"),
    pytest.param("/incidents/INC-2?at_version=1", COMMANDER, 200, id="past"),
    pytest.param("/incidents/INC-99", COMMANDER, 404, id="absent"),
    pytest.param("/docs", None, 200, id="reference"),
]


@pytest.mark.parametrize(("path", "token", "status"), PAGES)
def test_every_link_of_ours_leads_somewhere(
    client: Client, path: str, token: str | None, status: int
) -> None:
    page = _page(client, path, token, status)
    found: dict[str, tuple[int, Any]] = {}  # one page is long and links to itself hundreds of times
    for link in page.links:
        target, _, fragment = link.partition("#")
        if target in ("/session", "/session/end"):
            continue
        if target not in found:
            answer = client.get(target or path, token=AUDITOR)
            html = answer.headers["content-type"].startswith("text/html")
            found[target] = (answer.status_code, Page(answer.text).ids if html else ())
        there, ids = found[target]
        assert there in (200, status), link
        assert not fragment or fragment in ids, link


@pytest.mark.parametrize(("path", "token", "status"), PAGES)
def test_a_page_is_whole_and_speaks_a_language(
    client: Client, path: str, token: str | None, status: int
) -> None:
    page = _page(client, path, token, status)
    assert page.text.startswith('<!doctype html>\n<html lang="en">')
    assert page.tags.count("h1") == page.tags.count("main") == page.tags.count("title") == 1
    assert "width=device-width" in page.text
    assert len(page.ids) == len(set(page.ids))
    assert all("alt" in values for values in page.named if "src" in values)
    labels = re.findall(r'<label for="([^"]+)"', page.text)
    assert [values["id"] for values in page.named if "src" not in values] == labels
    assert [link for link in page.links if "://" in link] == []


def test_the_start_page_links_to_everything(client: Client) -> None:
    page = _page(client, "/", None)
    wanted = {
        "/log/checkpoint",
        "/log/vkey",
        "/v1/incidents",
        "/v1/events",
        "/docs",
        "/openapi.json",
        "/healthz",
        "/readyz",
        "/metrics",
    }
    assert wanted <= set(page.links)
    assert "http://testserver/v1/signals/alertmanager" in page.text
    assert "intake.token" in page.text


def test_who_is_not_signed_in_sees_no_incident(client: Client) -> None:
    assert "Payments fail" not in _page(client, "/", None).text
    client.http.cookies.clear()
    answer = client.get("/incidents/INC-2", token=None)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "Payments fail" not in _page(client, "/", NOBODY).text


def test_who_is_signed_in_sees_the_incidents_newest_first(client: Client) -> None:
    text = _page(client, "/").text
    assert [int(number) for number in re.findall(r"/incidents/INC-(\d+)", text)] == [4, 3, 2, 1]
    assert "1 firing" in text
    assert "drill" in text


@pytest.mark.req("R-VIS-01")
def test_restricted_incidents_are_not_shown_to_others(client: Client) -> None:
    assert "Hidden from most" in _page(client, "/", AUDITOR).text
    assert "Hidden from most" not in _page(client, "/", RESPONDER).text
    _page(client, "/incidents/INC-4", RESPONDER, 404)


def test_an_incident_shows_its_timeline_in_readable_text(client: Client) -> None:
    text = _page(client, "/incidents/INC-2").text
    assert "Payments fail" in text
    assert RATIONALE in text
    assert "⟦sealed" not in text
    assert "version 4" in text


@pytest.mark.req("R-STEP-12", "R-DEC-65", "R-GATE-50")
def test_an_incident_shows_what_is_next_why_not_yet_and_its_gates(client: Client) -> None:
    text = _page(client, "/incidents/INC-2").text
    assert "Blocked: step 1.2, Classify Incident Severity" in text
    assert "Nobody has proposed a severity in this round." in text
    assert "What is affected is not confirmed in this round." in text
    assert "nothing is executed without them" in text
    assert '<span class="tag light-NOT_EVALUATED">NOT_EVALUATED</span>' in text
    assert "at most 5 min" in text
    assert "highest open vote" not in text


@pytest.mark.req("R-PROF-01")
def test_an_incident_of_one_person_says_what_that_lacks(client: Client) -> None:
    incident = client.open(title="Alone", profile="solo")
    number = client.get(f"/v1/incidents/{incident}").json()["number"]
    assert "profile solo: no separation of duties" in _page(client, f"/incidents/{number}").text


@pytest.mark.req("R-DRILL-01")
def test_a_drill_says_so(client: Client) -> None:
    assert 'class="tag drill"' in _page(client, "/incidents/INC-3").text


@pytest.mark.req("R-WF-35")
def test_the_past_of_an_incident_says_that_it_is_the_past(client: Client) -> None:
    text = _page(client, "/incidents/INC-2?at_version=1").text
    assert "As it was at version 1 of 6" in text
    assert RATIONALE not in text
    _page(client, "/incidents/INC-2?at_version=7", status=404)
    _page(client, "/incidents/INC-2?at_version=x", status=422)


def test_what_people_write_is_text_and_never_markup(client: Client) -> None:
    for path in ("/", "/incidents/INC-2"):
        text = _page(client, path).text
        assert "<script>" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_static_files_are_kept_for_ever_under_an_address_of_their_content(client: Client) -> None:
    page = _page(client, "/", None)
    for link in (link for link in page.links if link.startswith("/static/")):
        assert re.fullmatch(r"/static/[0-9a-f]{12}/[a-z]+\.(css|svg|js)", link)
        assert client.get(link, token=None).headers["cache-control"] == "public, max-age=31536000, immutable"


def test_the_style_sheet_knows_light_dark_and_small(client: Client) -> None:
    style = client.get("/static/old/page.css", token=None).text
    assert "prefers-color-scheme: dark" in style
    assert "max-width: 30rem" in style
    assert "http" not in style
