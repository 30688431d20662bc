"""Facts about the report (R-EVT-20)."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from domain.classified import Code, Count, Hash
from domain.prose import Prose


class ReportSection(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One section: whether it says anything, and what a person wrote into it now."""

    name: Code
    filled: bool
    text: Prose | None = None


class IncidentReportWritten(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A revision of the report. ``complete``: final, as rendered from the facts up to ``at_version``.

    ``sha256`` is then the hash of those canonical bytes, which anybody can derive again by the rules of
    ``renderer`` (R-GATE-43).
    """

    revision: Count
    status: Literal["draft", "complete"]
    sections: tuple[ReportSection, ...]
    at_version: Count
    sha256: Hash | None = None
    renderer: Count | None = None


ReportFact = IncidentReportWritten
