"""Given facts, when a command, then facts or a refusal: how deciders are tested."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from domain import alert, incident
from domain.context import Context
from domain.moment import timestamp
from domain.recorded import Pending
from domain.refusal import OnRecord, Refusal
from tests.support.meaning import NOW, context

S = TypeVar("S")


class Outcome:
    """What came of a command, to be compared."""

    def __init__(self, result: tuple[Any, ...] | Refusal | OnRecord) -> None:
        self.result = result

    def then(self, *facts: object) -> None:
        """Expect exactly these facts."""
        assert self.result == facts

    def then_nothing(self) -> None:
        """Expect that the command adds nothing, without a refusal."""
        assert self.result == ()

    def then_refused(self, code: str) -> Refusal:
        """Expect a refusal with this code and return it."""
        assert isinstance(self.result, Refusal), self.result
        assert self.result.code == code
        assert self.result.kind
        return self.result

    @property
    def facts(self) -> tuple[Any, ...]:
        """The facts, for tests that look at some of their fields only."""
        assert isinstance(self.result, tuple), self.result
        return self.result


class Given(Generic[S]):
    """A state made of facts, on which commands can be tried."""

    def __init__(
        self, state: S, decide: Callable[[S, Any, Context], tuple[Any, ...] | Refusal | OnRecord]
    ) -> None:
        self.state = state
        self._decide = decide

    def when(self, command: object, at: Context | None = None) -> Outcome:
        """Decide ``command`` on the state."""
        return Outcome(self._decide(self.state, command, at or context()))


def given_alert(*facts: Any) -> Given[alert.Alert]:
    """Return an alert stream that holds ``facts``."""
    return Given(alert.fold(stamped(*facts)), alert.decide)


def given_incident(*facts: Any) -> Given[incident.Incident]:
    """Return an incident stream that holds ``facts``."""
    return Given(incident.fold(stamped(*facts)), incident.decide)


def stamped(*facts: Any, by: str = "p-commander", start: datetime = NOW) -> tuple[Pending[Any], ...]:
    """Return facts as one person recorded them, all at one moment before now."""
    at = timestamp(start - timedelta(minutes=1))
    return tuple(
        Pending(fact=fact, version=i, authid=by, time=at, recordedtime=at) for i, fact in enumerate(facts, 1)
    )
