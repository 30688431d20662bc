"""What a decoder makes of a source's message, whatever its format: signals and what was unusable.

Three identities are kept apart (design 8): the *condition* (source and its own key), the *episode*
(condition and start time as written) and the *delivery* (the message).
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from domain.classified import (
    Code,
    Count,
    EpisodeFrom,
    RemarkKind,
    SignatureVerdict,
    SilenceChange,
    Status,
)

Pairs = tuple[tuple[str, str], ...]
"""A foreign map: ``(key, value)`` pairs sorted by the UTF-8 bytes of the key."""


class Signal(Struct, frozen=True, kw_only=True):
    """One alert of a delivery, as its source tells it. Times are RFC 3339 as written.

    Of a source that does not say when an episode began, ``starts_at`` is the time of its message and
    ``episode_from`` is *state*: a firing goes on with the episode that fires, and an end ends it.
    """

    source: str
    fingerprint: str
    fingerprint_from: Literal["sender", "labels"]
    status: Status
    starts_at: str
    ends_at: str | None
    labels: Pairs
    annotations: Pairs = ()
    generator_url: str | None = None
    group: str = ""
    episode_from: EpisodeFrom = "sender"


class Remark(Struct, frozen=True, kw_only=True):
    """What a source tells of a condition that is neither its firing nor its end, ``at`` a time as written."""

    source: str
    fingerprint: str
    kind: RemarkKind
    at: str
    text: str | None = None


class Silence(Struct, frozen=True, kw_only=True):
    """What a source tells of a silence, which keeps alerts from its receivers whether there are any or not.

    One set of ``matchers`` must match an alert whole; ``receivers`` likewise say for whom, empty means all.
    """

    silence_id: str
    change: SilenceChange
    at: str
    starts_at: str
    ends_at: str
    created_by: str | None
    comment: str | None
    matchers: tuple[tuple[str, ...], ...]
    receivers: tuple[tuple[str, ...], ...] = ()
    annotations: Pairs = ()


class Rejected(Struct, frozen=True, kw_only=True):
    """Something in a delivery that cannot become a signal; ``place`` is ``$`` for all of it."""

    reason_code: str
    place: str
    expected: str
    found: str


class Origin(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The record of a foreign log in which a message came; ``timestamp_ms`` is the log's own, since 1970."""

    cluster: Code
    topic: Code
    partition: Count
    offset: Count
    timestamp_ms: Count | None = None


class RecordRange(Struct, frozen=True, kw_only=True):
    """``count`` records of one partition of a foreign log, from ``first_offset`` to ``last_offset``."""

    cluster: Code
    topic: Code
    partition: Count
    first_offset: Count
    last_offset: Count
    count: Count


class Change(Struct, frozen=True, kw_only=True):
    """Something that was changed, as a source tells it, ``at`` a time as written.

    ``change_id`` is a SHA-256 that the same message, sent again, has again.
    """

    change_id: str
    summary: str
    at: str
    reported_by: str | None = None
    link: str | None = None
    details: Pairs = ()


class Delivery(Struct, frozen=True, kw_only=True):
    """One decoded message of ``source``; ``truncated`` alerts were left out by the sender.

    ``signature`` is what its signature came to, None where its format has none. ``kept`` is what may be kept
    of a message that has keys of its sender in it, ``masked`` of its texts without them.
    """

    source: str
    format: str
    signals: tuple[Signal, ...] = ()
    remarks: tuple[Remark, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    truncated: int = 0
    group: str | None = None
    signature: SignatureVerdict | None = None
    changes: tuple[Change, ...] = ()
    kept: bytes | None = None
    masked: int = 0
    silences: tuple[Silence, ...] = ()
