"""Who can be told and who holds which role, as far as a decision needs it (R-DIR-01).

Made from the directory and the on-call table before a decision; names and addresses are not in it.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from domain.notices.facts import Channel


class Roster(Struct, frozen=True, kw_only=True):
    """``holders``: role -> principals to tell, who is on call first; ``channels``: how each is reached."""

    holders: Mapping[str, tuple[str, ...]] = {}
    channels: Mapping[str, tuple[Channel, ...]] = {}
    known: frozenset[str] = frozenset()


NOBODY = Roster()
"""Nobody is known but who asks."""
