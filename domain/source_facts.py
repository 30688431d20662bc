"""Facts of a stream ``source-*``: deliveries, and what of them belongs to no alert (R-EVT-02, R-EVT-10)."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from domain.classified import (
    Code,
    Count,
    Hash,
    Id,
    SignatureVerdict,
    SilenceChange,
    SourceTime,
    Timestamp,
)
from domain.prose import Prose
from domain.signal import Origin, RecordRange


class DeliveryReceived(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message of a source arrived; ``raw`` refers to its exact bytes, ``headers`` are pairs.

    ``signature`` is what the source's own signature came to: *absent* where one is due and none came,
    *unchecked* where there is one and no key to check it with. ``origin`` says in
    which record of a foreign log it came, ``replay_of`` which earlier delivery, of which nothing could be
    read, it is again. Where the sender wrote keys into its message,
    the bytes are exact but for ``masked`` texts, in which a key was masked.
    """

    delivery_id: Id
    source: Code
    format: Code
    raw: Prose
    alerts: Count
    rejected: Count
    truncated: Count
    group: Prose | None = None
    headers: Prose | None = None
    remarks: Count = 0
    changes: Count = 0
    silences: Count = 0
    signature: SignatureVerdict | None = None
    origin: Origin | None = None
    replay_of: Id | None = None
    masked: Count = 0


class DeliveriesAggregated(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``count`` messages of a source came in one second of a storm, too fast for a fact each.

    They only repeated what was known when they came. ``raw`` refers to lines of canonical JSON, one for each
    message in the order they came: ``{"c","salt","value"}``, a disclosure of the commitment ``c`` to a value
    with the exact bytes, headers, origin and receive time. ``root`` is the Merkle tree hash (RFC 6962) over
    these commitments, 32 bytes each, so that one message can be shown without the others.
    """

    delivery_id: Id
    source: Code
    format: Code
    raw: Prose
    root: Hash
    count: Count
    alerts: Count
    first_at: Timestamp
    last_at: Timestamp
    records: tuple[RecordRange, ...] = ()


class SignalsTruncated(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The sender says that it left out ``lost`` alerts of a delivery: data was lost before it reached us."""

    delivery_id: Id
    lost: Count


class SignalRejected(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Part of a delivery, or all of it (``place`` is ``$``), could not become a signal.

    Of one delivery the first hundred are told one by one.
    """

    delivery_id: Id
    reason_code: Code
    place: Code
    expected: Code
    found: Prose


class SourceGapFound(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A foreign log lacks the record that is to be taken in next; none is until a person decides.

    *deleted*: records were deleted before they were taken in; *truncated*: it ends before what was taken in;
    *recreated*: it is another log of the same name. ``first_offset`` to ``end_offset`` is what it has.
    """

    source: Code
    topic: Code
    partition: Count
    kind: Literal["deleted", "truncated", "recreated"]
    expected_offset: Count
    first_offset: Count
    end_offset: Count


class SourceResumed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person decided that a foreign log is taken in from ``offset`` on, whatever is lost by it."""

    source: Code
    topic: Code
    partition: Count
    expected_offset: Count
    offset: Count
    rationale: Prose


class ChangeReported(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A source told that something was changed, ``at`` a time as it wrote it; no incident is touched.

    The same message, sent again, is another fact with the same ``change_id``. ``reported_by`` is the source's
    word for where it happened, ``details`` are pairs.
    """

    delivery_id: Id
    change_id: Hash
    summary: Prose
    at: SourceTime
    reported_by: Prose | None = None
    link: Prose | None = None
    details: Prose | None = None


class SilenceReported(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A source told that somebody made or changed a silence, which keeps alerts from its receivers.

    It is here and on no alert's stream, for it names no condition: what it keeps silent may not fire before
    its end, or never. An alert that it did silence has an `AlertRemarked` of its own. ``at`` is when it
    was told, ``starts_at`` and ``ends_at`` are when it holds, all as the source wrote them. ``matchers`` are
    sets of conditions on labels, of which one must hold whole; ``receivers`` likewise, where it does not
    hold for all of them. Who and why are sealed.
    """

    delivery_id: Id
    silence_id: Code
    change: SilenceChange
    at: SourceTime
    starts_at: SourceTime
    ends_at: SourceTime
    matchers: Prose
    receivers: Prose | None = None
    created_by: Prose | None = None
    comment: Prose | None = None
    annotations: Prose | None = None


SourceFact = (
    DeliveryReceived
    | DeliveriesAggregated
    | SignalsTruncated
    | SignalRejected
    | ChangeReported
    | SilenceReported
    | SourceGapFound
    | SourceResumed
)
