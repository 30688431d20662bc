"""``tallystick keys``: who may sign what, and changes of it (design section 4, "Keyring")."""

from __future__ import annotations

import msgspec
import typer

from ledger.allowedsigners import allowed_signers
from ledger.enrolment import Enrolment, Role
from ledger.keyring import Keyring
from ledger.keystream import load_keyring
from ledger.note import format_vkey, log_vkey
from ledger.sshkey import ssh_public_key
from tallystick.cli import key_orders
from tallystick.cli.options import HomeOption, JsonOption
from tallystick.cli.output import say, say_json, say_table, write
from tallystick.settings import load_settings
from tallystick.wiring import open_engine

app = typer.Typer(name="keys", help="Who may sign what, and changes of it.", no_args_is_help=True)


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """One key: its name, how it is spelled, and between which entries it is in force."""

    role: Role
    name: str
    key: str
    since: int
    until: int | None
    suspect_from: int | None
    principal: str | None


@app.callback()
def keys() -> None:
    """See and change who may sign what."""


@app.command("list")
def list_keys(*, home: HomeOption = None, json: JsonOption = False) -> None:
    """List every key there ever was, by role."""
    with open_engine(load_settings(home=home), read_only=True) as engine:
        found = all_keys(load_keyring(engine.store))
    if json:
        say_json(found)
    else:
        say_table(
            ("role", "name", "since entry", "until entry", "whose", "key"),
            ((k.role, k.name[:16], str(k.since), _until(k), k.principal or "", k.key) for k in found),
        )


@app.command("vkey")
def vkey(*, home: HomeOption = None) -> None:
    """Print the log's verifier key.

    It is the one thing an auditor pins.
    """
    with open_engine(load_settings(home=home), read_only=True) as engine:
        say(engine.vkey)


@app.command("allowed-signers")
def print_allowed_signers(*, home: HomeOption = None) -> None:
    """Print the file for ssh-keygen.

    With it `ssh-keygen -Y verify` checks what root and actor keys have signed.
    """
    with open_engine(load_settings(home=home), read_only=True) as engine:
        write(allowed_signers(load_keyring(engine.store)).encode())


def all_keys(keyring: Keyring) -> list[Key]:
    """Return the keys of a keyring by role, the oldest first."""
    entries = sorted(keyring.book.items(), key=lambda item: (item[1].owner.role, item[1].since.position))
    return [_key(keyring.origin, name, entry) for name, entry in entries]


def _key(origin: str, name: str, entry: Enrolment) -> Key:
    return Key(
        role=entry.owner.role,
        name=name,
        key=_spelled(origin, entry),
        since=entry.since.position,
        until=None if entry.until is None else entry.until.position,
        suspect_from=entry.suspect_from,
        principal=entry.owner.principal or None,
    )


def _spelled(origin: str, entry: Enrolment) -> str:
    match entry.owner.role:
        case "log":
            return format_vkey(log_vkey(origin, entry.owner.public_key))
        case "recorder":
            return entry.owner.public_key.hex()
        case _:
            return ssh_public_key(entry.owner.public_key)


def _until(key: Key) -> str:
    doubt = "" if key.suspect_from is None else f", suspect from {key.suspect_from}"
    return "" if key.until is None else f"{key.until}{doubt}"


key_orders.add(app)
