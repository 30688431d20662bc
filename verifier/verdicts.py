"""Step 11: whatever follows from an incident's facts is derived again from those before it, and compared.

Verdicts of gates first of all: each a function of the facts so far, the policy that the incident pins, and
the recorded time. Whoever holds a recorder's key can sign a verdict, but cannot make it follow.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from domain.gates.evaluator import ENGINE
from domain.gates.facts import GateEvaluated
from domain.incident_facts import IncidentFact
from domain.incident_state import NOTHING, Incident, seen
from domain.recorded import UnknownFact
from domain.rederiving import DerivedFact, follows
from ledger.finding import Finding
from verifier.differing import first_difference
from verifier.facts import RecordedFact
from verifier.policies import Policies
from verifier.steps import Step
from verifier.tally import Tally


class _Case(Struct, frozen=True):
    """A fact that must follow from ``state``, and the type of an unknown fact before it, if any."""

    item: RecordedFact
    state: Incident
    unknown: str | None

    @property
    def place(self) -> str:
        return f"entry {self.item.position}"


def check_verdicts(facts: Sequence[RecordedFact], policies: Policies, tally: Tally) -> None:
    """Derive again what follows from the facts of one incident, all of which hold, in order."""
    if not any(isinstance(item.fact, DerivedFact) for item in facts):
        return
    state, unknown = NOTHING, None
    for item in facts:
        case = _Case(item, state, unknown)
        try:
            if isinstance(item.fact, DerivedFact):
                _check(case, item.fact, policies, tally)
            state = seen(state, item)
        except Exception as error:
            # Whoever holds a recorder's key can sign facts that no rule was made for; they must not end the
            # run, and after one that cannot be folded nothing is known of the state.
            tally.gap("verdict", case.place, f"not re-derived: {type(error).__name__}: {error}")
            return
        unknown = item.type if isinstance(item.fact, UnknownFact) else unknown


def _check(case: _Case, fact: DerivedFact, policies: Policies, tally: Tally) -> None:
    derived = _derived(case, fact, policies)
    if derived == fact:
        tally.checked(Step.VERDICTS)
    elif isinstance(derived, str):
        tally.gap("verdict", case.place, f"not re-derived: {derived}")
    elif case.unknown is not None:
        reason = f"not re-derived: this tool does not know facts of type {case.unknown}"
        tally.gap("verdict", case.place, reason)
    elif derived is None:
        tally.found(Finding("verdict", case.place, "no such fact here: it does not follow", case.item.type))
    else:
        tally.found(Finding("verdict", case.place, *first_difference(derived, fact)))


def _derived(case: _Case, fact: DerivedFact, policies: Policies) -> IncidentFact | str | None:
    """Return what the rules record there, None if nothing of the kind, or why this program cannot tell."""
    if isinstance(fact, GateEvaluated) and fact.engine != ENGINE:
        return f"engine {fact.engine}, this tool {ENGINE}"
    pinned = case.state.intake.policy_sha256
    if pinned is None:
        return None
    policy = policies.get(pinned)
    return policy if isinstance(policy, str) else follows(case.state, fact, policy, case.item.recordedtime)
