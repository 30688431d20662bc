"""Sessions of browsers in a file of the home, so that a restart of the service signs nobody out.

The file has hashes only: of each session's secret, and of the token that it stands for. Neither opens
anything, and a session ends with its token, whatever the file says.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import structlog
from msgspec import Meta

from api.onetime import Held
from ledger.durable import replace_durably

log = structlog.get_logger(__name__)

Digest = Annotated[str, Meta(pattern="^[0-9a-f]{64}$(?!\n)")]
MOST = 1_000_000
"""Bytes; what is larger was not written here."""


class _Kept(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    secret: Digest
    token: Digest
    until: float


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    schema_version: Literal[1]
    sessions: tuple[_Kept, ...]


class SessionFile:
    """The file at ``path``. One process keeps it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> dict[bytes, Held]:
        """Return the sessions; none where there is no such file, or one that nobody here has written."""
        try:
            with self._path.open("rb") as file:
                kept = msgspec.json.decode(file.read(MOST), type=_File).sessions
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.DecodeError) as error:
            log.warning("everybody has to sign in again", file=self._path.name, error=str(error))
            return {}
        return {bytes.fromhex(it.secret): Held(bytes.fromhex(it.token), it.until) for it in kept}

    def save(self, held: Mapping[bytes, Held]) -> None:
        """Keep the sessions; where the disk refuses, they last as long as the process."""
        kept = tuple(
            _Kept(secret=secret.hex(), token=it.token.hex(), until=it.until) for secret, it in held.items()
        )
        try:
            replace_durably(self._path, msgspec.json.encode(_File(schema_version=1, sessions=kept)))
        except OSError as error:
            log.warning("sessions are not kept over a restart", error=str(error))
