"""Facts of a stream ``alert-*``: what a source said about one condition (R-EVT-10)."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from domain.classified import (
    Code,
    Count,
    EpisodeFrom,
    Hash,
    Id,
    Nanoseconds,
    RemarkKind,
    Short,
    SourceTime,
    Status,
    Timestamp,
)
from domain.prose import Prose

Effect = Literal["open", "join", "clear", "none"]


class SignalReceived(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A source reported that a condition fires, or that it ended.

    ``effect`` and ``why`` answer "why did this alert (not) page?": *open* opens a candidate incident
    or joins it, *join* joins only, *clear* clears where it is attached, *none* is recorded only.
    ``starts_at`` is the episode's start as written, ``episode`` the same moment in nanoseconds since
    1970, which tells episodes apart, and ``fired_at`` in UTC to the microsecond. ``correlation``
    decides about incidents (`domain.streams.correlation`); ``counts_as`` is the service that it names
    instead of ``service``, and ``join_within_minutes`` how long a candidate may have been without alerts.
    ``held`` and ``held_why`` are effect and why of what a flapping condition told: incidents hear of it
    once it settles. Where ``episode_from`` is *state*, the source
    does not say when the episode began: ``starts_at`` is the time of its message, and the episode is the
    one that fired when it came, else a new one.
    """

    signal_id: Id
    delivery_id: Id
    source: Code
    fingerprint: Code
    fingerprint_from: Literal["sender", "labels"]
    status: Status
    starts_at: SourceTime
    episode: Nanoseconds
    fired_at: Timestamp
    alert_name: Code
    correlation: Short
    effect: Effect
    why: Code
    labels: Prose
    service: Code | None = None
    environment: Code | None = None
    severity_hint: Code | None = None
    ended_at: Timestamp | None = None
    note: Code | None = None
    title: Prose | None = None
    annotations: Prose | None = None
    generator_url: Prose | None = None
    episode_from: EpisodeFrom = "sender"
    counts_as: Code | None = None
    join_within_minutes: Count | None = None
    held: Literal["open", "join", "clear"] | None = None
    held_why: Code | None = None


class SignalDeduplicated(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The same episode and status were reported again; ``count`` repetitions so far."""

    signal_id: Id
    delivery_id: Id
    duplicate_of: Id
    count: Count


class SignalsAggregated(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """In one second of a storm the same episode and status were reported ``added`` times again.

    ``count`` is how many repetitions there are with these, ``delivery_id`` names the `DeliveriesAggregated`
    that has the messages, and ``root`` is the Merkle tree hash (RFC 6962) over the commitments, 32 bytes
    each, of the messages that told it, in their order, one for each report.
    """

    signal_id: Id
    delivery_id: Id
    duplicate_of: Id
    count: Count
    added: Count
    first_at: Timestamp
    last_at: Timestamp
    root: Hash


class AlertRemarked(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A source told something of a condition that is neither its firing nor its end.

    It answers "why did nobody hear of it?" (*silenced*, *inhibited*, *downtime*) and "who knew?"
    (*acknowledged*, *notified*); no incident is touched. ``at`` is when it was, as the source wrote it.
    """

    remark_id: Id
    delivery_id: Id
    source: Code
    fingerprint: Code
    kind: RemarkKind
    at: SourceTime
    text: Prose | None = None


class FlappingStarted(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A condition changes so often that incidents are not told each time: for them it fires until it settles.

    Its status changed ``changes`` times ``since`` then, the last time by the signal that is recorded next;
    as many within ``window_minutes`` are flapping. It settles once nothing changed for ``settled_minutes``.
    """

    alert_name: Code
    since: Timestamp
    changes: Count
    window_minutes: Count
    settled_minutes: Count


class FlappingEnded(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A condition that flapped has been quiet long enough; incidents are told the ``status`` it settled at.

    ``changes`` is how often it changed ``since`` then, ``quiet_since`` when it did last, ``held`` how many
    signals incidents were not told.
    """

    alert_name: Code
    status: Status
    since: Timestamp
    quiet_since: Timestamp
    changes: Count
    held: Count


AlertFact = (
    SignalReceived | SignalDeduplicated | SignalsAggregated | AlertRemarked | FlappingStarted | FlappingEnded
)
