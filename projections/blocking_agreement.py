"""What keeps people from agreeing on severity and scope, and from having told everybody in time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from domain.classified import Severity
from domain.crew.crew import COMMANDER
from domain.moment import later
from domain.notices.audience import recipients
from domain.notices.latency import notification_latency_ms
from domain.notices.latency import untold as untold_roles
from domain.severity.assessment import scope_confirmed, shown
from domain.wording.reassessing import found
from projections.blocker import Blocker, blocker
from projections.look import Look
from projections.units import duration

MINUTE_MS = 60_000


def consensus(look: Look) -> Iterable[Blocker]:
    """Yield why no consensus counts: nothing proposed, votes apart, or too few of them."""
    severity = look.incident.severity
    votes = severity.votes
    if severity.agreed is not None:
        yield from _frozen(look, severity.agreed.severity)
    elif not votes:
        yield blocker(
            look,
            "SEVERITY_NOT_PROPOSED",
            f"Nobody has proposed a severity in this round{_because(look)}.",
            "propose-severity",
            severity=shown(severity) or "SEV-1",
        )
    elif len(set(votes.values())) > 1:
        said = ", ".join(f"{who} says {level}" for who, level in votes.items())
        yield blocker(
            look,
            "VOTES_DIFFER",
            f"The votes differ{_because(look)}: {said}.",
            "vote-severity",
            severity=shown(severity),
        )
    else:
        yield from _too_few(look, len(votes))


def _because(look: Look) -> str:
    """Return what a rule found that began this round; a round that people began they know the reason of."""
    began = look.incident.severity.began
    if began is None or began.cause is None:
        return ""
    return f" (round {look.incident.severity.round}, because {found(began.cause)})"


def _too_few(look: Look, cast: int) -> Iterable[Blocker]:
    severity = shown(look.incident.severity)
    wanted = look.policy.severity.min_responders.of(severity or "SEV-1")
    if cast < wanted:
        yield blocker(
            look,
            "RESPONDERS_TOO_FEW",
            f"{severity} needs {wanted} votes; there are {cast}{_because(look)}: "
            "another responder has to vote.",
            "vote-severity",
            severity=severity,
        )


def _frozen(look: Look, severity: Severity) -> Iterable[Blocker]:
    """Yield that a stricter policy wants more votes than there are: after the consensus nobody adds one."""
    wanted, cast = (
        look.policy.severity.min_responders.of(severity),
        len(look.incident.severity.votes),
    )
    if cast < wanted:
        yield blocker(
            look,
            "VOTES_FROZEN",
            f"{severity} needs {wanted} votes by now and was agreed with {cast}: "
            "begin a new round, in which everybody votes again.",
            "reassess-severity",
        )


def scope(look: Look) -> Iterable[Blocker]:
    """Yield that nobody confirmed what is affected in this round."""
    if not scope_confirmed(look.incident.severity) or look.incident.standing.scoped == 0:
        yield blocker(
            look,
            "SCOPE_UNCONFIRMED",
            "What is affected is not confirmed in this round.",
            "confirm-scope",
            who=(COMMANDER,),
            **scope_fields(look),
        )


def scope_fields(look: Look) -> Mapping[str, Any]:
    """Return the fields of the scope as it was confirmed last; what nobody answered is answered with no."""
    known = look.incident.severity.scope
    if known is None:
        return {"regulated_data": False, "customer_notification": False}
    last = known.fact
    fields = {
        "services": list(last.services),
        "regions": list(last.regions),
        "tenants": last.tenants,
        "data_classes": list(last.data_classes),
        "regulated_data": bool(last.regulated_data),
        "customer_notification": bool(last.customer_notification),
        "services_ratio": last.services_ratio,
    }
    return {name: value for name, value in fields.items() if value not in (None, [])}


def untold(look: Look) -> Iterable[Blocker]:
    """Yield who must be told and is not: each role that nobody holds, then all of them in one request."""
    roles = untold_roles(look.incident, look.policy)
    yield from unheld(look, roles)
    if roles:
        yield blocker(
            look,
            "STAKEHOLDER_UNTOLD",
            f"Not told yet ({_due(look)}): {', '.join(roles)}. Tell them, and say so.",
            "attest-notice",
            roles=list(roles),
            channel="phone",
        )


def unheld(look: Look, roles: Iterable[str]) -> Iterable[Blocker]:
    """Yield which of ``roles`` nobody holds, so that nobody can be told."""
    for role in roles:
        if not recipients(look.incident, look.roster, role):
            yield blocker(
                look,
                "ROLE_UNHELD",
                f"No one holds {role}: name who is told instead, then tell them.",
                "cover-role",
                who=(COMMANDER,),
                role=role,
                by=_somebody(look),
            )


def too_late(look: Look) -> Iterable[Blocker]:
    """Yield that everybody was told, but too late: the remedy is a new round with a new clock (R-DEC-28)."""
    latency = notification_latency_ms(look.incident, look.policy)
    sla = look.policy.notification.sla_minutes * MINUTE_MS
    if latency is not None and latency > sla:
        yield blocker(
            look,
            "NOTICE_TOO_LATE",
            f"The last one was told after {duration(latency)}, not within {duration(sla)}: "
            "propose the severity again, which starts a new clock; this breach stays on record.",
            "propose-severity",
            severity=shown(look.incident.severity) or "SEV-1",
        )


def _due(look: Look) -> str:
    agreed = look.incident.severity.agreed
    if agreed is None:
        return "due with the consensus"
    due = later(agreed.at, look.policy.notification.sla_minutes * MINUTE_MS)
    return f"{'overdue since' if due < look.at else 'due by'} {due[11:19]}Z"


def _somebody(look: Look) -> str:
    """Return who could stand in for a role: the commander, where there is one."""
    commander = look.incident.crew.commander
    return "p-bob" if commander is None else commander.principal
