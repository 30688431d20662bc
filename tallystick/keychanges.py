"""Changing keys from here: an order made for the present head of stream ``keys``, authorised, recorded.

Root keys sign here, by file, or elsewhere, by ``ssh-keygen -Y sign`` over the statement of the order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import msgspec

from application.engine import Engine
from ledger.append import AppendRequest, Draft, Part, Receipt
from ledger.enrolment import Role
from ledger.errors import IntegrityError, KeyUnavailable
from ledger.event import format_time
from ledger.keyfacts import STREAM, LaterFact, to_data, type_name
from ledger.keyorders import countersigned
from ledger.keyring import Keyring
from ledger.keystream import load_keyring
from ledger.rootkeys import KeysHead, statement
from ledger.signer import Signer
from ledger.sshkey import open_ssh_signer
from ledger.store.contract import Reader
from tallystick.home import Home
from tallystick.tokens import OPERATOR

ROLE = "ledger_admin"
MIN_NAME = 8

Order: TypeAlias = Callable[["Keys", Sequence[Signer]], LaterFact]
"""Makes the fact for the present keys, signed by the root keys that are at hand."""


class Keys(msgspec.Struct, frozen=True):
    """The keyring and where the next fact about keys goes."""

    keyring: Keyring
    head: KeysHead


class Authority(msgspec.Struct, frozen=True):
    """Root keys by file, and signatures that root keys elsewhere have made."""

    keys: tuple[Path, ...]
    signatures: tuple[Path, ...]

    def signers(self, home: Home) -> tuple[Signer, ...]:
        """Return the root keys at hand: those named, or the home's own when nothing else is given."""
        paths = self.keys
        if not paths and not self.signatures:
            if not home.root_key.exists():
                why = "name it with --root-key, or bring its signature with --root-signature"
                raise KeyUnavailable(str(home.root_key), f"no root key in the home; {why}")
            paths = (home.root_key,)
        return tuple(open_ssh_signer(path) for path in paths)


def present(store: Reader) -> Keys:
    """Return the keys after the newest fact about keys."""
    keyring = load_keyring(store)
    newest = store.stream_heads((STREAM,))[STREAM]
    return Keys(keyring, KeysHead(keyring.origin, newest.leaf))


def statement_of(store: Reader, order: Order) -> bytes:
    """Return the text that root keys have to sign for ``order``, as long as no other key fact comes first."""
    keys = present(store)
    return statement(keys.head, order(keys, ()))


def record(engine: Engine, home: Home, order: Order, authority: Authority) -> Receipt:
    """Return the receipt of the order; raises `IntegrityError` when the keyring does not accept it."""
    keys = present(engine.store)
    fact = order(keys, authority.signers(home))
    fact = countersigned(fact, [path.read_text("ascii", "replace") for path in authority.signatures])
    draft = Draft(
        id=engine.new_id(),
        type=type_name(fact),
        time=format_time(engine.clock()),
        authtype=OPERATOR.type,
        authid=OPERATOR.id,
        authroles=(ROLE,),
        data=to_data(fact),
    )
    return engine.writer.append(AppendRequest((Part(STREAM, keys.keyring.version, (draft,)),)))


def named(keyring: Keyring, role: Role, name: str) -> bytes:
    """Return the public key of ``role`` whose name begins with ``name``, at least eight digits of it."""
    found = [
        entry.owner.public_key
        for keyid, entry in keyring.book.items()
        if entry.owner.role == role and len(name) >= MIN_NAME and keyid.startswith(name)
    ]
    if len(found) != 1:
        raise IntegrityError(f"{role} key {name}", "the beginning of one key's name", f"{len(found)} keys")
    return found[0]
