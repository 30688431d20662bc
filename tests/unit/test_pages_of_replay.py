"""The pages of replay: any moment of an incident, what differs between two, each under its own address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import quote

import pytest

from tests.support.engines import COMMANDER, INTAKE, NOBODY, RATIONALE, RESPONDER, Client, client_in

HOSTILE = "<script>alert(1)</script>\"'&"
SCOPE = {"services": ["pay"], "regulated_data": False, "customer_notification": False}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with client_in(tmp_path_factory.mktemp("replay-pages") / "home") as found:
        incident = found.open(title=f"Payments fail {HOSTILE}")
        for action, body in (
            ("declare", {"rationale": RATIONALE}),
            ("add-timeline-entry", {"text": f"Moved {HOSTILE}"}),
            ("propose-severity", {"severity": "SEV-1", "rationale": RATIONALE}),
            ("confirm-scope", SCOPE),
        ):
            assert found.post(f"/v1/incidents/{incident}/actions/{action}", body).status_code == 200
        found.open(title="Hidden from most", visibility="restricted")
        yield found


def page(client: Client, path: str, token: str = COMMANDER, status: int = 200) -> str:
    client.http.cookies.clear()
    assert client.ask("POST", "/session", token=None, data={"token": token}).status_code == 303
    answer = client.get(path, token=None)
    assert answer.status_code == status, answer.text
    return answer.text


def shown(text: str) -> str:
    """Return a page as its reader sees it."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).split())


def version_of(text: str) -> int:
    found = re.search(r'id="moment" data-version="(\d+)"', text)
    assert found
    return int(found[1])


@pytest.mark.req("R-SVC-08")
def test_a_film_begins_at_its_beginning(client: Client) -> None:
    assert version_of(page(client, "/incidents/INC-1/replay")) == 1


@pytest.mark.req("R-SVC-08")
def test_each_version_says_what_was_recorded_and_where_that_left_the_incident(client: Client) -> None:
    steps = client.get("/v1/incidents/INC-1/replay").json()["steps"]
    for step in steps:
        text = shown(page(client, f"/incidents/INC-1/replay?at_version={step['version']}"))
        recorded = text.split("What was recorded")[1].split("Phase and step")[0]
        assert " ".join(step["text"].split()) in recorded
        assert f"Version {step['version']} of {len(steps)}" in text
        assert f"State {step['after']['state'].replace('_', ' ')}" in text


@pytest.mark.req("R-SVC-08", "R-WF-35")
def test_a_time_shows_what_was_known_then(client: Client) -> None:
    steps = client.get("/v1/incidents/INC-1/replay").json()["steps"]
    time = steps[3]["recordedtime"]
    known = max(step["version"] for step in steps if step["recordedtime"] <= time)
    assert version_of(page(client, f"/incidents/INC-1/replay?at={time}")) == known
    elsewhere = quote(time.replace("Z", "+00:00"))
    assert version_of(page(client, f"/incidents/INC-1/replay?at={elsewhere}")) == known


def test_a_time_without_an_offset_is_utc(client: Client) -> None:
    text = page(client, "/incidents/INC-1/replay?at=2999-01-01T00:00")
    assert version_of(text) == client.get("/v1/incidents/INC-1").json()["version"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("at_version=99", 404),
        ("at=2001-01-01T00:00:00Z", 404),
        ("at_version=0", 422),
        ("at_version=x", 422),
        ("at=soon", 422),
        ("at=0001-01-01T00:00:00%2B23:00", 404),
        ("at_verison=1", 422),
        ("at=" + "9" * 50, 422),
    ],
)
@pytest.mark.parametrize("part", ["replay", "replay/moment"])
def test_a_moment_that_is_none_is_a_page_that_says_so(
    client: Client, part: str, query: str, status: int
) -> None:
    assert "<h1>" in page(client, f"/incidents/INC-1/{part}?{query}", status=status)


def test_the_part_for_a_script_is_what_the_whole_page_shows(client: Client) -> None:
    whole = page(client, "/incidents/INC-1/replay?at_version=4")
    part = page(client, "/incidents/INC-1/replay/moment?at_version=4")
    assert "<html" not in part
    frame = part[part.index('<div id="moment"') :].strip()
    assert frame in whole
    assert shown(part).startswith("Version 4 of")


def test_every_control_leads_to_a_moment_and_none_beyond_the_ends(client: Client) -> None:
    last = client.get("/v1/incidents/INC-1").json()["version"]
    for version, missing in ((1, {"first", "previous", "chapter-before"}), (last, {"last", "next"})):
        text = page(client, f"/incidents/INC-1/replay?at_version={version}")
        controls = dict(re.findall(r'<a id="([a-z-]+)" data-moment (href="[^"]+"|role)', text))
        assert missing <= {name for name, leads in controls.items() if leads == "role"}
        for leads in controls.values():
            if leads != "role":
                page(client, f"/incidents/INC-1/replay{unescape(leads[6:-1])}")


@pytest.mark.req("R-SVC-08")
def test_two_moments_are_compared_in_words_and_values(client: Client) -> None:
    text = shown(page(client, "/incidents/INC-1/diff?from=1"))
    assert "Recorded in between: " in text
    assert RATIONALE in text
    assert re.search(r"state changed Version 1: detecting Version \d+: notifying", text)
    assert re.search(r"severity is new Version 1: nothing Version \d+: SEV-1", text)
    assert re.search(r"Version \d+: SEV-1", text)


def test_the_same_moment_twice_differs_in_nothing(client: Client) -> None:
    text = shown(page(client, "/incidents/INC-1/diff?from=3&to=3"))
    assert "Recorded in between: nothing" in text
    assert "Changed: nothing" in text


@pytest.mark.parametrize(
    ("query", "status"),
    [("from=99", 404), ("from=1&to=99", 404), ("from=x", 422), ("to=", 422), ("a=1", 422)],
)
def test_moments_that_cannot_be_compared_are_a_page_that_says_why(
    client: Client, query: str, status: int
) -> None:
    assert "<h1>" in page(client, f"/incidents/INC-1/diff?{query}", status=status)


@pytest.mark.req("R-VIS-01", "R-SVC-13")
@pytest.mark.parametrize("part", ["replay", "replay/moment", "diff"])
def test_only_who_sees_the_incident_sees_its_film(client: Client, part: str) -> None:
    page(client, f"/incidents/INC-2/{part}")
    page(client, f"/incidents/INC-2/{part}", RESPONDER, 404)
    for token in (INTAKE, NOBODY):
        page(client, f"/incidents/INC-1/{part}", token, 303)


@pytest.mark.parametrize("path", ["replay?at_version=5", "replay/moment?at_version=5", "diff?from=1"])
def test_what_people_write_stays_text(client: Client, path: str) -> None:
    text = page(client, f"/incidents/INC-1/{path}")
    assert "<script>" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "⟦sealed" not in text
