"""Facts of a stream ``source-*``: deliveries, and what of them belongs to no alert (R-EVT-02, R-EVT-10)."""

from __future__ import annotations

from msgspec import Struct

from domain.classified import Code, Count, Hash, Id, SignatureVerdict, SourceTime
from domain.prose import Prose


class DeliveryReceived(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message of a source arrived; ``raw`` is a reference to its exact bytes, ``headers`` are pairs.

    ``signature`` is what the source's own signature came to: *absent* where one is due and none came,
    *unchecked* where there is one and no key to check it with. Where the sender wrote keys into its message,
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
    signature: SignatureVerdict | None = None
    masked: Count = 0


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


SourceFact = DeliveryReceived | SignalsTruncated | SignalRejected | ChangeReported
