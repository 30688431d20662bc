"""Which verifier key belongs to the checkpoints that are served: log keys can be rotated."""

from __future__ import annotations

from contextlib import suppress

from ledger.checkpoint import open_checkpoint
from ledger.errors import IntegrityError
from ledger.keyring import log_keys
from ledger.keystream import load_keyring
from ledger.note import parse_vkey
from ledger.store.contract import Store


def signing_vkey(store: Store) -> str:
    """Return the vkey that signed the newest published checkpoint, or else one that may sign the next.

    Asked for anew each time: the key that signs may have changed since this process began.
    """
    keyring, newest = load_keyring(store), store.newest_publication()
    if newest is not None:
        for vkey in log_keys(keyring, newest.size):
            with suppress(IntegrityError):
                open_checkpoint(newest.note, parse_vkey(vkey))
                return vkey
    return log_keys(keyring, store.head().size)[0]
