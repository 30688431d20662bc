"""Verdicts are frozen: another one for the same facts and policy needs a new engine number (design 6)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.facts import decode
from domain.gates.evaluator import ENGINE
from domain.gates.facts import GateEvaluated
from domain.gates.table import GATES
from domain.incident_state import NOTHING, Incident, seen
from domain.policy import Policy
from domain.recorded import Pending
from domain.rederiving import DERIVED, DerivedFact, follows
from projections.policyfile import parse_policy

FROZEN = json.loads((Path(__file__).parent / f"gate-verdicts.{ENGINE}.json").read_bytes())
POLICIES = {sha256: parse_policy(text.encode(), sha256) for sha256, text in FROZEN["policies"].items()}


def replayed(name: str) -> Iterator[tuple[Incident, Pending[Any], Policy | None]]:
    """Yield each fact with the state before it and the policy pinned then."""
    state = NOTHING
    for row in FROZEN["incidents"][name]:
        kept = {key: row[key] for key in ("version", "authid", "time", "recordedtime")}
        item = Pending[Any](fact=decode(row["type"], row["data"]), **kept)
        yield state, item, POLICIES.get(state.intake.policy_sha256 or "")
        state = seen(state, item)


def test_the_file_is_of_this_engine() -> None:
    assert FROZEN["engine"] == ENGINE


@pytest.mark.req("R-GATE-51", "R-GATE-52", "R-GATE-53")
@pytest.mark.parametrize("name", FROZEN["incidents"])
def test_what_follows_by_this_engine_number_has_not_changed(name: str) -> None:
    for state, item, policy in replayed(name):
        if isinstance(item.fact, DerivedFact):
            assert policy is not None
            assert follows(state, item.fact, policy, item.recordedtime) == item.fact


def test_the_frozen_incidents_have_every_kind_of_verdict() -> None:
    facts = [item.fact for name in FROZEN["incidents"] for _, item, _ in replayed(name)]
    assert {type(fact) for fact in facts} >= set(DERIVED)
    verdicts = Counter(
        (fact.gate, fact.mode, fact.result, fact.authoritative)
        for fact in facts
        if isinstance(fact, GateEvaluated)
    )
    for gate in GATES:
        for result in ("PASS", "FAIL"):
            assert verdicts[gate, "strict", result, True]
        for mode in ("standard", "relaxed"):
            assert any(key[:2] == (gate, mode) for key in verdicts)
    judged = [one for fact in facts if isinstance(fact, GateEvaluated) for one in fact.criteria]
    assert {one.passed for one in judged} >= {"yes", "no", "warning", "not_applicable"}
    failed = {one.id for one in judged if one.passed == "no"}
    passed = {one.id for one in judged if one.passed == "yes"}
    # Every shipped policy names critical checks.
    assert failed | {"critical_check_count"} == passed == {one.id for one in judged}
