"""Names of streams, derived so that two processes meet in the same one (design 8, R-EVT-02)."""

from __future__ import annotations

import re
from hashlib import sha256

_SOURCE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def alert_stream(source: str, fingerprint: str) -> str:
    """Return the stream of a condition: the source and the key that the source gives it."""
    return "alert-" + _short(f"{source}\n{fingerprint}")


def source_stream(source: str) -> str:
    """Return the stream of a signal source; its name is ``[a-z0-9-]+``, at most 64 characters."""
    if len(source) > 64 or not _SOURCE.fullmatch(source):
        raise ValueError(f"source name: expected [a-z0-9-]+ of at most 64 characters, found {source!r}")
    return f"source-{source}"


def correlation(service: str, environment: str, group: str) -> str:
    """Return the name of what one incident's alerts share. Lengths keep the three parts apart."""
    parts = "".join(f"{len(part)}:{part}\n" for part in (service, environment, group))
    return _short(f"tallystick/correlation/v1\n{parts}")


def candidate_stream(key: str, ordinal: int) -> str:
    """Return the stream of the incident number ``ordinal`` (from 0) that correlation ``key`` leads to.

    Two processes that open it at once race for version 1 of one stream, and one of them joins instead.
    """
    return "incident-" + _short(f"tallystick/candidate/v1\n{key}\n{ordinal}")


def manual_stream(fresh_id: str) -> str:
    """Return the stream of an incident that a person opens, from a fresh UUIDv7."""
    return "incident-" + fresh_id.replace("-", "").lower()


def is_incident(stream: str) -> bool:
    """Return whether ``stream`` belongs to an incident."""
    return stream.startswith("incident-")


def is_source(stream: str) -> bool:
    """Return whether ``stream`` belongs to a source of signals."""
    return stream.startswith("source-")


def is_alert(stream: str) -> bool:
    """Return whether ``stream`` belongs to a condition."""
    return stream.startswith("alert-")


def _short(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:32]
