"""``tallystick keys ORDER`` records a change of keys; ``keys statement ORDER`` prints what root keys sign.

The same functions serve both, so that the statement printed is the statement recorded: whoever signs offline
runs the one, signs, and brings the signature to the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final

import typer
from msgspec.structs import replace

from ledger import keyorders
from ledger.keyfacts import ActorEnrolled, KeySignature, LaterFact
from ledger.keyfile import create_key_file
from ledger.keyuri import open_signer
from ledger.rootkeys import in_order
from ledger.signer import Signer, keyid
from ledger.sshkey import open_ssh_signer, parse_ssh_public_key, ssh_public_key
from ledger.sshsig import parse_ssh_signature
from tallystick.cli.key_options import (
    Create,
    KeyUri,
    Name,
    Possessions,
    Principal,
    PrivateKeys,
    PublicKeys,
    RootKeys,
    RootSignatures,
    SuspectFrom,
)
from tallystick.cli.key_settling import Asked, settle
from tallystick.cli.options import HomeOption
from tallystick.keychanges import Keys, named

Roots = Sequence[Signer]
FILE_URI = "file:"


def enrol_recorder(
    context: typer.Context,
    *,
    key: KeyUri,
    create: Create = False,
    root_key: RootKeys = None,
    root_signature: RootSignatures = None,
    home: HomeOption = None,
) -> None:
    """Let one more key sign envelopes."""
    new = _signer(key, create=create)
    settle(
        Asked(context, home, root_key, root_signature),
        lambda keys, roots: keyorders.enrol_recorder(keys.head, new, roots),
        f"To write with it: set recorder_key = {key!r} in tallystick.toml and start the service again.",
    )


def retire_recorder(
    context: typer.Context,
    name: Name,
    *,
    root_key: RootKeys = None,
    root_signature: RootSignatures = None,
    home: HomeOption = None,
) -> None:
    """End a key that signs envelopes.

    What it signed stays valid.
    """
    settle(
        Asked(context, home, root_key, root_signature),
        lambda keys, roots: keyorders.retire_recorder(
            keys.head, named(keys.keyring, "recorder", name), roots
        ),
    )


def compromise_recorder(
    context: typer.Context,
    name: Name,
    *,
    suspect_from: SuspectFrom,
    root_key: RootKeys = None,
    root_signature: RootSignatures = None,
    home: HomeOption = None,
) -> None:
    """End a recorder key that got out.

    What it signed stays valid; entries from `--suspect-from` on are reported as doubtful.
    """
    settle(
        Asked(context, home, root_key, root_signature),
        lambda keys, roots: keyorders.compromise_recorder(
            keys.head, named(keys.keyring, "recorder", name), suspect_from, roots
        ),
    )


def add_log_key(
    context: typer.Context,
    *,
    key: KeyUri,
    create: Create = False,
    root_key: RootKeys = None,
    root_signature: RootSignatures = None,
    home: HomeOption = None,
) -> None:
    """Let one more key sign checkpoints."""
    new = _signer(key, create=create)
    settle(
        Asked(context, home, root_key, root_signature),
        lambda keys, roots: keyorders.add_logkey(keys.head, new, roots),
        f"To publish with it: set log_key = {key!r} in tallystick.toml, start the service again, and hand "
        "out the new verifier key before you retire the old one.",
    )


def retire_log_key(
    context: typer.Context,
    name: Name,
    *,
    root_key: RootKeys = None,
    root_signature: RootSignatures = None,
    home: HomeOption = None,
) -> None:
    """End a key that signs checkpoints."""
    settle(
        Asked(context, home, root_key, root_signature),
        lambda keys, roots: keyorders.retire_logkey(keys.head, named(keys.keyring, "log", name), roots),
    )


def enrol_actor(
    context: typer.Context,
    principal: Principal,
    *,
    key: PrivateKeys = None,
    public_key: PublicKeys = None,
    possession: Possessions = None,
    root_key: RootKeys = None,
    root_signature: RootSignatures = None,
    home: HomeOption = None,
) -> None:
    """Let a person's key sign decisions."""
    if len(key or ()) + len(public_key or ()) != 1:
        raise typer.BadParameter("expected one --key, or one --public-key with its --possession")
    shown = "".join(path.read_text("ascii", "replace") for path in possession or ())
    new = [open_ssh_signer(path) for path in key or ()]
    line = None if new else ssh_public_key(_public(public_key or ())[0])

    def order(keys: Keys, roots: Roots) -> LaterFact:
        if line is None:
            return keyorders.enrol_actor(keys.head, principal, new[0], roots)
        fact = ActorEnrolled(principal=principal, key=line, possession=shown)
        return keyorders.authorised(keys.head, fact, roots)

    settle(Asked(context, home, root_key, root_signature), order)


def retire_actor(
    context: typer.Context,
    principal: Principal,
    name: Name,
    *,
    root_key: RootKeys = None,
    root_signature: RootSignatures = None,
    home: HomeOption = None,
) -> None:
    """End a person's key.

    What it signed stays valid.
    """
    settle(
        Asked(context, home, root_key, root_signature),
        lambda keys, roots: keyorders.retire_actor(
            keys.head, principal, named(keys.keyring, "actor", name), roots
        ),
    )


def compromise_actor(
    context: typer.Context,
    principal: Principal,
    name: Name,
    *,
    suspect_from: SuspectFrom,
    root_key: RootKeys = None,
    root_signature: RootSignatures = None,
    home: HomeOption = None,
) -> None:
    """End a person's key that got out.

    What it signed stays valid; decisions from `--suspect-from` on are reported as doubtful.
    """
    settle(
        Asked(context, home, root_key, root_signature),
        lambda keys, roots: keyorders.compromise_actor(
            keys.head, principal, named(keys.keyring, "actor", name), suspect_from, roots
        ),
    )


def change_root(
    context: typer.Context,
    *,
    public_key: PublicKeys = None,
    threshold: Annotated[int, typer.Option(metavar="N", min=1, help="How many must sign from then on.")] = 1,
    key: PrivateKeys = None,
    possession: Possessions = None,
    root_key: RootKeys = None,
    root_signature: RootSignatures = None,
    home: HomeOption = None,
) -> None:
    """Replace the root keys.

    Name every one that is to be in force, and show that the new ones are held by somebody.
    """
    added = [open_ssh_signer(path) for path in key or ()]
    wanted = {*_public(public_key or ()), *(signer.public_key for signer in added)}
    if not wanted:
        raise typer.BadParameter("expected a --public-key or --key for each root key to be in force")
    shown = [_signature(path) for path in possession or ()]

    def order(keys: Keys, roots: Roots) -> LaterFact:
        fact = keyorders.change_root(keys.head, wanted, threshold, added=added, roots=roots)
        return replace(fact, possession=in_order((*fact.possession, *shown)))

    settle(Asked(context, home, root_key, root_signature), order)


ORDERS: Final[Mapping[str, Callable[..., None]]] = {
    "enrol-recorder": enrol_recorder,
    "retire-recorder": retire_recorder,
    "compromise-recorder": compromise_recorder,
    "add-log-key": add_log_key,
    "retire-log-key": retire_log_key,
    "enrol-actor": enrol_actor,
    "retire-actor": retire_actor,
    "compromise-actor": compromise_actor,
    "change-root": change_root,
}


def add(app: typer.Typer) -> None:
    """Add every order to ``app``, and to a group below it that only prints statements."""
    statements = typer.Typer(
        name="statement", help="Print the text that root keys sign for an order.", no_args_is_help=True
    )
    for name, order in ORDERS.items():
        app.command(name)(order)
        statements.command(name)(order)
    app.add_typer(statements)


def _signer(uri: str, *, create: bool) -> Signer:
    if create:
        if not uri.startswith(FILE_URI):
            raise typer.BadParameter(f"--create makes files: expected {FILE_URI}PATH, found another kind")
        create_key_file(Path(uri.removeprefix(FILE_URI)))
    return open_signer(uri)


def _public(paths: Sequence[Path]) -> list[bytes]:
    return [parse_ssh_public_key(path.read_text("utf-8").strip(), str(path)) for path in paths]


def _signature(path: Path) -> KeySignature:
    text = path.read_text("ascii", "replace")
    return KeySignature(keyid(parse_ssh_signature(text, str(path)).public_key), text)
