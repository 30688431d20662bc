"""``tallystick dlq``: messages of which nothing could be read, why, and taking them in again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from application.arriving import Arriving
from application.dead_letters import DeadLetter, dead_letters, find, letter_of, replays
from application.engine import Engine
from application.intake import receive_many
from application.steps import run
from consumers.decoding import decoded
from consumers.format import Format
from consumers.kafka.records import readable
from consumers.message import Message
from domain.moment import timestamp
from domain.signal import Origin
from tallystick.cli.options import HomeOption, JsonOption
from tallystick.cli.output import say, say_json, say_table, write
from tallystick.desk import NotDone
from tallystick.settings import load_settings
from tallystick.sources import formats
from tallystick.tokens import INTAKE
from tallystick.wiring import open_engine

DeliveryArgument = Annotated[
    str, typer.Argument(metavar="DELIVERY", help="The id of a delivery that `list` shows.")
]

app = typer.Typer(name="dlq", help="Messages of which nothing could be read.", no_args_is_help=True)


@app.callback()
def dlq() -> None:
    """List, show and take in again what could not be read."""


@app.command("list")
def list_letters(*, home: HomeOption = None, json: JsonOption = False) -> None:
    """List what could not be read, oldest first.

    With how often each was tried again.
    """
    with open_engine(load_settings(home=home), read_only=True) as engine:
        found, again = tuple(dead_letters(engine)), replays(engine)
    if json:
        say_json([{**_shown(item), "replays": again.get(item.delivery_id, 0)} for item in found])
        return
    heads = ("delivery", "recorded", "source", "from", "why", "tried again")
    rows = [
        (
            item.delivery_id,
            item.recordedtime[:19] + "Z",
            item.source,
            _origin(item.origin),
            item.reason,
            str(again.get(item.delivery_id, 0)),
        )
        for item in found
    ]
    say_table(heads, rows)


@app.command()
def show(
    delivery: DeliveryArgument,
    *,
    raw: Annotated[bool, typer.Option("--raw", help="Print the exact bytes of the message alone.")] = False,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Show where a message came from, and why.

    With its headers, or its exact bytes alone.
    """
    with open_engine(load_settings(home=home), read_only=True) as engine:
        item = _found(engine, delivery)
        letter = letter_of(engine, item)
    if raw:
        write(letter.body)
        return
    if json:
        say_json({**_shown(item), "headers": letter.headers, "bytes": len(letter.body)})
        return
    say(f"{item.delivery_id}, recorded {item.recordedtime}, entry {item.position}")
    say(f"  from      {item.source} in format {item.format}, {_origin(item.origin)}")
    say(f"  why       {item.reason}: {item.place}: expected {item.expected}")
    for name, text in letter.headers:
        say(f"  header    {name}: {text}")
    say(f"  message   {len(letter.body)} bytes; --raw prints them")


@app.command()
def replay(
    delivery: DeliveryArgument,
    *,
    form: Annotated[
        str | None, typer.Option("--format", metavar="FORMAT", help="Read it in this format instead.")
    ] = None,
    home: HomeOption = None,
) -> None:
    """Take a message in again.

    After the decoder or the format was put right. The new delivery keeps where the message came from, and
    names the one that it is again.
    """
    settings = load_settings(home=home)
    with open_engine(settings) as engine:
        item = _found(engine, delivery)
        taken = run(receive_many(engine, [_again(engine, item, form, formats(settings.place))], INTAKE, ()))
    say(f"{taken.received} new, {taken.duplicates} known, {taken.rejected} unusable.")
    if taken.rejected and not taken.received:
        raise typer.Exit(1)


def _again(engine: Engine, item: DeadLetter, named: str | None, known: Mapping[str, Format]) -> Arriving:
    letter = letter_of(engine, item)
    by_version = {row.version: row for row in known.values()}
    # A source that was configured says what its messages mean; others are known by the format recorded.
    row = known.get(item.source, by_version.get(item.format)) if named is None else known.get(named)
    if row is None:
        wanted = f"one of {', '.join(sorted(known))}"
        raise typer.BadParameter(f"expected {wanted}, found {named or item.format}", param_hint="--format")
    headers = dict(letter.headers) if item.origin is None else readable(letter.headers)
    message = Message(body=letter.body, headers=headers, received_at=timestamp(engine.clock()))
    return Arriving(
        delivery=decoded(row, message, item.source),
        body=letter.body,
        headers=dict(letter.headers),
        origin=item.origin,
        replay_of=item.delivery_id,
    )


def _found(engine: Engine, delivery: str) -> DeadLetter:
    item = find(engine, delivery)
    if item is None:
        raise NotDone("NOT_FOUND", f"{delivery}: expected a delivery that `dlq list` shows")
    return item


def _shown(item: DeadLetter) -> dict[str, object]:
    shown = {name: getattr(item, name) for name in item.__struct_fields__}
    return {**shown, "origin": None if item.origin is None else _origin(item.origin)}


def _origin(origin: Origin | None) -> str:
    return "HTTP" if origin is None else f"{origin.topic}/{origin.partition}/{origin.offset}"
