"""Pages of the log and of one fact: what is public is public, the rest is for auditors, nothing is markup."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from api.pages.drawing import chart, tree
from api.pages.log import ago
from application.proven import climb, sealed_fields
from ledger.canonical import Json
from ledger.merkle import inclusion_proof
from ledger.store.contract import SignedCheckpoint
from tests.support.engines import AUDITOR, COMMANDER, NOBODY, RATIONALE, RESPONDER, Client, client_in
from tests.support.logs import MemoryLog, note_entries

HOSTILE = "<script>alert(1)</script>\"'&"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with client_in(tmp_path_factory.mktemp("log") / "home") as found:
        incident = found.open(title=f"Payments fail {HOSTILE}", environment="production")
        found.post(f"/v1/incidents/{incident}/actions/declare", {"rationale": RATIONALE})
        found.post(f"/v1/incidents/{incident}/actions/add-timeline-entry", {"text": f"Moved {HOSTILE}"})
        found.publish()
        yield found


def page(client: Client, path: str, token: str | None = AUDITOR, status: int = 200) -> str:
    """Return a page as whoever has ``token`` sees it."""
    client.http.cookies.clear()
    if token is not None:
        assert client.ask("POST", "/session", token=None, data={"token": token}).status_code == 303
    answer = client.get(path, token=None)
    assert answer.status_code == status, answer.text
    return str(answer.text)


def test_the_page_of_a_fact_shows_its_event_envelope_path_and_checkpoint(client: Client) -> None:
    size = int(client.get("/log/checkpoint", token=None).text.split("\n")[1])
    proof = client.get(f"/log/proof/{size - 1}", token=AUDITOR).text
    text = page(client, f"/log/facts/{size - 1}")
    assert 'data-attribute="type"' in text
    assert "Path in the tree of" in text
    for line in proof.split("\n\n")[0].split("\n")[2:]:
        assert b64decode(line).hex() in text
    assert "</code></pre>" in text
    assert proof.split("\n")[-2] in text


def test_nothing_is_filled_in_for_who_verifies(client: Client) -> None:
    text = page(client, "/log/facts/0")
    assert re.search(r'<input id="vkey"[^>]*value=', text) is None
    assert re.search(r'<textarea id="checkpoint"[^>]*></textarea>', text)


def test_every_fact_has_a_page_and_links_to_its_neighbours(client: Client) -> None:
    size = int(client.get("/log/checkpoint", token=None).text.split("\n")[1])
    links = {
        n: set(re.findall(r'href="/log/facts/(\d+)"', page(client, f"/log/facts/{n}"))) for n in range(size)
    }
    for number, found in links.items():
        assert all(str(number) in links[int(other)] for other in found)


def test_sealed_fields_are_shown_as_sealed(client: Client) -> None:
    size = int(client.get("/log/checkpoint", token=None).text.split("\n")[1])
    texts = [page(client, f"/log/facts/{number}") for number in range(size)]
    assert any('<code>rationale</code><span class="tag">sealed</span>' in text for text in texts)
    assert not any(RATIONALE in text or "Payments fail" in text or "alert(1)" in text for text in texts)


@pytest.mark.parametrize("path", ["/log/facts/99999", "/log/facts/x", "/log/facts/-1", "/log/facts/01"])
def test_what_no_checkpoint_covers_has_no_page(client: Client, path: str) -> None:
    assert "a position below" in page(client, path, status=404)


@pytest.mark.parametrize("token", [RESPONDER, NOBODY, None])
def test_facts_are_for_auditors(client: Client, token: str | None) -> None:
    client.http.cookies.clear()
    page(client, "/log", token)
    answer = client.get("/log/facts/0", token=None)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    if token == RESPONDER:
        assert "/log/facts/" not in page(client, "/incidents/INC-1", token)
    assert "/log/facts/" in page(client, "/incidents/INC-1", COMMANDER)


def test_the_log_shows_anybody_what_is_public_and_auditors_the_rest(client: Client) -> None:
    vkey, note = (client.get(path, token=None).text for path in ("/log/vkey", "/log/checkpoint"))
    for token in (None, RESPONDER, AUDITOR):
        text = page(client, "/log", token)
        assert vkey.strip() in text
        assert note.strip() in text
        assert ("Newest checkpoints" in text) == (token == AUDITOR)
        assert ('href="/log/tile/0/000.p/' in text) is True


def test_a_fact_is_chosen_by_its_position(client: Client) -> None:
    page(client, "/log")
    for asked, led in (("0", "/log/facts/0"), ("x", "/log"), ("//evil.example", "/log")):
        answer = client.get(f"/log/facts?position={asked}", token=None)
        assert (answer.status_code, answer.headers["location"]) == (303, led)


def test_anybody_may_verify_an_export(client: Client) -> None:
    text = page(client, "/log/verify", None)
    assert "tallystick verify" in text
    assert "<noscript>" in text


# --- drawings ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", range(1, 34))
def test_a_path_climbs_to_the_root_from_every_leaf(size: int) -> None:
    log = MemoryLog(note_entries(size))
    for index, leaf in enumerate(log.leaves):
        path = inclusion_proof(index, size, log.subtree)
        levels = tuple(climb(leaf, index, size, path))
        assert (levels[-1].node if levels else leaf) == log.roots[size]
        drawn = tree(leaf, levels)
        assert len(drawn.boxes) == 2 * len(path) + 1
        assert len(drawn.lines) == 2 * len(path)
        assert all(68 <= box.x <= drawn.width - 68 and box.y < drawn.height for box in drawn.boxes)


def test_growth_is_drawn_from_the_first_to_the_last() -> None:
    some = [SignedCheckpoint(n, b"", b"", f"2026-11-23T02:10:0{n}.000000Z") for n in (1, 4, 9)]
    drawn = chart(some)
    assert drawn is not None
    points = [tuple(map(float, point.split(","))) for point in drawn.points.split()]
    assert points[0][0] < points[-1][0] == drawn.width - 8
    assert points[-1][1] == min(y for _, y in points)
    assert chart(some[:1]) is None
    assert chart([some[0], some[0]]) is None


@pytest.mark.parametrize(
    ("passed", "said"),
    [
        (timedelta(seconds=-5), "0 s"),
        (timedelta(seconds=119), "119 s"),
        (timedelta(minutes=2), "2 minutes"),
        (timedelta(hours=47), "47 hours"),
        (timedelta(days=400), "400 days"),
    ],
)
def test_ages_are_said_in_the_largest_unit_of_which_there_are_two(passed: timedelta, said: str) -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    assert ago(now, (now - passed).isoformat()) == said


def test_sealed_fields_are_found_wherever_they_are() -> None:
    one: Json = {"sealed": {"c": "c1", "kid": "k"}}
    data: Json = {"title": one, "list": [{"text": one}, 1], "n": 1}
    assert list(sealed_fields(data)) == [("title", "c1"), ("list[0].text", "c1")]
