"""``init``: makes a home. May be repeated after a crash at any point; never replaces a key.

The order: keys, tokens and configuration first, then leaf 0 and its checkpoint, and ``log.vkey``
last, because its presence says that the home is complete.
"""

from __future__ import annotations

import base64
import secrets
from pathlib import Path

from application.ids import new_id, system_clock
from application.masterkey import create_master_key_file
from application.tokens import new_token
from application.vault import Vault
from domain.classified import Profile
from ledger.append import AppendRequest, Draft, Part
from ledger.checkpoint import check_origin, peek_checkpoint
from ledger.durable import create_durably
from ledger.errors import LedgerError
from ledger.event import format_time
from ledger.keyfacts import STREAM, LedgerOpened, to_data, type_name
from ledger.keyfile import create_key_file
from ledger.keyorders import opened
from ledger.keystream import load_keyring
from ledger.note import format_vkey, log_vkey
from ledger.signer import Signer
from ledger.sshkey import create_ssh_key, open_ssh_signer
from ledger.store.sqlite import SqliteStore
from ledger.writer import Writer
from tallystick.blobs import open_blobs
from tallystick.defaults import copy_defaults
from tallystick.home import Home
from tallystick.keys import open_log_signer, open_recorder_signer, open_vault_key
from tallystick.publishing import build_publisher
from tallystick.settings import Settings, load_settings


class AlreadyInitialised(LedgerError):
    """The folder holds a ledger, or something else, already; a new ledger needs another home."""


def new_origin() -> str:
    """Return a name nobody else has: ``tallystick.invalid/`` and 130 random bits in base32."""
    letters = base64.b32encode(secrets.token_bytes(17)).decode("ascii").lower()
    return f"tallystick.invalid/{letters[:26]}"


def initialise(
    home: Home,
    *,
    origin: str | None = None,
    profile: Profile = "team",
    successor_of: Path | None = None,
) -> str:
    """Make a complete home and return the log's vkey; raises `AlreadyInitialised`.

    ``successor_of`` is a file with the signed checkpoint of the ledger that this one continues.
    """
    check_empty(home)
    note = None if successor_of is None else successor_of.read_text("utf-8")
    if note is not None:
        peek_checkpoint(note.encode())
    name = check_origin(origin or new_origin())
    _folders(home)
    _secrets(home)
    copy_defaults(home.config)
    _create_once(home.settings, f'profile = "{profile}"\n'.encode())
    settings = load_settings(home=home.path)
    vkey = _open_log(settings, name, note)
    create_durably(home.vkey, f"{vkey}\n".encode(), mode=0o644)
    return vkey


def check_empty(home: Home) -> None:
    """Return when a home may be made there: nothing is, or only the rest of an `init` that was cut short."""
    found = home.strangers()[:3]
    if home.initialised:
        found = (f"the ledger {home.vkey.read_text().strip()}",)
    if found:
        raise AlreadyInitialised(f"home {home.path}: expected an empty folder, found {', '.join(found)}")


def _folders(home: Home) -> None:
    for folder in (home.path, home.keys):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)


def _secrets(home: Home) -> None:
    for path in (home.recorder_key, home.log_key):
        if not path.exists():
            create_key_file(path)
    if not home.root_key.exists():
        create_ssh_key(home.root_key, "tallystick root key")
    if not home.master_key.exists():
        create_master_key_file(home.master_key)
    for path in (home.admin_token, home.intake_token):
        _create_once(path, f"{new_token()}\n".encode())


def _create_once(path: Path, content: bytes) -> None:
    if not path.exists():
        create_durably(path, content)


def _open_log(settings: Settings, origin: str, successor_of: str | None) -> str:
    home = settings.place
    Vault(home.vault, open_vault_key(settings)).close()
    open_blobs(settings)
    store = SqliteStore(home.ledger)
    try:
        log = open_log_signer(settings)
        if store.head().size == 0:
            recorder = open_recorder_signer(settings)
            fact = opened(
                origin=origin,
                recorder=recorder.public_key,
                logkeys=(log.public_key,),
                rootkeys=(open_ssh_signer(home.root_key).public_key,),
                successor_of=successor_of,
            )
            _append_leaf_0(store, origin, recorder, fact)
        # A crash after leaf 0 and before the last file: the origin is the one in leaf 0.
        origin = stored_origin(store)
        publisher = build_publisher(settings, store, origin, log)
        publisher.publish()
        publisher.release()
        return format_vkey(log_vkey(origin, log.public_key))
    finally:
        store.close()


def stored_origin(store: SqliteStore) -> str:
    """Return the origin that leaf 0 states, once the keyring has been folded from it."""
    return load_keyring(store).origin


def _append_leaf_0(store: SqliteStore, origin: str, recorder: Signer, fact: LedgerOpened) -> None:
    now = format_time(system_clock())
    draft = Draft(
        id=new_id(),
        type=type_name(fact),
        time=now,
        authtype="system",
        authid="p-tallystick",
        authroles=(),
        data=to_data(fact),
    )
    writer = Writer(store, recorder, origin, clock=lambda: now)
    try:
        writer.append(AppendRequest((Part(STREAM, 0, (draft,)),)))
    finally:
        writer.close()
