"""Rules that have severity assessed anew, told over HTTP and verified offline (R-SVC-10, R-TRN-18)."""

from __future__ import annotations

from typing import Any

import pytest

from application.timers import Timers
from tests.support.stories import PLAN, SCOPE, WHY, Incident, World
from tests.support.tales import Stage, Tale

AGAIN = "severity-reassessment-started"
MILD: dict[str, Any] = {"severity": "SEV-2", "rationale": WHY}
TWO = ["incident_commander", "sre_on_call"]


def until_planned(tale: Tale) -> Incident:
    """Bring an incident of SEV-2 past gate 1."""
    tale.do(tale.cast.alice, "declare", rationale=WHY)
    settle(tale)
    assert tale.state == "planning"
    return tale.incident


def settle(tale: Tale) -> None:
    """Have people agree on SEV-2, confirm the scope, and tell those concerned."""
    alice = tale.cast.alice
    tale.do(alice, "propose-severity", **MILD)
    tale.do(alice, "confirm-scope", **SCOPE)
    tale.do(alice, "attest-notice", roles=["product_owner", *TWO], channel="phone")


def critical(tale: Tale, pod: str) -> None:
    """Have an alert of the same group fire that calls itself critical."""
    labels = {"alertname": "NoPayments", "service": "checkout", "environment": "production"}
    began = tale.clock.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    tale.story.delivered(
        tale.group, starts_at=began, labels={**labels, "severity": "critical", "pod": f"{tale.group}-{pod}"}
    )


def asked(world: World, tale: Tale, path: str) -> Any:
    answer = world.ask(tale.cast.carol, "GET", f"/v1/incidents/{tale.incident.stream}{path}")
    assert answer.status == 200, answer.body
    return answer.json


def rounds(incident: Incident) -> list[Any]:
    return [fact for fact in incident.facts if fact.kind == AGAIN]


@pytest.mark.req("R-SVC-10", "R-TRN-18", "R-EVT-13")
def test_a_critical_alert_has_people_agree_anew_and_their_word_stands(stage: Stage) -> None:
    tale = stage.tell()
    incident = until_planned(tale)
    critical(tale, "one")
    (began,) = rounds(incident)
    assert (began.authid, began.authroles, began.data["reason"]) == (
        stage.world.intake.id,
        "signal_ingestor",
        "new_signal",
    )
    assert began.data["cause"]["severity"] == "SEV-1"
    assert began.data["cause"]["alert"] in {f.data.get("alert") for f in incident.facts}
    view = incident.view()
    assert (view["state"], view["severity"]) == ("assessing", "SEV-2"), "no machine raises a severity"
    because = "because a new alert says SEV-1"
    assert because in asked(stage.world, tale, "/next")["blockers"][0]["what"]
    assert any("(a new alert says SEV-1; SEV-2 was agreed)" in text for text in incident.texts)
    assert asked(stage.world, tale, "/severity")["rounds"][-1]["why"] == "a new alert says SEV-1"
    assert asked(stage.world, tale, "/decisions")["rounds"][-1]["cause"] == began.data["cause"]
    tale.refused(tale.cast.alice, "propose-plan", "GATE_NOT_PASSED", **PLAN)
    settle(tale)
    critical(tale, "two")
    assert len(rounds(incident)) == 1, "people know what alerts say, and agreed on less"
    assert tale.state == "planning"


@pytest.mark.req("R-SVC-10", "R-WF-34")
def test_exposed_data_has_people_agree_anew_in_the_request_that_says_so(stage: Stage) -> None:
    tale = stage.tell()
    incident = until_planned(tale)
    exposed = {**SCOPE, "regulated_data": True, "data_classes": ["payments"], "services_ratio": "0.5"}
    done = tale.do(tale.cast.alice, "confirm-scope", **exposed)
    assert done.kinds[:2] == [AGAIN, "affected-scope-confirmed"]
    assert done.data(AGAIN)["cause"] == {"rule": "regulated_data", "severity": "SEV-1", "agreed": "SEV-2"}
    assert tale.state == "assessing"
    tale.do(tale.cast.alice, "propose-severity", severity="SEV-1", rationale=WHY)
    assert tale.state == "notifying", "the scope that began the round is confirmed in it"
    assert "Severity reassessed: round 2" in "\n".join(incident.texts)
    assert any("(regulated data is exposed; SEV-2 was agreed)" in text for text in incident.texts)


@pytest.mark.req("R-SVC-10", "R-AUT-63")
def test_two_hours_without_mitigation_have_people_agree_anew_once(stage: Stage) -> None:
    tale = stage.tell()
    incident = until_planned(tale)
    engine = stage.world.engine
    tale.clock.forward(hours=2)
    engine.follower.catch_up()
    assert Timers(engine).look() >= 1
    assert Timers(engine).look() == 0
    (began,) = rounds(incident)
    assert (began.authid, began.data["cause"]["minutes"]) == ("p-scheduler", 120)
    assert any("SEV-2 for 2 hours without mitigation" in text for text in incident.texts)
    settle(tale)
    tale.clock.forward(hours=5)
    engine.follower.catch_up()
    Timers(engine).look()
    assert len(rounds(incident)) == 1
