"""What becomes of an order about keys: its statement printed, or the order recorded and published."""

from __future__ import annotations

from pathlib import Path

import msgspec
import typer

from application.engine import Engine
from ledger.durable import replace_durably
from ledger.keyring import log_keys
from ledger.keystream import load_keyring
from ledger.rootkeys import NAMESPACE
from tallystick.cli.output import say, tell, write
from tallystick.home import Home
from tallystick.keychanges import Authority, Order, record, statement_of
from tallystick.publishing import publish_now
from tallystick.settings import load_settings
from tallystick.wiring import open_engine, signing_vkey

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
        _renew_label(engine, settings.place)
    if afterwards is not None:
        say(afterwards)


def _renew_label(engine: Engine, home: Home) -> None:
    """Keep ``log.vkey`` one that is in force: it is what the operator hands out."""
    keyring, size = load_keyring(engine.store), engine.store.head().size
    if home.vkey.read_text().strip() not in log_keys(keyring, size):
        vkey = signing_vkey(engine.store, keyring)
        replace_durably(home.vkey, f"{vkey}\n".encode(), mode=0o644)
        say(f"The verifier key to hand out is now {vkey}")
