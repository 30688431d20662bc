"""Who works on an incident, as readers see it."""

from __future__ import annotations

from domain.crew.commands import CoverRole, GrantRole, JoinIncident, OfferCommand
from projections.crew_view import Cover, Responder, crew_view
from tests.support.playing import ALICE, BOB, CAROL
from tests.support.scenes import WHY, declared


def test_everybody_who_takes_part_is_there_with_how_they_do() -> None:
    play = declared()
    play.do(JoinIncident(), BOB)
    play.do(JoinIncident(voting=False), CAROL)
    play.do(GrantRole(principal=CAROL.id, role="executive", rationale=WHY))
    play.do(CoverRole(role="dpo_legal", by=ALICE.id, rationale=WHY))
    play.do(OfferCommand(to=BOB.id))
    found = crew_view(play.state.crew)
    assert found.commander is not None
    assert (found.commander.principal, found.offered) == (ALICE.id, BOB.id)
    assert found.responders[0] == Responder(principal=ALICE.id, role="incident_commander", voting=True)
    voting = {who.principal: who.voting for who in found.responders}
    assert voting == {ALICE.id: True, BOB.id: True, CAROL.id: False}
    (grant,) = found.grants
    assert (grant.id, grant.granted_by) == ("p-carol executive", ALICE.id)
    assert found.covers == (Cover(role="dpo_legal", by=ALICE.id),)
