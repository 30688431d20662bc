"""Facts about executing (R-EVT-17)."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from domain.classified import Code, Count, Id, Timestamp
from domain.prose import Prose


class MitigationExecutionStarted(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Attempt ``attempt`` at the approved option begins; everything that R-WF-30 asks for holds."""

    attempt: Count
    plan_revision: Count
    option_id: Code
    change_ref: Code | None = None
    from_version: Code | None = None
    to_version: Code | None = None


class OutOfBandActionRecorded(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something was done outside the process: recorded, never undone, and shown (R-ROL-08).

    ``kind`` *execution* is what gate 2 would have guarded; ``principal`` did it, or ``who`` in words.
    """

    kind: Literal["execution", "other"]
    what: Prose
    why: Prose
    principal: Id | None = None
    who: Prose | None = None
    at: Timestamp | None = None


ExecutionFact = MitigationExecutionStarted | OutOfBandActionRecorded
