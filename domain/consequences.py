"""What follows necessarily from what was recorded: rules, applied until nothing new follows (R-WF-34).

Each rule reads the state alone and answers with the facts that it lacks, so applying it twice adds
nothing. At 02:00 every request counts: nobody has to ask for what is determined already.
"""

from __future__ import annotations

from collections.abc import Callable

from domain.authority import RESPONDERS
from domain.context import Context
from domain.crew.crew import commands, roles_of
from domain.crew.facts import ResponderJoined
from domain.decisions.approvals import (
    approvals,
    current,
    is_recorded,
    matched,
    rejections,
    required_roles,
)
from domain.decisions.facts import DecisionRecorded, DecisionRequested
from domain.execution import consequences as execution
from domain.execution.execution import is_begun
from domain.flow.marks import is_clear
from domain.flow.transitions import DECLARED, PLANNED
from domain.gates.board import is_current
from domain.gates.evaluating import news
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident
from domain.notices.audience import required_roles as must_be_told
from domain.notices.latency import untold
from domain.notices.notices import requested_in
from domain.notices.notifying import is_asked, requests
from domain.planning.checklist import coverage, items
from domain.planning.facts import RollbackReadinessAssessed
from domain.policies import policy_of
from domain.readiness.evaluating import is_overridden
from domain.readiness.evaluator import prerequisites
from domain.recorded_at import recorded_at
from domain.recovery import consequences as recovery
from domain.report import consequences as report
from domain.resolution import consequences as resolution
from domain.severity.escalating import on_signal
from domain.severity.facts import SeverityConsensusReached

Rule = Callable[[Incident, Context], tuple[IncidentFact, ...]]


def joining(state: Incident, context: Context) -> tuple[IncidentFact, ...]:
    """Whoever commands or votes works on the incident; who has left since does not."""
    who = context.principal.id
    voted = state.severity.cast.get(who, 0) > state.crew.left.get(who, 0)
    acts = voted or commands(state.crew, who)
    if not acts or who in state.crew.responders:
        return ()
    roles = roles_of(state.crew, context.principal)
    role = next((role for role in RESPONDERS if role in roles), None)
    return () if role is None else (ResponderJoined(principal=who, role=role),)


def consensus(state: Incident, context: Context) -> tuple[IncidentFact, ...]:
    """All votes agree, and enough voted: that is the consensus (R-GATE-10)."""
    votes = state.severity.votes
    if state.severity.agreed is not None or not votes or len(set(votes.values())) > 1:
        return ()
    severity = next(iter(votes.values()))
    if len(votes) < policy_of(context).severity.min_responders.of(severity):
        return ()
    return (
        SeverityConsensusReached(
            round=state.severity.round, severity=severity, agreeing=len(votes), responders=len(votes)
        ),
    )


def new_signal(state: Incident, _context: Context) -> tuple[IncidentFact, ...]:
    """An alert says more than what is agreed: people are asked again (R-SVC-10)."""
    return on_signal(state)


def first_notices(state: Incident, context: Context) -> tuple[IncidentFact, ...]:
    """With the consensus, everybody whom the matrix names is to be told; later whoever comes to be named."""
    agreed = state.severity.agreed
    if agreed is None:
        return ()
    roles = must_be_told(policy_of(context), agreed.severity)
    asked = requested_in(state.notices, "initial", state.severity.round)
    unasked = tuple(role for role in roles if not is_asked(state, context, role, asked))
    return requests(state, context, "initial", unasked)


def gate_1(state: Incident, context: Context) -> tuple[IncidentFact, ...]:
    """With the last one told, gate 1 is evaluated."""
    agreed = state.severity.agreed
    verdict = state.gates.authoritative.get("severity_alignment")
    if agreed is None or untold(state, policy_of(context)):
        return ()
    passed = verdict is not None and verdict.version > agreed.version and verdict.fact.result == "PASS"
    if verdict is not None and passed and is_current(state, verdict):
        return ()
    fresh = news(state, "severity_alignment", context)
    return () if fresh is None else (fresh,)


def readiness(state: Incident, context: Context) -> tuple[IncidentFact, ...]:
    """How much of the checklist is verified is assessed anew whenever that changes (R-STEP-22)."""
    plan = state.planning.plan
    if plan is None or is_begun(state.execution, plan.revision):
        return ()
    covered = coverage(items(state, policy_of(context), recorded_at(state, context)))
    status = "verified" if covered.den > 0 and covered.num == covered.den else "incomplete"
    known = state.planning.assessed
    same = known is not None and (known.readiness_score, known.status) == (covered, status)
    if same and not _verified_again(state):
        return ()
    return (
        RollbackReadinessAssessed(
            plan_revision=plan.revision,
            readiness_score=covered,
            status="verified" if status == "verified" else "incomplete",
        ),
    )


def _verified_again(state: Incident) -> bool:
    """Return whether anything was verified since it was sent back to this step, and not assessed."""
    back = state.standing.returns.get("verifying_rollback", 0)
    said = (word.version for words in state.planning.results.values() for word in words.values())
    return 0 < state.standing.ready <= back < max(said, default=0)


def decision_request(state: Incident, context: Context) -> tuple[IncidentFact, ...]:
    """A plan that can be carried out is put to those who must agree; again after an upgrade of severity."""
    plan = state.planning.plan
    if plan is None or not is_clear(plan.fact) or current(state) is not None or state.severity.agreed is None:
        return ()
    return (
        DecisionRequested(
            decision_id=context.ids[1],
            topic="mitigation",
            plan_revision=plan.revision,
            options=tuple(option.option_id for option in plan.fact.options),
            required_roles=required_roles(state, policy_of(context)),
        ),
    )


def decision_record(state: Incident, context: Context) -> tuple[IncidentFact, ...]:
    """With the last approval the decision is recorded, and with each that is asked for later."""
    decision, selected = current(state), state.planning.selected
    if decision is None or selected is None:
        return ()
    wanted, given = required_roles(state, policy_of(context)), approvals(state)
    complete = len(matched(wanted, given, state)) == len(wanted)
    if not complete or rejections(state, policy_of(context)):
        return ()
    if is_recorded(state) and decision.recorded > max(item.version for item in given):
        return ()
    return (
        DecisionRecorded(
            decision_id=decision.decision_id,
            outcome="approved",
            approvals="complete",
            plan_revision=decision.plan_revision,
            option_id=selected.option_id,
        ),
    )


def execution_readiness(state: Incident, context: Context) -> tuple[IncidentFact, ...]:
    """With the decision, what execution needs is evaluated (R-PRE-40)."""
    decision, known = current(state), state.readiness.evaluated
    if decision is None or not decision.recorded or (known and known.version > decision.recorded):
        return ()
    now = prerequisites(state, policy_of(context), recorded_at(state, context))
    # A strict evaluation now would undo what the owner took on themselves before the last approval.
    return () if is_overridden(state.readiness, now.missing) else (now,)


def gate_2(state: Incident, context: Context) -> tuple[IncidentFact, ...]:
    """With the decision, gate 2 is evaluated; and until execution begins when what it let through is gone."""
    decision = current(state)
    # In a new round of severity nothing is asked of gate 2 yet, and once execution began nothing any more.
    begun = decision is not None and is_begun(state.execution, decision.plan_revision)
    if begun or state.state not in PLANNED:
        return ()
    verdict = state.gates.authoritative.get("mitigation_readiness")
    decided = decision is not None and decision.recorded > (verdict.version if verdict else 0)
    passed = verdict is not None and verdict.fact.result == "PASS" and is_current(state, verdict)
    fresh = news(state, "mitigation_readiness", context) if decided or passed else None
    return () if fresh is None or (passed and fresh.result == "PASS") else (fresh,)


def failure_notices(state: Incident, context: Context) -> tuple[IncidentFact, ...]:
    """Of a gate that failed those are told who can help it pass (R-GATE-54); once a verdict."""
    notified = max(
        (n.version for n in state.notices.requested.values() if n.fact.purpose == "gate_failed"), default=0
    )
    told = policy_of(context).notification.gate_failure
    roles = {
        "severity_alignment": told.severity,
        "mitigation_readiness": told.mitigation,
        "recovery_validation": told.recovery,
        "resolution_documentation": told.resolution,
    }
    failed = [
        role
        for gate, verdict in state.gates.authoritative.items()
        if verdict.fact.result == "FAIL" and verdict.version > notified
        for role in roles.get(gate, ())
    ]
    return requests(state, context, "gate_failed", tuple(failed))


RULES: tuple[Rule, ...] = (
    joining,
    consensus,
    new_signal,
    first_notices,
    gate_1,
    readiness,
    decision_request,
    decision_record,
    execution_readiness,
    gate_2,
    execution.halt,
    execution.complete,
    recovery.validate,
    recovery.gate_3,
    recovery.past_gate_3,
    resolution.last_notices,
    report.gate_4,
    failure_notices,
)
"""In the order of the protocol: what a rule adds may be what the next one waits for."""


def follow(state: Incident, context: Context) -> tuple[IncidentFact, ...]:
    """Return the facts of the first rule that has any to add, none where nothing follows."""
    if state.state not in DECLARED:
        return ()
    return next(filter(None, (rule(state, context) for rule in RULES)), ())
