"""``tallystick init``: a complete home, made once, private, and never over something else."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from ledger.keystream import load_keyring
from tallystick.home import Home
from tallystick.settings import load_settings
from tallystick.wiring import open_engine
from tests.support.commandline import Tally, run


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_init_prints_the_verifier_key_first_and_what_to_do_next(home: Path) -> None:
    said = run("init", "--home", home).fine().out.splitlines()
    assert said[0] == (home / "log.vkey").read_text().strip()
    assert said[0].startswith("tallystick.invalid/")
    assert any(str(home / "keys" / "root") in line for line in said[1:])
    assert any("tallystick serve" in line for line in said[1:])


@pytest.mark.req("R-AUT-03")
def test_no_secret_is_ever_printed(home: Path) -> None:
    ran = run("init", "--home", home).fine()
    secrets = [home / "admin.token", home / "intake.token", *(home / "keys").glob("*.key")]
    for path in secrets:
        assert path.read_text().strip() not in ran.out + ran.err


def test_the_home_and_its_secrets_are_the_owners_alone(home: Path) -> None:
    run("init", "--home", home).fine()
    made = Home(home)
    assert mode(home) == mode(made.keys) == 0o700
    for path in (made.recorder_key, made.log_key, made.root_key, made.master_key, made.admin_token):
        assert mode(path) == 0o600, path
    assert mode(made.vkey) == 0o644


def test_a_second_init_is_refused_and_changes_nothing(home: Path) -> None:
    run("init", "--home", home).fine()
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    ended = run("init", "--home", home)
    assert ended.code == 1
    assert (home / "log.vkey").read_text().strip() in ended.err
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("dear auditor")
    tmp_path.chmod(0o755)
    ended = run("init", "--home", tmp_path)
    assert ended.code == 1
    assert "letters.txt" in ended.err
    assert [path.name for path in tmp_path.iterdir()] == ["letters.txt"]
    assert mode(tmp_path) == 0o755


def test_an_init_that_was_cut_short_is_completed_with_the_same_keys_and_name(home: Path) -> None:
    first = run("init", "--home", home).fine().out.splitlines()[0]
    token = (home / "admin.token").read_text()
    (home / "log.vkey").unlink()
    again = run("init", "--home", home, "--origin", "another.example/log").fine().out.splitlines()[0]
    assert again == first
    assert (home / "admin.token").read_text() == token


def test_the_origin_is_an_argument_or_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALLYSTICK_ORIGIN", "env.example/log")
    assert run("init", "--home", tmp_path / "a").fine().out.startswith("env.example/log+")
    named = run("init", "--home", tmp_path / "b", "--origin", "arg.example/log").fine()
    assert named.out.startswith("arg.example/log+")


@pytest.mark.req("R-PROF-01")
def test_the_profile_is_kept_for_every_later_command(home: Path) -> None:
    run("init", "--home", home, "--profile", "solo").fine()
    tally = Tally(home)
    number = tally.opened()
    assert tally("show", number, "--json").fine().json["profile"] == "solo"


def test_a_successor_names_the_ledger_it_continues(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    run("init", "--home", old, "--origin", "old.example/log").fine()
    out = tmp_path / "export"
    run("export", "--ledger", "--out", out, "--home", old).fine()
    run("init", "--home", new, "--successor-of", out / "checkpoint").fine()
    with open_engine(load_settings(home=new), read_only=True) as engine:
        assert load_keyring(engine.store).successor_of == (out / "checkpoint").read_text()
    run("export", "--ledger", "--out", tmp_path / "second", "--home", new).fine()
    verified = run("verify", tmp_path / "second", "--log-key", new / "log.vkey")
    assert verified.code == 0, verified.out


def test_a_file_that_is_no_checkpoint_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    (tmp_path / "note").write_text("hello\n")
    ended = run("init", "--home", tmp_path / "home", "--successor-of", tmp_path / "note")
    assert ended.code == 1
    assert not (tmp_path / "home").exists()
