"""One table of exit codes, whatever goes wrong in whichever command (R-AUT-02)."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from application.exporttarget import NotFree
from ledger.errors import (
    EntryTooLarge,
    IdempotencyReused,
    IntegrityError,
    KeyUnavailable,
    QueueFull,
    ReadOnly,
    StoreBusy,
    StoreError,
    StoreFull,
    VersionConflict,
)
from projections.configerror import ConfigError
from tallystick.cli import app
from tallystick.cli.exits import MEANINGS, exit_code
from tallystick.cli.refused import Refused
from tallystick.desk import NotDone, Unreachable
from tallystick.initialise import AlreadyInitialised
from tallystick.settings import SettingsError
from tallystick.wiring import NotInitialised
from tests.support.commandline import run
from tests.support.tree import ROOT
from verifier.errors import Unreadable, WrongUse

TABLE: tuple[tuple[BaseException, int], ...] = (
    (typer.BadParameter("x"), 64),
    (SettingsError("x"), 64),
    (WrongUse("x"), 64),
    (NotFree("x"), 64),
    (Refused("x"), 1),
    (NotDone("X", "x"), 1),
    (AlreadyInitialised("x"), 1),
    (VersionConflict("s", 1, 2), 1),
    (IdempotencyReused("k"), 1),
    (EntryTooLarge("x", 2, 1), 1),
    (IntegrityError("p", 1, 2), 1),
    (QueueFull(1), 69),
    (Unreachable("x"), 69),
    (Unreadable("p", "x"), 69),
    (NotInitialised("x"), 69),
    (KeyUnavailable("file:x", "x"), 69),
    (StoreError("x"), 69),
    (StoreBusy("x"), 69),
    (StoreFull("x"), 69),
    (ReadOnly("x"), 69),
    (ConfigError("p", "a", "b"), 69),
    (PermissionError(13, "Permission denied"), 69),
    (BrokenPipeError(), 141),
    (KeyboardInterrupt(), 130),
    (typer.Abort(), 130),
    (AssertionError("x"), 70),
    (RuntimeError("x"), 70),
    (KeyError("x"), 70),
)


def commands(group: Any, *path: str) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, *path, name)
        else:
            yield (*path, name)


COMMANDS = sorted(commands(typer.main.get_command(app)))


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr("tallystick.cli.version.program", fail)


@pytest.mark.req("R-AUT-02")
@pytest.mark.parametrize(("error", "code"), TABLE, ids=lambda item: type(item).__name__)
def test_every_kind_of_error_has_its_code(error: BaseException, code: int) -> None:
    assert exit_code(error) == code
    assert code in MEANINGS


@pytest.mark.req("R-AUT-02")
@pytest.mark.parametrize(("error", "code"), TABLE, ids=lambda item: type(item).__name__)
def test_a_command_that_fails_ends_with_the_code_of_its_error(
    error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if isinstance(error, BrokenPipeError):
        monkeypatch.setattr("tallystick.cli.run._abandon_output", lambda: None)
    failing(monkeypatch, error)
    ended = run("version")
    assert ended.code == code
    assert ended.out == ""
    assert "Traceback" not in ended.err


@pytest.mark.req("R-AUT-02")
def test_a_crash_says_that_it_is_a_bug_and_shows_where_only_if_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, RuntimeError("boom"))
    plain, told = run("version"), run("--debug", "version")
    assert "this is a bug" in plain.err
    assert "RuntimeError: boom" in plain.err
    assert "Traceback" not in plain.err
    assert "Traceback" in told.err
    assert (plain.code, told.code) == (70, 70)


@pytest.mark.req("R-AUT-02")
@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_an_unknown_option_is_a_usage_error_in_every_command(path: tuple[str, ...]) -> None:
    ended = run(*path, "--no-such-option")
    assert (ended.code, ended.out) == (64, "")
    assert "no-such-option" in ended.err.lower()


@pytest.mark.req("R-AUT-02")
@pytest.mark.parametrize(
    "argv",
    [
        ("nonsense",),
        ("keys", "nonsense"),
        ("log",),
        ("act",),
        ("act", "INC-1"),
        ("timeline",),
        ("verify",),
        ("export", "--ledger"),
        ("recover",),
        ("serve", "--port", "70000"),
        ("serve", "--port", "many"),
        ("serve", "--workers", "2"),
        ("init", "--profile", "lax"),
        ("init", "--origin", "NOT A NAME"),
        ("init", "--successor-of", "no-such-file"),
        ("timeline", "INC-1", "--at-version", "0"),
        ("timeline", "INC-1", "--at", "yesterday"),
        ("timeline", "INC-1", "--at", "2026-03-01T02:10:00"),
        ("timeline", "INC-1", "--at", "2026-03-01T02:10:00Z", "--at-version", "1"),
        ("timeline", "INC-1", "--json", "--canonical"),
        ("show", "--at-version", "1"),
        ("keys", "retire-recorder", "0123abcd", "--root-key", "no-such-file"),
        ("keys", "compromise-recorder", "0123abcd"),
        ("keys", "enrol-actor", "p-ann"),
        ("verify", "no-such-folder"),
        ("recover", "--from", "no-such-folder"),
    ],
    ids=" ".join,
)
def test_what_makes_no_sense_is_a_usage_error(argv: tuple[str, ...]) -> None:
    ended = run(*argv)
    assert ended.code == 64, ended.err
    assert ended.out == ""
    assert ended.err


@pytest.mark.req("R-AUT-02")
def test_without_a_command_everything_is_explained_and_nothing_done() -> None:
    ended = run()
    assert ended.code == 64
    for name in ("init", "serve", "act", "verify", "recover", "doctor"):
        assert name in ended.err


def test_help_is_no_error() -> None:
    for path in ((), *COMMANDS):
        ended = run(*path, "--help").fine()
        assert "Usage: tallystick" in ended.out


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "many"), ("PROFILE", "lax"), ("URL", "ftp://x"), ("LOG_LEVEL", "LOUD")]
)
def test_a_setting_that_cannot_be_used_is_a_usage_error(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"TALLYSTICK_{name}", value)
    ended = run("show")
    assert ended.code == 64
    assert f"setting {name.lower()}" in ended.err


@pytest.mark.req("R-AUT-03")
def test_a_wrong_setting_is_named_and_its_value_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLYSTICK_PORT", "tally_a_token_in_the_wrong_place")
    ended = run("show")
    assert "setting port" in ended.err
    assert "tally_a_token" not in ended.err


@pytest.mark.parametrize("argv", [("--help",), ("version",)], ids=" ".join)
def test_when_its_reader_has_gone_a_command_ends_quietly(argv: tuple[str, ...]) -> None:
    nobody, end = os.pipe()
    os.close(nobody)
    with os.fdopen(end, "wb") as out:
        command = [sys.executable, "-m", "tallystick", *argv]
        ended = subprocess.run(command, cwd=ROOT, stdout=out, stderr=subprocess.PIPE, check=False)
    assert (ended.returncode, ended.stderr) == (141, b"")
