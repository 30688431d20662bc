"""The commands, each from a module of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from tallystick.cli.act import act
from tallystick.cli.artifacts import app as artifacts
from tallystick.cli.bundle import bundle
from tallystick.cli.consume import consume
from tallystick.cli.demo import demo
from tallystick.cli.differing import diff
from tallystick.cli.dlq import app as dlq
from tallystick.cli.doctor import doctor
from tallystick.cli.evidence import app as evidence
from tallystick.cli.exec import exec_
from tallystick.cli.export import export
from tallystick.cli.gates import gates
from tallystick.cli.init import init
from tallystick.cli.kafka import app as kafka
from tallystick.cli.keys import app as keys
from tallystick.cli.log import app as log
from tallystick.cli.manifest import app as manifest
from tallystick.cli.metrics import metrics
from tallystick.cli.people import app as people
from tallystick.cli.recover import recover
from tallystick.cli.replay import replay
from tallystick.cli.role import app as role
from tallystick.cli.run import Run
from tallystick.cli.serve import serve
from tallystick.cli.show import show
from tallystick.cli.timeline import timeline
from tallystick.cli.token import app as token
from tallystick.cli.verify import verify
from tallystick.cli.version import version

COMMANDS: tuple[Callable[..., None], ...] = (
    *(init, serve, consume, demo, act, exec_, show, gates, timeline, replay, diff, metrics),
    *(export, bundle, verify, recover, doctor, version),
)
GROUPS = (kafka, dlq, log, keys, people, token, role, evidence, artifacts, manifest)

app = typer.Typer(
    name="tallystick",
    help="A signed incident ledger that an auditor can check without trusting whoever runs it.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for command in COMMANDS:
    # `exec` is a word of Python's as well.
    app.command(command.__name__.rstrip("_"))(command)
for group in GROUPS:
    app.add_typer(group)


@app.callback()
def common(
    context: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error comes from.")] = False,
) -> None:
    """Options before the command hold for every command."""
    context.ensure_object(Run).debug = debug
