"""Facts of a stream ``source-*``: deliveries, and what of them belongs to no alert (R-EVT-02, R-EVT-10)."""

from __future__ import annotations

from msgspec import Struct

from domain.classified import Code, Count, Id, SignatureVerdict
from domain.prose import Prose
from domain.signal import Origin


class DeliveryReceived(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message of a source arrived; ``raw`` is a reference to its exact bytes, ``headers`` are pairs.

    ``signature`` is what the source's own signature came to: *absent* where one is due and none came,
    *unchecked* where there is one and no key to check it with. ``origin`` says in
    which record of a foreign log it came.
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
    origin: Origin | None = None


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


SourceFact = DeliveryReceived | SignalsTruncated | SignalRejected
