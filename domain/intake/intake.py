"""What an incident is about: how it was opened, its alerts, the verdict on them, and its links, folded."""

from __future__ import annotations

from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from domain.alert_facts import SignalReceived
from domain.classified import Profile, Verdict, Visibility
from domain.growing import Growing
from domain.intake.facts import (
    AlertValidityConfirmed,
    IncidentDeclared,
    IncidentDismissed,
    IncidentLinked,
    IncidentMerged,
    IncidentOpened,
    IntakeFact,
    MitigationNotRequired,
    PolicyAdopted,
    SignalAttached,
    SignalCleared,
)
from domain.recorded import Stamped


class Attached(Struct, frozen=True, kw_only=True):
    """The newest episode of an alert that belongs to the incident, and whether it still fires."""

    fact: SignalAttached
    firing: bool

    @property
    def signal_id(self) -> str:
        """The signal that fired."""
        return self.fact.signal_id

    @property
    def episode(self) -> int:
        """Its exact start."""
        return int(self.fact.episode)


class Intake(Struct, frozen=True, kw_only=True):
    """The state of intake. ``policy_sha256`` is the policy in force, ``alerts`` are by alert stream.

    ``last_alert_at`` is when one of them fired or ended last, by the clock of its source.
    """

    opened_by: str | None = None
    opened_at: str | None = None
    detected_at: str | None = None
    declared_at: str | None = None
    declared_by: str | None = None
    declared_as: str | None = None
    drill: bool = False
    visibility: Visibility = "open"
    profile: Profile = "team"
    policy_sha256: str | None = None
    verdict: Verdict | None = None
    alerts: Growing[Attached] = Growing()
    earliest_fired_at: str | None = None
    last_alert_at: str | None = None
    merged_into: str | None = None


def evolve(state: Intake, item: Stamped[IntakeFact]) -> Intake:  # noqa: PLR0911  # one case a fact
    """Return the state after a fact."""
    fact = item.fact
    match fact:
        case IncidentOpened():
            return _opened(state, fact, item)
        case SignalAttached():
            return _attached(state, fact, item)
        case SignalCleared():
            return _cleared(state, fact, item)
        case AlertValidityConfirmed():
            return replace(state, verdict=fact.verdict)
        case IncidentDeclared():
            return _declared(state, fact, item)
        case IncidentMerged():
            return replace(state, merged_into=fact.into)
        case PolicyAdopted():
            return replace(state, profile=fact.profile, policy_sha256=fact.policy_sha256)
        case IncidentDismissed() | IncidentLinked() | MitigationNotRequired():
            return state
        case _:
            assert_never(fact)


def ends_here(state: Intake, alert: str, ended: SignalReceived) -> bool:
    """Return whether ``ended``, the end of an episode of ``alert``, ends what fires in the incident.

    An end is also the end of an episode that began before it: a sender that merges two reports of
    one condition moves its start.
    """
    attached = state.alerts.get(alert)
    if attached is None or not attached.firing:
        return False
    began = ended.ended_at is not None and attached.fact.fired_at <= ended.ended_at
    return began or attached.episode == int(ended.episode)


def _opened(state: Intake, fact: IncidentOpened, item: Stamped[IntakeFact]) -> Intake:
    return replace(
        state,
        opened_by=item.authid,
        opened_at=item.recordedtime,
        detected_at=fact.detected_at,
        drill=fact.drill,
        visibility=fact.visibility,
        profile=fact.profile,
        policy_sha256=fact.policy_sha256,
    )


def _declared(state: Intake, fact: IncidentDeclared, item: Stamped[IntakeFact]) -> Intake:
    return replace(
        state, declared_at=item.recordedtime, declared_by=item.authid, declared_as=fact.authority_role
    )


def _attached(state: Intake, fact: SignalAttached, item: Stamped[IntakeFact]) -> Intake:
    alerts = state.alerts.set(fact.alert, Attached(fact=fact, firing=True))
    earliest = min(fact.fired_at, state.earliest_fired_at or fact.fired_at)
    last = _last(state, fact.fired_at, item)
    return replace(state, alerts=alerts, earliest_fired_at=earliest, last_alert_at=last)


def _cleared(state: Intake, fact: SignalCleared, item: Stamped[IntakeFact]) -> Intake:
    attached = state.alerts.get(fact.alert)
    if attached is None or attached.signal_id != fact.signal_id:
        return state
    alerts = state.alerts.set(fact.alert, replace(attached, firing=False))
    last = _last(state, fact.cleared_at or item.recordedtime, item)
    return replace(state, alerts=alerts, last_alert_at=last)


def _last(state: Intake, told: str, item: Stamped[IntakeFact]) -> str:
    """Return when an alert fired or ended last; a clock that runs ahead does not keep a candidate young."""
    return max(min(told, item.recordedtime), state.last_alert_at or "")
