"""The directory of a home here and of a service elsewhere: the same words, and tokens that act at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tallystick.service import build_app
from tallystick.settings import load_settings
from tallystick.wiring import running
from tests.support.commandline import Ran, Tally, run
from tests.support.serving import served
from tests.support.use_cases import make_home

WHY = ("--rationale", "Because the tests need it.")


class Both:
    """One ledger, asked by its home and by its address."""

    def __init__(self, home: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.local = Tally(home)
        self._url, self._monkeypatch = url, monkeypatch
        self._token = (home / "admin.token").read_text().strip()

    def remote(self, *argv: str, token: str | None = None) -> Ran:
        with self._monkeypatch.context() as patch:
            patch.setenv("TALLYSTICK_URL", self._url)
            patch.setenv("TALLYSTICK_TOKEN", token or self._token)
            return run(*argv)


@pytest.fixture
def both(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Both]:
    settings = load_settings(home=make_home(home))
    with running(settings) as engine, served(build_app(settings, engine)) as url:
        yield Both(home, url, monkeypatch)


@pytest.mark.req("R-AUT-01")
def test_reading_gives_the_same_output_and_refusals_the_same_words(both: Both) -> None:
    both.remote("people", "add", "Ada", "--role", "responder", "--contact", "email:a@example.org").fine()
    both.local("people", "add", "Pipeline", "--service", "--role", "ci").fine()
    both.remote("token", "new", "Ada").fine()
    for words in (("list",), ("list", "--json"), ("show", "Ada"), ("show", "ada", "--json")):
        assert both.local("people", *words).fine() == both.remote("people", *words).fine()
    assert both.local("token", "list").fine() == both.remote("token", "list").fine()
    both.local("people", "add", "Ada").fine()
    for refused in (
        ("people", "show", "Nobody"),
        ("people", "show", "Ada"),
        ("people", "leave", "?", *WHY),
        ("role", "grant", "Pipeline", "auditor", *WHY),
        ("role", "revoke", "Pipeline", "no such/role", *WHY),
        ("token", "revoke", "Pipeline", "x", *WHY),
    ):
        here, there = both.local(*refused), both.remote(*refused)
        assert (here.code, there.code) == (1, 1), (refused, here, there)
        assert refused[1:3] == ("revoke", "Pipeline") or here.err == there.err


@pytest.mark.req("R-WF-32")
def test_a_key_is_one_key_here_and_there(both: Both) -> None:
    both.local("people", "add", "Ada").fine()
    words = ("role", "grant", "Ada", "responder", *WHY, "--idempotency-key", "k", "--json")
    assert both.local(*words).fine().json == both.remote(*words).fine().json
    issued = ("token", "new", "Ada", "--idempotency-key", "t")
    assert both.remote(*issued).fine().out.startswith("tally_")
    assert both.local(*issued).fine().out == ""


@pytest.mark.req("R-SVC-13", "R-ROL-06")
def test_what_the_command_line_records_in_the_home_holds_in_the_service_at_once(both: Both) -> None:
    both.local("people", "add", "Ada", "--role", "responder").fine()
    token = both.local("token", "new", "Ada").fine().out.strip()
    both.remote("act", "new", "open", "title=x", "environment=p", token=token).fine()
    assert "ROLE_MISSING" in both.remote("people", "add", "Bob", token=token).err
    both.local("people", "leave", "Ada", *WHY).fine()
    ended = both.remote("show", token=token)
    assert (ended.code, "TOKEN_UNKNOWN" in ended.err) == (1, True)
