"""The home: one folder (0700) that holds everything a ledger on one machine needs (design section 14)."""

from __future__ import annotations

from pathlib import Path

import msgspec


class Home(msgspec.Struct, frozen=True):
    """Where things are inside the folder at ``path``; nothing is read or made here."""

    path: Path

    @property
    def keys(self) -> Path:
        """The folder of private keys (each 0600)."""
        return self.path / "keys"

    @property
    def recorder_key(self) -> Path:
        """The key that signs envelopes."""
        return self.keys / "recorder.key"

    @property
    def log_key(self) -> Path:
        """The key that signs checkpoints."""
        return self.keys / "log.key"

    @property
    def root_key(self) -> Path:
        """The OpenSSH key that authorises changes of keys; belongs offline."""
        return self.keys / "root"

    @property
    def master_key(self) -> Path:
        """The key that wraps the vault's data keys."""
        return self.keys / "master.key"

    @property
    def admin_token(self) -> Path:
        """The bearer token of the operator (0600)."""
        return self.path / "admin.token"

    @property
    def intake_token(self) -> Path:
        """The bearer token for monitoring tools (0600); it can deliver signals and nothing else."""
        return self.path / "intake.token"

    @property
    def ledger(self) -> Path:
        """The log."""
        return self.path / "ledger.db"

    @property
    def vault(self) -> Path:
        """Sealed values and their data keys."""
        return self.path / "vault.db"

    @property
    def views(self) -> Path:
        """Projections across incidents; may be deleted, it is rebuilt."""
        return self.path / "views.db"

    @property
    def sessions(self) -> Path:
        """Hashes of the sessions of browsers; may be deleted, everybody signs in again."""
        return self.path / "sessions.json"

    @property
    def blobs(self) -> Path:
        """Content-addressed files."""
        return self.path / "blobs"

    @property
    def last_checkpoint(self) -> Path:
        """The largest tree promised, outside the database."""
        return self.path / "last-checkpoint"

    @property
    def vkey(self) -> Path:
        """The log's verifier key, to hand out."""
        return self.path / "log.vkey"

    @property
    def config(self) -> Path:
        """What people edit: policies, alert rules."""
        return self.path / "config"

    @property
    def settings(self) -> Path:
        """Settings of this home."""
        return self.path / "tallystick.toml"

    @property
    def notices(self) -> Path:
        """Notices of the file channel, in clear (0600); may be removed."""
        return self.path / "notices.jsonl"

    @property
    def lock(self) -> Path:
        """Held by the one process that serves this home."""
        return self.path / ".serving"

    @property
    def initialised(self) -> bool:
        """Whether `init` has finished here: the verifier key is the last file it writes."""
        return self.vkey.exists()

    def strangers(self) -> tuple[str, ...]:
        """Return what lies in the folder and is not ours, not even a rest of an `init` that was cut short."""
        if not self.path.is_dir():
            return ()
        return tuple(sorted(item.name for item in self.path.iterdir() if not _is_ours(item.name)))


_OURS = {
    *("keys", "admin.token", "intake.token", "ledger.db", "vault.db", "views.db", "blobs", "last-checkpoint"),
    *("log.vkey", "config", "tallystick.toml", "notices.jsonl", ".serving", ".last-checkpoint.lock"),
}


def _is_ours(name: str) -> bool:
    return name.removesuffix("-wal").removesuffix("-shm") in _OURS or name.startswith(".new-")
