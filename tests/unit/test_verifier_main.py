"""``tallystick-verify``: the command of who has the verifier alone takes the same options."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
import typer

from ledger.note import format_vkey
from tallystick.cli.verify import verify
from tests.support.exports import VKEY, two_event_export
from verifier.main import main

PINNED = format_vkey(VKEY)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return two_event_export(tmp_path_factory.mktemp("main"))


def code_of(*arguments: str | Path) -> int | str | None:
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in arguments])
    return ended.value.code


def options(text: str) -> set[str]:
    return {word.strip("[],.()") for word in text.split() if word.startswith(("--", "[--"))}


def test_the_exit_code_is_that_of_the_verdict(
    export: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert code_of(export, "--log-key", PINNED) == 0
    assert capsys.readouterr().out.endswith("\nVALID\n")
    assert code_of(export, "--trusted", tmp_path) == 2
    assert code_of(tmp_path, "--log-key", PINNED) == 1


def test_every_option_reaches_the_verifier(
    export: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key, page = tmp_path / "key", tmp_path / "page.html"
    key.write_text(f"{PINNED}\n")
    since = export / "checkpoint"
    assert code_of(export, "--log-key", key, "--since", since, "--html", page, "--json") == 0
    assert json.loads(capsys.readouterr().out)["since"] == 2
    assert page.read_text().startswith("<!doctype html>")


def test_a_page_of_a_report_that_is_never_made_leaves_nothing(tmp_path: Path) -> None:
    page, mine = tmp_path / "page.html", tmp_path / "mine.html"
    mine.write_text("mine")
    for target in (page, mine):
        assert code_of("nowhere", "--html", target) == 64
    assert [path.name for path in tmp_path.iterdir()] == ["mine.html"]
    assert mine.read_text() == "mine"


@pytest.mark.parametrize(
    "words", [[], ["x", "--processes", "0"], ["--nonsense", "x"], ["--js", "x"], ["a", "b"], ["nowhere"]]
)
def test_arguments_that_make_no_sense_exit_64(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of(*words) == 64
    assert "error: " in capsys.readouterr().err


def test_both_commands_have_the_same_options(capsys: pytest.CaptureFixture[str]) -> None:
    app = typer.Typer()
    app.command()(verify)
    known = {name for option in typer.main.get_command(app).params for name in option.opts}
    assert code_of("--help") == 0
    assert options(capsys.readouterr().out) - {"--help"} == {
        name for name in known if name.startswith("--")
    } - {
        "--install-completion",
        "--show-completion",
    }


def test_a_terminal_sees_how_far_it_is(export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert code_of(export, "--log-key", PINNED) == 0
    assert "files: 1" in terminal.getvalue()
    assert "blobs: 1 of 1" in terminal.getvalue()


def test_a_key_that_no_file_could_be_named_by_is_said_to_be_none(
    export: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert code_of(export, "--log-key", "x" * 9_000) == 64
    assert "error: log key: " in capsys.readouterr().err
