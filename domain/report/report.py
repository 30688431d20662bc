"""The report as far as it is written, folded."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from domain.prose import Prose
from domain.recorded import Stamped
from domain.report.facts import IncidentReportWritten, ReportFact


class Report(Struct, frozen=True, kw_only=True):
    """The latest revision and its ``version``; ``texts`` are what people last wrote, by section."""

    written: IncidentReportWritten | None = None
    version: int = 0
    texts: Mapping[str, Prose] = {}

    @property
    def revision(self) -> int:
        """The number of the latest revision, 0 before the first."""
        return 0 if self.written is None else self.written.revision

    @property
    def complete(self) -> bool:
        """Whether the latest revision is final."""
        return self.written is not None and self.written.status == "complete"


def evolve(state: Report, item: Stamped[ReportFact]) -> Report:
    """Return the state after a fact."""
    said = {part.name: part.text for part in item.fact.sections if part.text is not None}
    return replace(state, written=item.fact, version=item.version, texts={**state.texts, **said})
