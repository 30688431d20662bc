"""docs/cli.md, from the commands themselves; ``python -m tallystick.cli.page`` prints it.

The checked-in page is held equal by a test.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from typing import Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from domain.commands import COMMANDS
from tallystick.cli.app import app
from tallystick.cli.exits import MEANINGS
from tallystick.cli.shapes import Shape, names, shape
from tallystick.settings import Settings

PROGRAM = "tallystick"
COMPLETION = {"install_completion", "show_completion"}
HEAD = """\
# Commands

Generated from the program (`python -m tallystick.cli.page`).

What a command finds goes to standard output, everything else to standard error: hints, errors, and progress,
which shows on a terminal only. With `--json` the output is one JSON document. `tallystick --debug COMMAND`
shows where an error comes from; `tallystick --install-completion` teaches the shell.

`act`, `exec`, `show`, `gates`, `timeline`, `replay`, `diff`, `evidence`, `artifacts`, `metrics`, `bundle`,
`export --incident`, `people`, `token` and `role` work on the home on this machine, also beside a running
service; with `TALLYSTICK_URL` and `TALLYSTICK_TOKEN` set, and no `--home` given, on a service elsewhere. The
other commands work on a home; `verify` and `manifest` need none, and `demo` makes its own.

## Exit codes
"""
SETTINGS = """
## Settings

An argument wins over the environment, that over `tallystick.toml` in the home (the name in lower case,
without `TALLYSTICK_`), that over the default.

| variable | meaning | default |
|---|---|---|"""
STATEMENT = """
Print the text that root keys sign for one of the orders above, with its arguments and options. Sign it where
the root key is, with
`ssh-keygen -Y sign -f ROOTKEY -n tallystick/keys@v1 FILE`, and run the order itself with
`--root-signature FILE.sig` before any other change of keys."""


def page() -> str:
    """Return the page, with a final newline."""
    return (
        "\n".join([*_head(), *_commands(typer.main.get_command(app), PROGRAM), *_actions(), *_settings()])
        + "\n"
    )


def _head() -> Iterator[str]:
    yield HEAD
    yield "| code | meaning |"
    yield "|---|---|"
    for code, meaning in MEANINGS.items():
        yield f"| {code} | {meaning} |"


def _commands(group: Any, name: str) -> Iterator[str]:
    """Yield the commands of a group, then those of the groups below it."""
    below = []
    for command in group.commands.values():
        path = f"{name} {command.name}"
        if isinstance(command, TyperGroup):
            below.append((command, path))
        else:
            yield from _command(command, path)
    for command, path in below:
        if name == PROGRAM or command.name != "statement":
            yield from _commands(command, path)
        else:
            yield f"\n## `{path} ORDER …`"
            yield STATEMENT


def _command(command: TyperCommand, path: str) -> Iterator[str]:
    arguments = [p for p in command.params if isinstance(p, TyperArgument)]
    options = [
        p for p in command.params if isinstance(p, TyperOption) and p.name not in ("help", *COMPLETION)
    ]
    yield ""
    yield f"## `{' '.join([path, *(_metavar(a) for a in arguments)])}`"
    yield ""
    yield inspect.cleandoc(command.help or "")
    if arguments or options:
        yield ""
        yield "| | |"
        yield "|---|---|"
    for argument in arguments:
        yield f"| `{_cell(_metavar(argument))}` | {_cell(argument.help)} |"
    for option in options:
        required = " Required." if option.required else ""
        yield f"| `{_cell(_spelled(option))}` | {_cell(option.help)}{required} |"


def _metavar(argument: TyperArgument) -> str:
    return argument.metavar or (argument.name or "").upper()


def _spelled(option: TyperOption) -> str:
    name = "/".join(option.opts)
    return name if option.is_flag else f"{name} {option.metavar or ''}".rstrip()


def _cell(text: str | None) -> str:
    """Return text for a table's cell."""
    return (text or "").replace("|", "\\|")


def _actions() -> Iterator[str]:
    yield ""
    yield "## Actions and their fields"
    yield ""
    yield "| action | field | |"
    yield "|---|---|---|"
    for action, kind in COMMANDS.items():
        for name in names(kind):
            found = shape(kind, name)
            if found is not None:
                yield f"| `{action}` | `{name}` | {_cell(_described(found))} |"


def _described(found: Shape) -> str:
    if found.choices:
        return "One of " + ", ".join(found.choices) + "."
    match found.kind:
        case "boolean":
            return "yes or no."
        case "array":
            return f"List. {found.about}".strip()
        case "object":
            return f"Any names: `name.KEY=value`, or JSON. {found.about}".strip()
        case _:
            return found.about or "Text."


def _settings() -> Iterator[str]:
    yield SETTINGS
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else f"`{field.default}`"
        yield f"| `TALLYSTICK_{name.upper()}` | {_cell(field.description)} | {default} |"


if __name__ == "__main__":
    sys.stdout.write(page())
