"""``tallystick kafka``: how far each partition was taken in, and a person's word on one that stands still."""

from __future__ import annotations

from typing import Annotated

import typer

from tallystick.cli.options import DIGITS, HomeOption, JsonOption
from tallystick.cli.output import say, say_json, say_table
from tallystick.consuming import read_config
from tallystick.desk import NotDone
from tallystick.settings import load_settings
from tallystick.sources import formats
from tallystick.tokens import OPERATOR
from tallystick.wiring import open_engine

app = typer.Typer(name="kafka", help="How the topics of config/kafka.yaml stand.", no_args_is_help=True)


@app.callback()
def kafka() -> None:
    """Look at the topics that are taken in, and decide where one goes on."""


@app.command()
def status(*, home: HomeOption = None, json: JsonOption = False) -> None:
    """List each partition and how it stands.

    Where it goes on, what the broker has, and why it stands still if it does.
    """
    # Late, as in `consume`.
    from consumers.kafka.resuming import standings  # noqa: PLC0415 - see above

    settings = load_settings(home=home)
    config = read_config(settings.place.config, formats(settings.place))
    with open_engine(settings, read_only=True) as engine:
        found = standings(engine, config)
    if json:
        say_json(found)
        return
    rows = [
        (
            f"{item.topic}/{item.partition}",
            "-" if item.owned is None else str(item.owned.next_offset),
            f"{item.first_offset} to {item.end_offset}",
            "-" if item.owned is None else str(max(0, item.end_offset - item.owned.next_offset)),
            "-" if item.owned is None else str(item.owned.epoch),
            "" if item.gap is None else f"stands still: {item.gap.kind}",
        )
        for item in found
    ]
    say_table(("partition", "goes on at", "broker has", "behind", "owner's epoch", ""), rows)


@app.command()
def resume(
    topic: Annotated[str, typer.Argument(metavar="TOPIC")],
    partition: Annotated[int, typer.Argument(metavar="PARTITION", min=0)],
    *,
    at: Annotated[
        str, typer.Option("--at", metavar="OFFSET", help="An offset that it has, earliest or latest.")
    ],
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Why; recorded with the decision.")],
    home: HomeOption = None,
) -> None:
    """Take a partition in from an offset on.

    Whatever is lost by it; the decision is a signed fact.
    """
    # Late, as in `consume`.
    from consumers.kafka.resuming import resume as resumed  # noqa: PLC0415 - see above
    from consumers.kafka.resuming import standings  # noqa: PLC0415 - see above

    settings = load_settings(home=home)
    config = read_config(settings.place.config, formats(settings.place))
    with open_engine(settings) as engine:
        found = [
            item for item in standings(engine, config) if (item.topic, item.partition) == (topic, partition)
        ]
        if not found:
            raise NotDone("NOT_FOUND", f"expected a partition that `status` shows, found {topic}/{partition}")
        (standing,) = found
        offset = _offset(at, standing.first_offset, standing.end_offset)
        resumed(engine, config, standing, offset, rationale=why, who=OPERATOR)
    say(f"{topic}/{partition} is taken in from {offset} on.")


def _offset(text: str, first: int, end: int) -> int:
    known = {"earliest": first, "latest": end}
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= DIGITS else None
    offset = known.get(text, number)
    if offset is None or not first <= offset <= end:
        expected = f"earliest, latest, or an offset from {first} to {end}"
        raise typer.BadParameter(f"expected {expected}, found {text!r}", param_hint="--at")
    return offset
