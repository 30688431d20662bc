"""``tallystick people``, ``token`` and ``role`` on a home, and an export with people in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.people_facts import STREAM
from tests.support.commandline import Tally, run
from tests.support.use_cases import make_home

WHY = ("--rationale", "Because the tests need it.")


@pytest.fixture
def tally(home: Path) -> Tally:
    return Tally(make_home(home))


def added(tally: Tally, *words: str) -> str:
    ran = tally("people", "add", *(words or ("Ada Lovelace", "--role", "responder")), "--json").fine()
    return str(ran.json["principal"])


@pytest.mark.req("R-DIR-01", "R-ROL-06")
def test_somebody_is_added_with_roles_and_contacts_in_one_go(tally: Tally) -> None:
    said = tally(
        *("people", "add", "Ada Lovelace", "--role", "responder", "--role", "auditor"),
        *("--contact", "email:ada@example.org", "--contact", "phone:+44 20 7946 0018"),
    ).fine()
    assert ", the directory is at version 3\n" in said.out
    assert said.out.count("tallystick.role-granted.v1") == 2
    shown = tally("people", "show", "ada lovelace").fine().out
    assert "role     auditor, granted by p-admin at " in shown
    assert "contact  phone: +44 20 7946 0018" in shown
    listed = tally("people", "list").fine().out
    assert "Ada Lovelace  responder, auditor  email, phone" in listed


def test_an_empty_directory_says_how_to_begin(tally: Tally) -> None:
    assert "tallystick people add" in tally("people", "list").fine().out
    assert tally("people", "list", "--json").fine().json == {"version": 0, "people": []}


def test_changing_replaces_contacts_and_leaving_ends_everything(tally: Tally) -> None:
    who = added(tally, "Ada", "--role", "responder", "--contact", "email:a@example.org")
    tally("token", "new", "Ada").fine()
    tally("people", "change", "Ada", "--name", "Countess", "--contact", "slack:#ada", *WHY).fine()
    found = tally("people", "show", who, "--json").fine().json
    assert (found["name"], found["contacts"]) == ("Countess", [{"channel": "slack", "address": "#ada"}])
    tally("people", "leave", "Countess", *WHY).fine()
    gone = tally("people", "show", who, "--json").fine().json
    assert (gone["active"], gone["roles"], gone["tokens"][0]["revoked"]) == (False, [], True)
    assert "has left" in tally("people", "list").fine().out
    tally("people", "change", who, "--back", *WHY).fine()
    assert tally("people", "show", who, "--json").fine().json["roles"] == []


@pytest.mark.req("R-SVC-13")
def test_a_token_is_printed_alone_and_once(tally: Tally) -> None:
    who = added(tally)
    words = ("token", "new", "Ada Lovelace", "--idempotency-key", "k")
    first, again = tally(*words).fine(), tally(*words).fine()
    assert first.out.startswith("tally_")
    assert len(first.out.splitlines()) == 1
    assert who in first.err
    assert again.out == ""
    assert "in the first answer" in again.err
    listed = tally("token", "list").fine().out
    assert first.out.strip() not in listed
    (only,) = tally("token", "list", who, "--json").fine().json
    assert (only["principal"], only["token"]["revoked"]) == (who, False)
    tally("token", "revoke", who, only["token"]["token_id"], *WHY).fine()
    assert "revoked" in tally("token", "list", "Ada Lovelace").fine().out


@pytest.mark.req("R-ROL-06", "R-ROL-09")
def test_roles_are_granted_and_taken_and_refusals_end_with_1(tally: Tally) -> None:
    who = added(tally)
    tally("role", "grant", who, "release_manager", *WHY).fine()
    again = tally("role", "grant", who, "release_manager", *WHY)
    assert (again.code, "ROLE_HELD" in again.err) == (1, True)
    tally("role", "revoke", who, "release_manager", *WHY).fine()
    none = tally("role", "revoke", who, "release_manager", *WHY)
    assert (none.code, "ROLE_NOT_HELD" in none.err) == (1, True)
    unfit = tally("role", "grant", who, "ci", *WHY)
    assert (unfit.code, "ROLE_UNFIT" in unfit.err) == (1, True)
    program = added(tally, "Pipeline", "--service", "--role", "ci")
    assert "program" in tally("people", "show", program).fine().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("people", "add", ""), "name: expected"),
        (("people", "add", "x", "--role", "emperor"), "roles/0: expected one of auditor, ci"),
        (("people", "add", "x", "--contact", "somewhere"), "expected CHANNEL:ADDRESS, found 'somewhere'"),
        (("people", "add", "x", "--contact", "pigeon:x"), "contacts/0/channel: expected one of"),
        (("people", "leave", "x", "--rationale", "short"), "expected at least 10 characters"),
        (("people", "leave", "x"), "--rationale"),
        (("role", "grant", "x", "emperor", *WHY), "role: expected one of"),
    ],
)
def test_wrong_words_are_usage_errors(words: tuple[str, ...], said: str, tally: Tally) -> None:
    ended = tally(*words)
    assert ended.code == 64
    assert said in ended.err.replace("\n", " ")


@pytest.mark.parametrize("group", ["people", "token", "role"])
def test_help_in_the_list_of_commands_is_never_cut(group: str) -> None:
    _, _, listed = run(group, "--help").fine().out.partition("Commands:")
    assert listed
    assert "..." not in listed


@pytest.mark.req("R-EVT-04", "R-ROL-06")
def test_an_export_with_people_in_it_is_valid_and_names_nobody(tally: Tally, tmp_path: Path) -> None:
    who = added(tally, "Zacharias", "--role", "responder", "--contact", "email:zacharias@example.org")
    token = tally("token", "new", who).fine().out.strip()
    tally("people", "leave", who, "--rationale", "Zacharias left. " * 400).fine()
    out = tmp_path / "ledger"
    tally("export", "--ledger", "--out", out).fine()
    everything = b"".join(path.read_bytes() for path in out.rglob("*") if path.is_file())
    assert b"Zacharias" not in everything
    assert token.encode() not in everything
    ran = run("verify", out, "--log-key", tally.home / "log.vkey").fine()
    assert ran.out.endswith("VALID\n")
    assert "unknown" not in ran.out
    tally("log", "fsck").fine()
    assert STREAM == "people"
