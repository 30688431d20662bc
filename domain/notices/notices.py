"""What was asked to be told and what was told, folded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from domain.notices.facts import (
    NoticeFact,
    Proof,
    Purpose,
    StakeholderAcknowledged,
    StakeholderNotificationFailed,
    StakeholderNotificationRequested,
    StakeholderNotified,
)
from domain.recorded import Stamped


class Notice(Struct, frozen=True, kw_only=True):
    """A requested notice; ``settled`` once it was delivered or given up."""

    fact: StakeholderNotificationRequested
    at: str
    version: int
    attempts: int = 0
    settled: bool = False
    acknowledged: bool = False


class Told(Struct, frozen=True, kw_only=True):
    """Those in ``roles`` were told, recorded ``at`` in ``version`` of the stream."""

    purpose: Purpose
    round: int
    roles: tuple[str, ...]
    proof: Proof
    at: str
    version: int


class Notices(Struct, frozen=True, kw_only=True):
    """The state of notices: ``requested`` by id, ``told`` in the order of recording."""

    requested: Mapping[str, Notice] = {}
    told: tuple[Told, ...] = ()


def evolve(state: Notices, item: Stamped[NoticeFact]) -> Notices:
    """Return the state after a fact."""
    fact = item.fact
    match fact:
        case StakeholderNotificationRequested():
            return _with(state, Notice(fact=fact, at=item.recordedtime, version=item.version))
        case StakeholderNotified():
            return _told(state, fact, item)
        case StakeholderNotificationFailed():
            given_up = fact.next_retry_at is None
            return _changed(state, fact.notification_id, attempts=fact.attempt, settled=given_up)
        case StakeholderAcknowledged():
            return _changed(state, fact.notification_id, acknowledged=True)
        case _:
            assert_never(fact)


def requested_in(state: Notices, purpose: Purpose, number: int) -> tuple[Notice, ...]:
    """Return the notices of a purpose that were requested in round ``number``."""
    return tuple(
        notice
        for notice in state.requested.values()
        if notice.fact.purpose == purpose and notice.fact.round == number
    )


def _told(state: Notices, fact: StakeholderNotified, item: Stamped[NoticeFact]) -> Notices:
    told = Told(
        purpose=fact.purpose,
        round=fact.round,
        roles=fact.roles,
        proof=fact.proof,
        at=item.recordedtime,
        version=item.version,
    )
    state = replace(state, told=(*state.told, told))
    return state if fact.notification_id is None else _changed(state, fact.notification_id, settled=True)


def _changed(state: Notices, notification_id: str, **changes: int) -> Notices:
    notice = state.requested.get(notification_id)
    return state if notice is None else _with(state, replace(notice, **changes))


def _with(state: Notices, notice: Notice) -> Notices:
    return replace(state, requested={**state.requested, notice.fact.notification_id: notice})
