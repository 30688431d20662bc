"""A home here and a service elsewhere answer the same commands with the same words (R-AUT-01)."""

from __future__ import annotations

import http.server
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tallystick.service import build_app
from tallystick.settings import load_settings
from tallystick.wiring import running
from tests.support.commandline import Ran, Tally, run
from tests.support.processes import free_port
from tests.support.serving import served
from tests.support.use_cases import make_home

WHY = "rationale=Error rate above 20 %, confirmed by hand"


class Both:
    """One ledger, asked by its home and by its address."""

    def __init__(self, home: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.local = Tally(home)
        self.url, self._monkeypatch = url, monkeypatch
        self.token = (home / "admin.token").read_text().strip()

    def remote(self, *argv: str | Path) -> Ran:
        with self._monkeypatch.context() as patch:
            patch.setenv("TALLYSTICK_URL", self.url)
            patch.setenv("TALLYSTICK_TOKEN", self.token)
            return run(*argv)


@pytest.fixture
def both(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Both]:
    settings = load_settings(home=make_home(home))
    with running(settings) as engine, served(build_app(settings, engine)) as url:
        yield Both(home, url, monkeypatch)


@pytest.mark.req("R-AUT-01")
def test_reading_gives_the_same_output(both: Both) -> None:
    both.local("act", "new", "open", "title=Checkout is slow", "environment=production").fine()
    both.remote("act", "INC-1", "declare", WHY).fine()
    both.local("act", "INC-1", "add-timeline-entry", "text=Moved ⟦ traffic", "category=command").fine()
    for words in (
        ("show",),
        ("show", "--json"),
        ("show", "INC-1"),
        ("show", "INC-1", "--json"),
        ("show", "INC-1", "--at-version", "2"),
        ("timeline", "INC-1"),
        ("timeline", "INC-1", "--json"),
        ("timeline", "INC-1", "--canonical"),
        ("timeline", "INC-1", "--at", "2100-01-01T00:00:00Z"),
        ("replay", "INC-1"),
        ("replay", "INC-1", "--json"),
        ("replay", "INC-1", "--at-version", "3"),
        ("replay", "INC-1", "--at-version", "3", "--canonical"),
        ("diff", "INC-1", "--from", "1", "--to", "3"),
        ("diff", "INC-1", "--from", "2", "--to", "4", "--json"),
        ("metrics", "INC-1", "--at-version", "3", "--json"),
        ("metrics", "--severity", "SEV-1", "--drills"),
        ("metrics", "--from", "2001-01-01T00:00:00Z", "--to", "2100-01-01T00:00:00Z", "--json"),
        ("show", "--csv"),
        ("timeline", "INC-1", "--jsonl"),
    ):
        here, there = both.local(*words).fine(), both.remote(*words).fine()
        assert there.out == here.out, words
        assert there.err == here.err == "", words


def timeless(words: str) -> str:
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", words)


@pytest.mark.req("R-AUT-01", "R-AUT-02")
def test_refusals_have_the_same_code_and_words(both: Both) -> None:
    both.remote("act", "new", "open", "title=x", "environment=p").fine()
    both.remote("act", "INC-1", "declare", WHY).fine()
    for words in (
        ("act", "INC-1", "declare", WHY),
        ("act", "INC-1", "declare", WHY, "--expected-version", "1"),
        ("act", "INC-9", "declare", WHY),
        ("act", "INC-1", "add-timeline-entry", "text=x", "at=2100-01-01T00:00:00Z"),
        ("act", "INC-1", "correct-timeline-entry", "entry_id=x", "text=x", "reason=x"),
        ("act", "new", "open", "title=x", "environment=p", "profile=strict"),
        ("show", "INC-9"),
        ("show", "?"),
        ("show", "INC-1", "--at-version", "9"),
        ("timeline", "INC-1", "--at", "2001-01-01T00:00:00Z"),
        ("timeline", "INC-1", "--at", "2001-01-01T00:00:00Z", "--canonical"),
    ):
        here, there = both.local(*words), both.remote(*words)
        assert (here.code, there.code) == (1, 1), (words, here, there)
        assert timeless(there.err) == timeless(here.err), words


def test_a_name_with_a_slash_leads_nowhere_else(both: Both) -> None:
    for ask in (both.local, both.remote):
        ended = ask("act", "../../log/checkpoint?", "declare", WHY)
        assert ended.code == 1
        assert "NOT_FOUND" in ended.err


@pytest.mark.req("R-WF-32")
def test_an_idempotency_key_is_one_key_here_and_there(both: Both) -> None:
    words = ("act", "new", "open", "title=x", "environment=p", "--idempotency-key", "k", "--json")
    here, there = both.local(*words).fine(), both.remote(*words).fine()
    assert here.json == there.json
    note = ("act", "INC-1", "add-timeline-entry", "text=x", "--idempotency-key", "n")
    both.remote(*note).fine()
    assert "as recorded before" in both.local(*note).fine().out


def test_who_waits_gets_proofs_from_either(both: Both) -> None:
    words = ("act", "new", "open", "title=x", "environment=p", "--wait-published", "--json")
    for ran in (both.local(*words), both.remote(*words)):
        (entry,) = ran.fine().json["entries"]
        assert entry["proof"].startswith("c2sp.org/tlog-proof@v1\n")


def test_more_incidents_than_a_page_are_all_listed(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tallystick.desk_http.PAGE", 2)
    for _ in range(5):
        both.local("act", "new", "open", "title=x", "environment=p").fine()
    assert [i["number"] for i in both.remote("show", "--json").fine().json] == [
        f"INC-{n}" for n in range(1, 6)
    ]


def test_a_home_that_is_named_wins_over_an_address_in_the_environment(
    both: Both, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Tally(make_home(tmp_path / "other"))
    other.opened(title="Only here")
    monkeypatch.setenv("TALLYSTICK_URL", both.url)
    assert "Only here" in other("show").fine().out


@pytest.mark.req("R-AUT-02")
def test_without_a_token_or_with_another_one_is_refused(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLYSTICK_URL", both.url)
    assert "TOKEN_MISSING" in run("show").err
    monkeypatch.setenv("TALLYSTICK_TOKEN", "tally_not_this_one")
    ended = run("show")
    assert ended.code == 1
    assert "TOKEN_UNKNOWN" in ended.err
    assert "tally_not_this_one" not in ended.err


def test_the_intake_token_reads_nothing(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLYSTICK_URL", both.url)
    monkeypatch.setenv("TALLYSTICK_TOKEN", (both.local.home / "intake.token").read_text().strip())
    ended = run("show")
    assert ended.code == 1
    assert "ROLE_MISSING" in ended.err


def test_a_live_log_verifies_by_its_address(both: Both) -> None:
    both.remote("act", "new", "open", "title=x", "environment=p", "--wait-published").fine()
    ran = both.remote("verify", both.url, "--log-key", both.local.home / "log.vkey").fine()
    assert ran.out.endswith("VALID\n")
    assert both.remote("verify", f"{both.url}/log", "--log-key", both.local.home / "log.vkey").code == 0


class Stranger(http.server.BaseHTTPRequestHandler):
    """Somebody else's web server."""

    status, body = 200, b"<html>hello</html>"
    asked: list[str | None]

    def do_GET(self) -> None:
        self.asked.append(self.headers.get("Authorization"))
        self.send_response(self.status)
        if self.status in (301, 302, 307, 308):
            self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.req("R-AUT-02")
@pytest.mark.parametrize("status", [200, 302, 404, 500])
def test_a_service_that_is_not_ours_is_unreachable_and_no_redirect_is_followed(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str | None] = []
    handler = type("Handler", (Stranger,), {"status": status, "asked": asked})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setenv("TALLYSTICK_URL", f"http://127.0.0.1:{server.server_address[1]}")
        monkeypatch.setenv("TALLYSTICK_TOKEN", "secret")
        try:
            ended = run("show")
        finally:
            server.shutdown()
            thread.join()
    assert ended.code == 69
    assert "secret" not in ended.err
    assert asked == ["Bearer secret"]


@pytest.mark.req("R-AUT-02")
def test_nobody_at_the_address_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLYSTICK_URL", f"http://127.0.0.1:{free_port()}")
    ended = run("act", "new", "open", "title=x", "environment=p")
    assert ended.code == 69
    assert "expected a service, found none" in ended.err


def test_what_was_done_before_with_the_same_key_is_told_on_both_sides(both: Both) -> None:
    opening = ("act", "new", "open", "title=x", "environment=p", "--idempotency-key")
    for ask, key in ((both.local, "here"), (both.remote, "there")):
        first, again = ask(*opening, key).fine(), ask(*opening, key).fine()
        assert ("as recorded before" in first.out, "as recorded before" in again.out) == (False, True)
