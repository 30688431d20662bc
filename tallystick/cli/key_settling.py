"""What becomes of an order about keys: its statement printed, or the order recorded and published."""

from __future__ import annotations

from pathlib import Path

import msgspec
import typer

from ledger.rootkeys import NAMESPACE
from tallystick.cli.output import say, tell, write
from tallystick.keychanges import Authority, Order, record, statement_of
from tallystick.label import renew_label
from tallystick.publishing import publish_now
from tallystick.settings import load_settings
from tallystick.wiring import open_engine

STATEMENT = "statement"


class Asked(msgspec.Struct, frozen=True):
    """How an order was given: in which group of commands, for which home, by which authority."""

    context: typer.Context
    home: Path | None
    root_keys: list[Path] | None
    root_signatures: list[Path] | None


def settle(asked: Asked, order: Order, afterwards: str | None = None) -> None:
    """Print the statement of ``order``, or record it and say where it is, and what to do ``afterwards``."""
    parent = asked.context.parent
    settings = load_settings(home=asked.home)
    if parent is not None and parent.info_name == STATEMENT:
        with open_engine(settings, read_only=True) as engine:
            write(statement_of(engine.store, order))
        tell(f"Save it as FILE, then: ssh-keygen -Y sign -f ROOTKEY -n {NAMESPACE} FILE")
        tell("and run the order itself with --root-signature FILE.sig, before any other change of keys.")
        return
    authority = Authority(tuple(asked.root_keys or ()), tuple(asked.root_signatures or ()))
    with open_engine(settings) as engine:
        row = record(engine, settings.place, order, authority).rows[0]
        publish_now(settings, engine)
        say(f"entry {row.position}  {row.type}  leaf {row.leaf_hash.hex()}")
        renewed = renew_label(engine, settings.place)
        if renewed is not None:
            say(f"The verifier key to hand out is now {renewed}")
    if afterwards is not None:
        say(afterwards)
