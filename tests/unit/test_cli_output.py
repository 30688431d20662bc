"""What reaches a terminal, a pipe and the log: bars, tables, and never a secret."""

from __future__ import annotations

import io
import json

import pytest
import structlog

from tallystick.cli.output import say_table, shown
from tallystick.cli.progress import progress
from tallystick.logs import log_to_stderr


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def steps() -> None:
    with progress() as step:
        for done in range(4):
            step("entries", done, 3)
        step("sums", 0, 0)


@pytest.mark.req("R-AUT-03")
def test_progress_shows_on_a_terminal_and_on_standard_error_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    steps()
    assert "entries" in terminal.getvalue()
    assert "3/3" in terminal.getvalue()
    assert capsys.readouterr().out == ""


def test_without_a_terminal_there_is_no_progress(capsys: pytest.CaptureFixture[str]) -> None:
    steps()
    assert capsys.readouterr() == ("", "")


def test_columns_are_as_wide_as_their_widest_cell_and_lines_have_no_ends_of_blanks(
    capsys: pytest.CaptureFixture[str],
) -> None:
    say_table(("a", "b"), [("ああ", "x"), ("1", ""), ("22222", "y" * 200)])
    assert capsys.readouterr().out.splitlines() == [
        "a      b",
        "ああ   x",
        "1",
        f"22222  {'y' * 200}",
    ]


def test_a_table_without_rows_has_its_heads(capsys: pytest.CaptureFixture[str]) -> None:
    say_table(("a", "b"), [])
    assert capsys.readouterr().out == "a  b\n"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("\x1b[31mred", "\ufffd[31mred"),
        ("two\nlines", "two lines"),
        ("⟦⟦ kept", "⟦ kept"),
        ("⟦sealed:x⟧", "⟦sealed:x⟧"),
    ],
)
def test_foreign_text_is_one_harmless_line(text: str, seen: str) -> None:
    assert shown(text) == seen


def test_the_log_is_one_json_object_a_line_from_its_level_on(capsys: pytest.CaptureFixture[str]) -> None:
    log_to_stderr("WARNING")
    log = structlog.get_logger("test")
    log.info("not this")
    log.warning("this", number=1)
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert {**json.loads(line), "timestamp": None} == {
        "event": "this",
        "level": "warning",
        "number": 1,
        "timestamp": None,
    }
