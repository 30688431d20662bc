"""What a decision needs from outside: the time and fresh identifiers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import uuid_utils

Clock = Callable[[], datetime]
NewId = Callable[[], str]


def system_clock() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """Return a fresh UUIDv7 in its usual text form (RFC 9562)."""
    return str(uuid_utils.uuid7())
