"""The table of actions: which decider answers, and in which states of the incident (R-WF-02).

Who may ask is `domain.authority`. What only records something is possible in every state once the
incident is open; what moves it is possible where the protocol has its place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from domain.archive import reviewing, sealing
from domain.context import Context
from domain.crew import commanding, manning
from domain.decisions import deciding
from domain.execution import reentering, running, starting
from domain.flow import marking
from domain.flow.transitions import (
    AFTER_EXECUTION,
    BEFORE_EXECUTION,
    DECLARED,
    IN_RECOVERY,
    OPEN,
    PLANNED,
    UNCONFIRMED,
    UNRESOLVED,
    State,
)
from domain.gates import evaluating, waivers
from domain.gates.facts import Gate
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident
from domain.intake import attaching, declaring, linking, opening, tightening
from domain.notices import notifying
from domain.planning import proposing, selecting, verifying
from domain.readiness import evaluating as readiness
from domain.recovery import checking
from domain.refusal import OnRecord, Refusal
from domain.report import writing
from domain.resolution import closing, confirming
from domain.resolution import verifying as restoration
from domain.rootcause import capturing
from domain.severity import assessing
from domain.timeline import noting

Decision = tuple[IncidentFact, ...] | Refusal | OnRecord

# Any: each decider takes its own command, and `COMMANDS` is what brings them together.
Decider = Callable[[Incident, Any, Context], Decision]

ANY_STATE: frozenset[State] = OPEN | {"closed", "dismissed", "merged"}
CANDIDATE: frozenset[State] = frozenset({"detecting"})
RUN: frozenset[State] = IN_RECOVERY | {"executing"}
DOCUMENTED: frozenset[State] = frozenset({"documented"})
AT_THE_END: frozenset[State] = frozenset({"documented", "closed"})
BEFORE_ANYTHING: frozenset[State] = frozenset({"none"})


class Action(Struct, frozen=True):
    """One row: the decider, the states in which it may be asked, and the gate that leads there."""

    decide: Decider
    states: frozenset[State]
    behind: Gate | None = None


TABLE: Mapping[str, Action] = {
    "open": Action(opening.open_incident, BEFORE_ANYTHING),
    "declare": Action(declaring.declare, OPEN),
    "dismiss": Action(declaring.dismiss, CANDIDATE | BEFORE_EXECUTION),
    "attach-alert": Action(attaching.attach_by_hand, OPEN),
    "mitigation-not-required": Action(declaring.go_without_mitigation, BEFORE_EXECUTION),
    "merge": Action(linking.merge, OPEN),
    "link": Action(linking.link, ANY_STATE),
    "tighten-profile": Action(tightening.tighten, OPEN),
    "add-timeline-entry": Action(noting.add_entry, ANY_STATE),
    "correct-timeline-entry": Action(noting.correct_entry, ANY_STATE),
    "join": Action(manning.join, OPEN),
    "leave": Action(manning.leave, OPEN),
    "offer-command": Action(commanding.offer, DECLARED),
    "take-command": Action(commanding.take, DECLARED),
    "grant-role": Action(manning.grant_role, OPEN),
    "revoke-role": Action(manning.revoke_role, ANY_STATE),
    "cover-role": Action(manning.cover_role, DECLARED),
    "propose-severity": Action(assessing.propose, UNRESOLVED),
    "vote-severity": Action(assessing.vote, UNRESOLVED),
    "reassess-severity": Action(assessing.reassess, UNRESOLVED),
    "confirm-scope": Action(assessing.confirm_scope, DECLARED),
    "attest-notice": Action(notifying.attest, DECLARED),
    "request-notice": Action(notifying.request, DECLARED),
    "acknowledge": Action(notifying.acknowledge, ANY_STATE),
    "propose-plan": Action(proposing.propose, PLANNED, "severity_alignment"),
    "select-option": Action(selecting.select, PLANNED),
    "verify-item": Action(verifying.verify, DECLARED),
    "approve": Action(deciding.approve, PLANNED),
    "reject": Action(deciding.reject, PLANNED),
    "evaluate-prerequisites": Action(readiness.evaluate, DECLARED),
    "override-prerequisites": Action(readiness.override, DECLARED),
    "evaluate-gate": Action(evaluating.by_hand, DECLARED),
    "request-waiver": Action(waivers.request, DECLARED),
    "decide-waiver": Action(waivers.decide, DECLARED),
    "start-execution": Action(starting.start, BEFORE_EXECUTION | RUN),
    "record-command": Action(running.record, UNRESOLVED),
    "re-enter-planning": Action(reentering.reenter, UNCONFIRMED | {"executing"}),
    "record-checks": Action(checking.record, UNCONFIRMED | {"executing"}),
    "record-out-of-band": Action(starting.record_out_of_band, ANY_STATE),
    "verify-restoration": Action(restoration.verify, AFTER_EXECUTION),
    "confirm-resolution": Action(confirming.confirm, frozenset({"confirming_resolution"})),
    "action-item": Action(confirming.record_item, OPEN | {"closed"}),
    "capture-evidence": Action(capturing.capture, DECLARED | {"closed"}),
    "record-finding": Action(capturing.find, DECLARED | {"closed"}),
    "archive-evidence": Action(capturing.archive, frozenset({"capturing_rca"})),
    "write-report": Action(writing.write, DECLARED),
    "seal": Action(sealing.seal, AT_THE_END),
    "review": Action(reviewing.review, DOCUMENTED),
    "close": Action(closing.close, DOCUMENTED),
    "reopen": Action(closing.reopen, frozenset({"closed"})),
    "mark-step": Action(marking.mark, OPEN),
    "escalate": Action(marking.escalate, OPEN),
}
"""Action -> row; a test holds it, `domain.authority.AUTHORITY` and `COMMANDS` equal in their keys."""


def decided(action: str, state: Incident, command: Any, context: Context) -> Decision:
    """Return what the action's decider answers, if the incident's state lets it be asked."""
    row = TABLE[action]
    if state.state in row.states:
        return row.decide(state, command, context)
    if row.behind is not None and state.state in ("assessing", "notifying"):
        passed = evaluating.passes(state, row.behind, context)
        # Evaluated now, and refused; it was evaluated before if it passes, and a return wants more than that.
        return passed if not isinstance(passed, tuple) else not_now(action, state.state, row.states)
    return not_now(action, state.state, row.states)


def not_now(action: str, state: State, states: frozenset[State]) -> Refusal:
    """Return why an action cannot be asked for in a state."""
    if state == "none":
        return Refusal(
            code="NOT_OPEN", message="no incident is open here", expected="an incident", found="none"
        )
    if action == "open":
        return Refusal(code="ALREADY_OPEN", message="this incident is open already", found=state)
    return Refusal(
        code="NOT_NOW",
        message=f"{action} has no place while the incident is {state}",
        expected="an incident that is " + " or ".join(sorted(states)),
        found=state,
    )
