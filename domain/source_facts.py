"""Facts of a stream ``source-*``: deliveries, and what of them belongs to no alert (R-EVT-02, R-EVT-10)."""

from __future__ import annotations

from msgspec import Struct

from domain.classified import Code, Count, Id, SignatureVerdict, SilenceChange, SourceTime
from domain.prose import Prose


class DeliveryReceived(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message of a source arrived; ``raw`` is a reference to its exact bytes, ``headers`` are pairs.

    ``signature`` is what the source's own signature came to: *absent* where one is due and none came,
    *unchecked* where there is one and no key to check it with.
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
    signature: SignatureVerdict | None = None


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


SourceFact = DeliveryReceived | SignalsTruncated | SignalRejected | SilenceReported
