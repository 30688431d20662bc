"""A person's own signature, as artifacts show it beside what it is under."""

from __future__ import annotations

from msgspec import Struct

from domain.decisions.facts import Attestation
from domain.recorded import Stamped


class Signed(Struct, frozen=True, kw_only=True):
    """A person's own signature on what they said in ``version`` of the stream."""

    version: int
    principal: str
    statement: str
    signature: str


def signed(item: Stamped[object], attestation: Attestation | None) -> Signed | None:
    """Return the signature under what ``item`` records, None where there is none."""
    if attestation is None:
        return None
    return Signed(
        version=item.version,
        principal=item.authid,
        statement=attestation.statement,
        signature=attestation.signature,
    )
