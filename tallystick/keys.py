"""The signers of a home: by URI where a setting names one, else the files in its ``keys`` folder."""

from __future__ import annotations

from application.masterkey import open_master_key
from ledger.keyuri import open_signer
from ledger.signer import Signer
from tallystick.settings import Settings


def open_recorder_signer(settings: Settings) -> Signer:
    """Return the key that signs envelopes; raises `KeyUnavailable`."""
    return open_signer(settings.recorder_key or f"file:{settings.place.recorder_key}")


def open_log_signer(settings: Settings) -> Signer:
    """Return the key that signs checkpoints; raises `KeyUnavailable`."""
    return open_signer(settings.log_key or f"file:{settings.place.log_key}")


def open_vault_key(settings: Settings) -> bytes:
    """Return the master key of the vault; raises `KeyUnavailable`."""
    return open_master_key(settings.master_key or f"file:{settings.place.master_key}")
