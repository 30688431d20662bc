"""A message on its way into the ledger: decoded, with its exact bytes and where it came from."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from domain.own_commands import ReceiveDelivery
from domain.prose import Prose, prose
from domain.signal import Delivery, Origin


class Arriving(Struct, frozen=True, kw_only=True):
    """A decoded delivery, its exact ``body`` and the headers to keep, and the record it came in, if any.

    ``received_at`` is when we had it, which only messages that may be told together need.
    """

    delivery: Delivery
    body: bytes
    headers: Mapping[str, str] = {}
    origin: Origin | None = None
    replay_of: str | None = None
    received_at: str | None = None

    @property
    def kept(self) -> bytes:
        """The bytes that may be kept of it."""
        return self.body if self.delivery.kept is None else self.delivery.kept


def receiving(delivery_id: str, item: Arriving, raw: Prose) -> ReceiveDelivery:
    """Return the command to note that it came, ``raw`` being its bytes as they are kept."""
    return ReceiveDelivery(
        delivery_id=delivery_id,
        delivery=item.delivery,
        raw=raw,
        headers=prose(sorted(item.headers.items())) if item.headers else None,
        origin=item.origin,
        replay_of=item.replay_of,
    )
