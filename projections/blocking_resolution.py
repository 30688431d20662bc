"""What keeps people from confirming that it is over: service levels, alerts, stability, notices."""

from __future__ import annotations

from collections.abc import Iterable

from domain.crew.crew import COMMANDER
from domain.moment import later
from domain.resolution.restored import (
    alerts_cleared,
    fired_since,
    firing,
    recovered_at,
    slo_restored,
    stability_s,
    stable,
    untold_of_end,
)
from projections.blocker import Blocker, blocker
from projections.blocking_agreement import unheld
from projections.look import Look
from projections.units import duration

SECOND_MS = 1_000
SLO = {"slo_id": "checkout-latency-p99", "objective": "800", "observed": "310", "met": True, "unit": "ms"}


def not_restored(look: Look) -> Iterable[Blocker]:
    """Yield that nobody saw the objectives met again, or which were last seen missed."""
    if slo_restored(look.incident):
        return
    seen = look.incident.resolution.restored
    missed = () if seen is None else tuple(slo.slo_id for slo in seen.fact.slos if not slo.met)
    yield blocker(
        look,
        "SLO_NOT_RESTORED",
        f"Missed when last seen: {', '.join(missed)}. Look again, and say what you see."
        if missed
        else "Nobody has said yet that the service levels are met again.",
        "verify-restoration",
        slos=[SLO],
    )


def not_cleared(look: Look) -> Iterable[Blocker]:
    """Yield which alerts fire; where none does, that nobody said they are over."""
    if alerts_cleared(look.incident):
        return
    still = firing(look.incident)
    if not still:
        yield blocker(
            look,
            "ALERTS_NOT_CLEARED",
            "Nobody has said yet that the alerts are over.",
            "verify-restoration",
            alerts={"cleared": True},
        )
        return
    recovered = recovered_at(look.incident)
    again = [alert for alert in still if recovered is not None and alert.fact.fired_at > recovered]
    names = ", ".join(alert.fact.alert_name for alert in again or still)
    code, said = ("ALERT_RECURRED", "Fires again since the recovery") if again else ("ALERTS_FIRING", "Fires")
    if look.incident.state == "confirming_resolution":
        yield blocker(
            look,
            code,
            f"{said}: {names}. Wait until it is over; plan anew only if it came back.",
            "re-enter-planning",
            who=(COMMANDER,),
        )
    else:
        yield blocker(
            look,
            code,
            f"{said}: {names}. Wait until it is over, or send the incident back step by step.",
            "mark-step",
            who=(COMMANDER,),
            mark="returned",
        )


def not_stable(look: Look) -> Iterable[Blocker]:
    """Yield that the service was not watched long enough, and from when on it will have been."""
    recovered = recovered_at(look.incident)
    if recovered is None:
        yield blocker(
            look,
            "RECOVERY_UNVALIDATED",
            "Recovery was not validated: record the checks as they come out.",
            "record-checks",
            complete=True,
        )
    elif not stable(look.case):
        wanted = stability_s(look.incident, look.policy) * SECOND_MS
        calm = max(
            (alert.fact.fired_at for alert in fired_since(look.incident, recovered)), default=recovered
        )
        due = later(calm, wanted)
        yield blocker(
            look,
            "NOT_STABLE",
            f"It has to stay well for {duration(wanted)}: watch it until {due[11:19]}Z, then say how it was."
            if due > look.at
            else f"It had {duration(wanted)} to stay well: say whether it did.",
            "verify-restoration",
            stability={"breaches": 0, "started_at": calm},
        )


def untold(look: Look) -> Iterable[Blocker]:
    """Yield who must be told of the end and is not, first the roles that nobody holds."""
    roles = untold_of_end(look.incident, look.policy)
    yield from unheld(look, roles)
    if roles:
        yield blocker(
            look,
            "STAKEHOLDER_UNTOLD",
            f"Not told yet that it ends: {', '.join(roles)}. Tell them, and say so.",
            "attest-notice",
            roles=list(roles),
            channel="phone",
            purpose="resolution",
        )
