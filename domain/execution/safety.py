"""The safety rule: nothing runs before severity, scope and alignment are confirmed (R-GLO-05, R-WF-30)."""

from __future__ import annotations

from domain.context import Context
from domain.decisions.approvals import current
from domain.incident_state import Incident
from domain.notices.latency import untold
from domain.policies import policy_of
from domain.readiness.evaluating import is_ready
from domain.severity.assessment import scope_confirmed


def unmet(state: Incident, context: Context, *, gate_open: bool, again: bool = False) -> tuple[str, ...]:
    """Return which preconditions of R-WF-30 do not hold; ``again`` where an attempt was begun already."""
    decision, selected = current(state), state.planning.selected
    approved = decision is not None and selected is not None and decision.option_id == selected.option_id
    checks = {
        "severity": state.severity.agreed is not None,
        "scope": scope_confirmed(state.severity),
        "gate_1": state.standing.gate_1 > 0,
        "gate_2": gate_open,
        "stakeholders_notified": not untold(state, policy_of(context)),
        "approved_option": approved,
        "decision_recorded": decision is not None and decision.recorded > 0,
        "execution_readiness": is_ready(state, context),
        # A step that was sent back is gone through again first (R-TRN-08, R-TRN-20).
        "aligned": again or state.state == "aligning",
        # Another attempt is what ends the halt of the one before (R-TRN-17).
        "not_halted": again or state.standing.halted is None,
    }
    waivable = gate_open and not (approved and decision is not None and decision.recorded)
    return tuple(
        name
        for name, holds in checks.items()
        # A waiver that covers missing approvals stands in their place (R-ROL-28).
        if not holds and not (waivable and name in ("approved_option", "decision_recorded"))
    )
