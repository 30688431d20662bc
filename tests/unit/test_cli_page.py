"""docs/cli.md says what the program does, because the program wrote it."""

from __future__ import annotations

import re

from domain.commands import COMMANDS
from tallystick.cli.exits import MEANINGS
from tallystick.cli.page import page
from tallystick.settings import Settings
from tests.support.commandline import run
from tests.support.tree import ROOT


def test_the_page_is_what_the_program_prints_today() -> None:
    assert (ROOT / "docs" / "cli.md").read_text() == page(), "run python -m tallystick.cli.page > docs/cli.md"


def test_the_page_names_every_command_code_action_and_setting() -> None:
    text = page()
    for line in run("--help").fine().out.partition("Commands:")[2].splitlines():
        if found := re.match(r"  ([a-z]+) ", line):
            assert re.search(rf"^## `tallystick {found[1]}\b", text, re.MULTILINE), found[1]
    for code in MEANINGS:
        assert f"\n| {code} | " in text
    for action in COMMANDS:
        assert f"| `{action}` |" in text
    for name in Settings.model_fields:
        assert f"`TALLYSTICK_{name.upper()}`" in text


def test_help_in_the_list_of_commands_is_never_cut() -> None:
    for group in ((), ("keys",), ("log",)):
        _, _, listed = run(*group, "--help").fine().out.partition("Commands:")
        assert listed
        assert "..." not in listed
