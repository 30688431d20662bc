"""From declaration to execution by two people: nothing more is asked of them than what only they can say."""

from __future__ import annotations

import pytest

from domain.decisions.commands import ApprovePlan
from domain.execution.commands import StartExecution
from domain.intake.commands import DeclareIncident, OpenIncident
from domain.notices.commands import AttestNotice
from domain.planning.commands import ProposePlan
from domain.severity.commands import ConfirmScope, ProposeSeverity
from tests.support.playing import BOB, Play

OPEN = OpenIncident(title="Checkout is slow", environment="production", services=("checkout",))
DECLARE = DeclareIncident(rationale="Confirmed by hand in two regions.")
PROPOSE = ProposeSeverity(severity="SEV-1", rationale="A third of payments fail.")
SCOPE = ConfirmScope(services=("checkout",), regulated_data=False, customer_notification=False)
TOLD = AttestNotice(roles=("incident_commander", "sre_on_call", "product_owner"), channel="meeting")
PLAN = ProposePlan(template="rollback", to_version="1.2.3")
APPROVE = ApprovePlan(revision=1, rationale="The version before ran well.")


@pytest.mark.req("R-WF-34")
def test_two_people_get_from_declaration_to_execution() -> None:
    play = Play()
    play.do(OPEN)
    print(play.kinds(play.do(DECLARE)), play.state.state)
    print(play.kinds(play.do(PROPOSE)), play.state.state)
    print(play.kinds(play.do(SCOPE)), play.state.state)
    print(play.kinds(play.do(TOLD)), play.state.state)
    print(play.kinds(play.do(PLAN)), play.state.state)
    print(play.kinds(play.do(APPROVE)), play.state.state)
    print(play.kinds(play.do(APPROVE, BOB)), play.state.state)
    print(play.state.gates.authoritative["mitigation_readiness"].fact)
    print(play.kinds(play.do(StartExecution())), play.state.state)
    assert play.state.state == "executing"
