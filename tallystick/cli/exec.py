"""``tallystick exec``: run an approved command here, and record what it did (R-STEP-31, R-AUT-29)."""

from __future__ import annotations

import socket
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Annotated, Final

import msgspec
import typer

from domain.commands import ACTIONS
from domain.execution.commands import RecordCommand
from domain.stored_blob import StoredBlob
from tallystick.cli.desks import open_desk
from tallystick.cli.options import HomeOption, IncidentArgument
from tallystick.cli.output import tell
from tallystick.desk import Desk, NotDone, Order, Unreachable
from tallystick.execution import Watched, approved_line, keep, watched

ACTION: Final = ACTIONS[RecordCommand]


def exec_(
    incident: IncidentArgument,
    argv: Annotated[list[str], typer.Argument(metavar="-- COMMAND...", help="What to run.")],
    *,
    expected_exit_code: Annotated[
        int, typer.Option(metavar="N", help="What the command returns when it succeeds.")
    ] = 0,
    home: HomeOption = None,
) -> None:
    """Run an approved command and record it.

    Only a command of the plan that is being executed runs, word by word as it was approved (a line for a
    shell as `-- sh -c LINE`). Its output is shown, and stored encrypted; its exit code is recorded and
    returned. If it cannot be recorded, the request is kept in a file here, to be made later with `act`.
    """
    with open_desk(home, read_only=False) as desk, TemporaryFile() as out, TemporaryFile() as err:
        line = approved_line(desk.run(incident), argv)
        ran = watched(argv, out, err)
        command = RecordCommand(
            line=line,
            exit_code=ran.exit_code,
            expected_exit_code=expected_exit_code,
            started_at=ran.started_at,
            ended_at=ran.ended_at,
            host=socket.gethostname()[:128],
            source="exec",
        )
        try:
            done = desk.act(_order(incident, desk, command, out, err))
        except (NotDone, Unreachable) as error:
            path = keep(command, {"stdout": out, "stderr": err}, Path.cwd())
            tell(_kept(incident, path, ran, error))
            raise
    tell(f"Command {line} is on record: {done.receipt.number} is at version {done.receipt.version}.")
    raise typer.Exit(ran.exit_code if ran.exit_code >= 0 else 128 - ran.exit_code)


def _order(incident: str, desk: Desk, command: RecordCommand, out: IO[bytes], err: IO[bytes]) -> Order:
    stored = msgspec.structs.replace(
        command, stdout=_stored(incident, desk, out), stderr=_stored(incident, desk, err)
    )
    return Order(action=ACTION, command=stored, incident=incident)


def _stored(incident: str, desk: Desk, output: IO[bytes]) -> StoredBlob | None:
    size = output.tell()
    output.seek(0)
    return desk.upload(incident, output, size) if size else None


def _kept(incident: str, path: Path, ran: Watched, error: Exception) -> str:
    return (
        f"The command ran and returned {ran.exit_code}, and that is not on record: {error}.\n"
        f"Its output is beside {path.name}; record it with: tallystick act {incident} {ACTION} @{path.name}"
    )
