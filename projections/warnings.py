"""What everybody who looks at an incident has to know, whatever is next: rows and one interpreter.

An out-of-band action, a takeover, a role that nobody holds, a late notice, a waiver in force and an
unanswered call never scroll away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct

from domain.flow.escalations import is_escalated
from domain.flow.transitions import DECLARED, OPEN
from domain.gates.board import lights
from domain.gates.table import GATES
from domain.moment import milliseconds
from domain.notices.audience import unheld
from domain.notices.latency import notification_latency_ms, told_at, untold
from domain.resolution.restored import fired_since, recovered_at
from domain.severity.assessment import shown
from projections.blocking_agreement import MINUTE_MS
from projections.look import Look
from projections.units import duration


class Warned(Struct, frozen=True, kw_only=True):
    """A stable ``code`` and the sentence."""

    code: str
    what: str


def warnings(look: Look) -> tuple[Warned, ...]:
    """Return what to know."""
    return tuple(Warned(code=code, what=what) for code, find in ROWS for what in find(look))


def _drill(look: Look) -> Iterable[str]:
    if look.incident.intake.drill:
        yield "This is a drill: same gates, same proofs, and notices to participants only."


def _solo(look: Look) -> Iterable[str]:
    if look.incident.intake.profile == "solo":
        yield "profile solo: no separation of duties"


def _violated(look: Look) -> Iterable[str]:
    for light in lights(look.incident, look.at).values():
        if light.violated:
            yield (
                f"Something was executed outside the process; gate {GATES[light.gate].number} "
                f"shows {light.state} (violated)."
            )


def _out_of_band(look: Look) -> Iterable[str]:
    count = look.incident.execution.out_of_band
    if count:
        yield f"{count} out-of-band {'action is' if count == 1 else 'actions are'} on record."


def _taken_over(look: Look) -> Iterable[str]:
    commander = look.incident.crew.commander
    if commander is not None and commander.how == "taken_over":
        yield f"{commander.principal} took the command over; it was not handed to them."


def _unheld(look: Look) -> Iterable[str]:
    incident = look.incident
    if incident.state not in DECLARED:
        return
    # Before anybody proposed a severity, those whom the most severe one wants to be told (R-DIR-01).
    roles = unheld(incident, look.roster, look.policy, shown(incident.severity) or "SEV-1")
    for role in roles:
        if told_at(incident, role) is None:
            yield f"No one holds {role}: grant it to somebody (grant-role), or name a stand-in (cover-role)."


def _late(look: Look) -> Iterable[str]:
    agreed = look.incident.severity.agreed
    if agreed is None:
        return
    sla = look.policy.notification.sla_minutes * MINUTE_MS
    latency = notification_latency_ms(look.incident, look.policy)
    if latency is not None and latency > sla:
        yield f"The last one was told {duration(latency)} after the consensus; {duration(sla)} are allowed."
    if latency is None and milliseconds(agreed.at, look.at) > sla:
        roles = ", ".join(untold(look.incident, look.policy))
        yield f"{roles}: not told within {duration(sla)} after the consensus."


def _waived(look: Look) -> Iterable[str]:
    for light in lights(look.incident, look.at).values():
        if light.state == "WAIVED" and light.waiver is not None:
            criteria = ", ".join(light.waiver.fact.criteria)
            yield (
                f"Gate {GATES[light.gate].number} is waived until {light.waiver.fact.expires_at}: {criteria}."
            )


def _escalated(look: Look) -> Iterable[str]:
    if is_escalated(look.incident.escalations):
        calls = (item.fact for item in look.incident.escalations.values() if item.acknowledged_by is None)
        yield "Called and not answered: " + ", ".join(
            f"{call.to_role} (by {call.due_at[11:19]}Z)" for call in calls
        )


def _recurred(look: Look) -> Iterable[str]:
    recovered = recovered_at(look.incident)
    if recovered is None or look.incident.state not in OPEN:
        return
    for alert in fired_since(look.incident, recovered):
        still = "and fires" if alert.firing else "and is over"
        fired = alert.fact.fired_at[11:19]
        yield f"{alert.fact.alert_name} fired again at {fired}Z, after the recovery, {still}."


def _gate_1_owed(look: Look) -> Iterable[str]:
    incident = look.incident
    if incident.standing.not_required and incident.standing.gate_1 == 0 and incident.state in OPEN:
        yield "Nothing has to be executed, but gate 1 is still owed."


ROWS: tuple[tuple[str, Callable[[Look], Iterable[str]]], ...] = (
    ("DRILL", _drill),
    ("SOLO", _solo),
    ("VIOLATED", _violated),
    ("OUT_OF_BAND", _out_of_band),
    ("TAKEN_OVER", _taken_over),
    ("ROLE_UNHELD", _unheld),
    ("NOTICE_LATE", _late),
    ("WAIVED", _waived),
    ("ESCALATED", _escalated),
    ("ALERT_RECURRED", _recurred),
    ("GATE_1_OWED", _gate_1_owed),
)
"""Code -> how its sentences are found, in the order in which they are shown."""
