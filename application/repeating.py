"""Requests that are sent again: what a key became the first time is the answer (R-WF-32)."""

from __future__ import annotations

import msgspec

from application.engine import Engine
from domain.context import Principal
from ledger.append import Receipt
from ledger.errors import IdempotencyReused
from ledger.store.contract import CommandRow


class Idempotency(msgspec.Struct, frozen=True):
    """A key that a principal chose for one request, and the SHA-256 of that request."""

    key: str
    request_hash: bytes


def earlier(engine: Engine, principal: Principal, asked: Idempotency | None) -> Receipt | None:
    """Return the receipt of the request that used this key before, None if none did.

    Raises `IdempotencyReused` when that was another request.
    """
    if asked is None or (found := engine.store.command(principal.id, asked.key)) is None:
        return None
    if found.request_hash != asked.request_hash:
        raise IdempotencyReused(asked.key)
    return Receipt(tuple(engine.store.rows(found.first, found.count)), replayed=True)


def command_row(principal: Principal, asked: Idempotency | None) -> CommandRow | None:
    """Return what is recorded of the key with the facts, so that `earlier` finds it."""
    if asked is None:
        return None
    return CommandRow(principal=principal.id, key=asked.key, request_hash=asked.request_hash)
