"""Notices that were requested and that nobody has settled: one step of the fold, for one notice."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from domain.facts import NAMES, Fact
from domain.notices.facts import (
    StakeholderNotificationFailed,
    StakeholderNotificationRequested,
    StakeholderNotified,
)
from domain.recorded import Recorded, UnknownFact

TYPES = tuple(
    NAMES[kind]
    for kind in (StakeholderNotificationRequested, StakeholderNotified, StakeholderNotificationFailed)
)
"""The stored names of the facts that change anything here."""

RecordedFact = Recorded[Fact | UnknownFact]


class Waiting(Struct, frozen=True, kw_only=True):
    """A notice that is to be delivered, not before ``due``; ``id`` and ``version`` are its request's."""

    stream: str
    version: int
    id: str
    request: StakeholderNotificationRequested
    requested_by: str
    requested_at: str
    attempts: int
    due: str

    @property
    def key(self) -> str:
        """What names it in the whole log, and what makes delivering it twice harmless."""
        return key(self.stream, self.request.notification_id)


def key(stream: str, notification_id: str) -> str:
    """Return the name of a notice: ids of notices repeat from incident to incident."""
    return f"{stream}/{notification_id}"


def concerns(item: RecordedFact) -> str | None:
    """Return the key of the notice that a fact is about; None for what was told without one."""
    match item.fact:
        case StakeholderNotificationRequested() | StakeholderNotified() | StakeholderNotificationFailed():
            named = item.fact.notification_id
            return None if named is None else key(item.stream, named)
        case _:
            return None


def after(waiting: Waiting | None, item: RecordedFact) -> Waiting | None:
    """Return what still waits after a fact about a notice, None once it is settled or given up."""
    match item.fact:
        case StakeholderNotificationRequested():
            return waiting or _requested(item, item.fact)
        case StakeholderNotificationFailed(next_retry_at=str(due), attempt=attempt) if waiting is not None:
            return replace(waiting, attempts=attempt, due=due)
        case StakeholderNotified() | StakeholderNotificationFailed():
            return None
        case _:
            return waiting


def _requested(item: RecordedFact, request: StakeholderNotificationRequested) -> Waiting:
    return Waiting(
        stream=item.stream,
        version=item.version,
        id=item.id,
        request=request,
        requested_by=item.authid,
        requested_at=item.recordedtime,
        attempts=0,
        due=item.recordedtime,
    )
