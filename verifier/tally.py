"""What a verification has found so far: counted by kind, the first of each kept, memory flat."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import TypeAlias

from ledger.errors import IntegrityError
from ledger.finding import Finding, finding
from verifier.errors import NotThere, Refused, Unreadable
from verifier.report import Findings, Gap, Gaps, State, StepReport
from verifier.source import Source
from verifier.steps import STEP_OF_KIND, TITLES, Step

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with what is being done, how much is done, and of how much (0: not known)."""


def no_progress(stage: str, done: int, total: int) -> None:
    """Show nothing."""


class Collecting:
    """Swallows what evidence or its source raise, after noting it; other errors are the program's own."""

    def __init__(self, tally: Tally, kind: str) -> None:
        self._tally, self._kind = tally, kind

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        """Note the error, and go on after the context."""
        match error:
            case IntegrityError():
                self._tally.found(finding(self._kind, error))
            case NotThere():
                self._tally.found(Finding(self._kind, error.path, "a file", "none"))
            case Unreadable():
                self._tally.gap(self._kind, error.path, error.reason)
            case Refused():
                pass  # reported by the step that refused it
            case _:
                return False
        return True


class Tally:
    """Collects findings, what could not be checked, and how much was."""

    def __init__(self) -> None:
        self._findings: dict[str, Findings] = {}
        self._gaps: dict[str, Gaps] = {}
        self._checked: dict[Step, int] = {}
        self._expected: dict[Step, int] = {}
        self._cut_short: set[Step] = set()

    def found(self, item: Finding) -> None:
        """Add a finding."""
        seen = self._findings.get(item.kind)
        count, first = (seen.count + 1, seen.first) if seen else (1, item)
        self._findings[item.kind] = Findings(item.kind, count, first)

    def malformed(self, error: IntegrityError) -> None:
        """Add a fact that the step before had counted among the events that hold."""
        self.found(finding("fact", error))
        self.checked(Step.EVENTS, -1)

    def gap(self, kind: str, place: str, reason: str) -> None:
        """Add something that could not be checked."""
        seen = self._gaps.get(kind)
        count, first = (seen.count + 1, seen.first) if seen else (1, Gap(place, reason))
        self._gaps[kind] = Gaps(kind, count, first)

    def checked(self, step: Step, count: int = 1) -> None:
        """Add to what a step has accepted; a step that was never mentioned did not run."""
        self._checked[step] = self._checked.get(step, 0) + count

    def count(self, step: Step) -> int:
        """Return how much a step has accepted so far."""
        return self._checked.get(step, 0)

    def expect(self, step: Step, count: int) -> None:
        """Say how much a step must accept; less is incomplete, whatever the reason."""
        self.checked(step, 0)
        self._expected[step] = count

    def cut_short(self, step: Step) -> None:
        """Say that a step could not do all it does, because earlier ones refused what it needs."""
        self._cut_short.add(step)

    def is_complete(self, step: Step) -> bool:
        """Return whether a step has accepted all that it must."""
        checked = self._checked.get(step, 0)
        return step not in self._cut_short and checked == self._expected.get(step, checked)

    def is_clean(self, step: Step) -> bool:
        """Return whether a step has found nothing wrong and could look at everything."""
        return all(STEP_OF_KIND[kind] != step for kind in (*self._findings, *self._gaps))

    def collecting(self, kind: str) -> Collecting:
        """Return a context that turns what goes wrong inside into a finding or a gap of ``kind``."""
        return Collecting(self, kind)

    def read(self, kind: str, source: Source, path: str, limit: int) -> bytes | None:
        """Return a file's bytes; None when that went wrong, which is then noted under ``kind``."""
        with self.collecting(kind):
            return source.read(path, limit)
        return None

    @property
    def findings(self) -> tuple[Findings, ...]:
        """All kinds that were found, in the order of the steps."""
        return tuple(sorted(self._findings.values(), key=lambda item: STEP_OF_KIND[item.kind]))

    @property
    def gaps(self) -> tuple[Gaps, ...]:
        """All kinds that have gaps, in the order of the steps."""
        return tuple(sorted(self._gaps.values(), key=lambda item: STEP_OF_KIND[item.kind]))

    @property
    def steps(self) -> tuple[StepReport, ...]:
        """How each step went."""
        return tuple(self._step(step) for step in Step)

    def _step(self, step: Step) -> StepReport:
        wrong = sum(item.count for kind, item in self._findings.items() if STEP_OF_KIND[kind] == step)
        unseen = sum(item.count for kind, item in self._gaps.items() if STEP_OF_KIND[kind] == step)
        checked = self._checked.get(step, 0)
        if step not in self._checked and not wrong and not unseen:
            return StepReport(step.value, TITLES[step], "not run", 0)
        whole = self.is_complete(step) and not unseen
        state: State = "failed" if wrong else "passed" if whole else "incomplete"
        return StepReport(step.value, TITLES[step], state, checked)
