"""What artifacts say of the end is what the rules made of it on the way there (R-ART-21, R-GATE-34)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from domain.artifacts import REPORT, RESOLUTION
from domain.execution.commands import ReenterPlanning
from domain.moment import nanoseconds, timestamp
from domain.own_commands import AttachSignal, ClearSignal
from domain.resolution.commands import AlertsTold, VerifyRestoration
from domain.resolution.restored import alerts_cleared
from tests.support.meaning import ALERT, firing, recorded
from tests.support.playing import ALICE, BOB, Play
from tests.support.rendered import rendered
from tests.support.scenes import MET, PLAN, START, approve, checks, executing, recover, recovering, resolving

SEEN = VerifyRestoration(slos=(MET,))
RED = VerifyRestoration(alerts=AlertsTold(cleared=False, note="The dashboard is red."))


def alerts(play: Play) -> Mapping[str, Any] | None:
    """Return what the resolution summary says of alerts."""
    found: Mapping[str, Any] | None = json.loads(rendered(recorded(play.facts), RESOLUTION) or b"{}")["data"][
        "alerts_cleared"
    ]
    return found


def time_to_recover(play: Play) -> int | None:
    """Return what the report says, in milliseconds."""
    text = (rendered(recorded(play.facts), REPORT) or b"").decode()
    found: int | None = yaml.safe_load(text.split("---\n")[1])["metrics"]["recover_ms"]
    return found


def fires(play: Play) -> str:
    """Have an attached alert fire for a minute; return the episode."""
    at = timestamp(play.now)
    episode = str(nanoseconds(at))
    play.do(AttachSignal(alert=ALERT, signal=firing(fired_at=at, episode=episode)))
    play.forward(minutes=1)
    play.do(
        ClearSignal(
            alert=ALERT,
            signal=firing(status="resolved", fired_at=at, episode=episode, ended_at=timestamp(play.now)),
        )
    )
    return episode


def failed(play: Play) -> Play:
    """Have the recovery found to have failed."""
    play.forward(minutes=5)
    play.do(checks("api_health", complete=True))
    assert play.state.recovery.validated is not None
    assert play.state.recovery.validated.fact.status == "failed"
    return play


@pytest.mark.req("R-ART-23", "R-GATE-34")
def test_a_validation_that_failed_is_no_recovery_in_the_report() -> None:
    assert time_to_recover(failed(recovering())) is None
    assert time_to_recover(resolving()) is not None


@pytest.mark.req("R-ART-23", "R-GATE-34")
def test_a_recovery_before_the_plan_was_made_anew_is_none_in_the_report() -> None:
    play = resolving()
    play.do(ReenterPlanning(rationale="It is slow again."))
    assert time_to_recover(play) is None
    play.do(PLAN)
    play.do(approve(2))
    play.do(approve(2), BOB)
    play.do(START)
    assert time_to_recover(play) is None
    recover(play)
    assert time_to_recover(play) is not None


@pytest.mark.req("R-ART-21", "R-STEP-41")
def test_the_summary_agrees_with_the_rules_when_a_person_says_that_it_is_not_over() -> None:
    play = resolving()
    fires(play)
    play.do(SEEN)
    assert alerts(play) == {"attached": 1, "cleared": True, "still_firing": [], "said_at": None}
    play.do(RED, ALICE)
    found = alerts(play)
    assert found is not None
    assert (found["cleared"], alerts_cleared(play.state)) == (False, False)
    assert found["said_at"] is not None


@pytest.mark.req("R-ART-21", "R-STEP-41")
def test_a_word_of_an_earlier_attempt_is_no_word_on_this_one() -> None:
    play = resolving()
    play.do(VerifyRestoration(alerts=AlertsTold(cleared=True)))
    assert alerts(play) is not None
    play.do(ReenterPlanning(rationale="It is slow again."))
    assert alerts(play) is None


@pytest.mark.req("R-ART-21")
def test_an_alert_that_fires_twice_is_one_alert() -> None:
    play = executing()
    assert fires(play) != fires(play)
    recover(play)
    play.do(SEEN)
    found = alerts(play)
    assert found is not None
    assert found["attached"] == 1
