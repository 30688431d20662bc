"""What the service takes at most. Sizes in bytes, times in seconds."""

from __future__ import annotations

import msgspec

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds on what one client can make the service do (R-SVC-13)."""

    body_bytes: int = MIB
    """The largest body of a request."""
    signal_bytes: int = 16 * MIB
    """The largest delivery of a monitoring tool, which may report hundreds of alerts at once."""
    upload_bytes: int = GIB
    """The largest uploaded file."""
    body_seconds: float = 30.0
    """How long a body may take to arrive; a file has that long, and a second more for every 64 KiB."""
    transfers: int = 8
    """How many files may be on their way, in or out, at once."""
    requests_per_second: float = 1_000.0
    """Requests of one principal, on average; it may save up `burst` of them."""
    burst: int = 20_000
    published_seconds: float = 10.0
    """How long ``wait=published`` waits."""
    behind_seconds: float = 30.0
    """How old an unpublished entry may be before the service calls itself not ready."""
    streams: int = 200
    """How many readers may follow the stream at once."""
    heartbeat_seconds: float = 15.0
