"""Who is on call: the shape of ``config/oncall.yaml``, and what it says at a moment (R-DIR-01)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from domain.policy_terms import Role

Moment = Annotated[datetime, Meta(tz=True, description="RFC 3339 with an offset.")]


class Shift(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One person's time: from the first moment on, until just before the last; without them, always."""

    principal: Annotated[str, Meta(pattern=r"^p-[a-z0-9-]+$(?!\n)", max_length=256)]
    since: Moment | None = field(default=None, name="from")
    until: Moment | None = None

    def __post_init__(self) -> None:
        """Refuse a shift that ends before it begins."""
        if self.since is not None and self.until is not None and self.until <= self.since:
            raise ValueError(f"until: expected later than {self.since}, found {self.until}")

    def covers(self, now: datetime) -> bool:
        """Return whether the shift is on at ``now``, which has a zone."""
        return (self.since is None or self.since <= now) and (self.until is None or now < self.until)


class OnCall(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole table: role -> shifts."""

    schema_version: Literal[1]
    oncall: dict[Role, tuple[Shift, ...]]


NOBODY = OnCall(schema_version=1, oncall={})
"""The table of a home that has none."""


def on_call(table: OnCall, role: str, now: datetime) -> tuple[str, ...]:
    """Return who is on call for ``role`` at ``now``, each once, in the order of the table."""
    shifts = table.oncall.get(role, ())
    return tuple(dict.fromkeys(shift.principal for shift in shifts if shift.covers(now)))
