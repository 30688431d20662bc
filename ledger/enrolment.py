"""One public key in one role, from the fact that enrolled it to the fact that ended it.

Both ends are positions in the log, not times: a position cannot be back-dated. A key may sign entry i iff it
was enrolled at e < i (at leaf 0: e = i) and not ended at an r < i (design section 4, *Validity*).
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

Role: TypeAlias = Literal["recorder", "log", "root", "actor"]


class Moment(msgspec.Struct, frozen=True):
    """The position of a key fact and its recorded time."""

    position: int
    time: str


class Enrolment(msgspec.Struct, frozen=True, kw_only=True):
    """A key's role and life. ``principal`` is an actor's; ``suspect_from`` is set when the key got out."""

    role: Role
    public_key: bytes
    since: Moment
    principal: str = ""
    until: Moment | None = None
    suspect_from: int | None = None

    def covers(self, position: int) -> bool:
        """Return whether the key may sign entry ``position``; no later fact changes the answer."""
        begun = self.since.position < position or self.since.position == position == 0
        return begun and (self.until is None or self.until.position >= position)


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """Entries ``first`` to ``last``, both included, are valid, but ``keyid`` may have been in wrong hands."""

    keyid: str
    role: Role
    first: int
    last: int
