"""Why an alert did or did not do something, in words: every code has its sentence."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from domain.alert_facts import (
    AlertFact,
    AlertRemarked,
    FlappingEnded,
    FlappingStarted,
    SignalDeduplicated,
)
from domain.catalogue import HEAD
from domain.classified import RemarkKind
from domain.wording.reasons import CODES, NOTES, reason
from domain.wording.signals import REMARKS
from tests.support.meaning import firing, fresh_id

AT = "2026-03-01T02:15:00.000000Z"
STARTED = FlappingStarted(alert_name="A", since=AT, changes=6, window_minutes=30, settled_minutes=10)
ENDED = FlappingEnded(alert_name="A", status="resolved", since=AT, quiet_since=AT, changes=9, held=7)
HELD = firing(effect="none", why="flapping", held="open", held_why="rule:any-alert")


@pytest.mark.parametrize(
    ("fact", "says"),
    [
        (firing(), "The alert rule any-alert has it join an incident of its correlation that is open, or"),
        (firing(join_within_minutes=30), "fired or ended in the 30 minutes before, or else open one."),
        (firing(effect="join", why="rule:informational"), "rule informational has it join an incident"),
        (firing(effect="join", why="rule:informational"), "; it opens none."),
        (firing(effect="none", why="rule:heartbeat"), "rule heartbeat has it recorded only."),
        (firing(effect="none", why="no-rule"), "No alert rule matches it"),
        (firing(effect="none", why="late-firing"), "told late: its end, or a newer firing, was known"),
        (firing(effect="none", why="resolved-without-firing"), "no firing of it was known"),
        (firing(effect="clear", why="episode-ended", status="resolved"), "Incidents that had it as firing"),
        (firing(note="refired"), "fires again under the same start"),
        (firing(note="clock-ahead"), "fires in the future"),
        (firing(counts_as="payments"), "its service counts as payments."),
        (firing(why="of-another-program"), "of-another-program."),
        (HELD, "an open incident has it as firing, which is not told again until it settles. Otherwise: The"),
        (HELD, "The alert rule any-alert has it join"),
        (
            replace(HELD, status="resolved", held="clear", held_why="episode-ended"),
            "The alert flaps, so its end is told once it settles. Otherwise: It ended.",
        ),
        (STARTED, "changed 6 times within 30 minutes. Incidents that have it are told no more until nothing"),
        (
            ENDED,
            "after 9 changes, 7 of which were held back. Incidents that have it were told its end, once.",
        ),
        (replace(ENDED, status="firing"), "Incidents that have it hold its newest firing."),
        (
            SignalDeduplicated(
                signal_id=fresh_id(1), delivery_id=fresh_id(2), duplicate_of=fresh_id(3), count=4
            ),
            "this is repetition 4. No incident was told again.",
        ),
    ],
)
def test_each_fact_of_an_alert_gives_its_reason(fact: AlertFact, says: str) -> None:
    assert says in reason(fact)


@pytest.mark.parametrize("kind", REMARKS)
def test_a_remark_says_what_the_tool_did_and_that_no_incident_was_told(kind: RemarkKind) -> None:
    remark = AlertRemarked(
        remark_id=fresh_id(1), delivery_id=fresh_id(2), source="a", fingerprint="f", kind=kind, at=AT
    )
    assert reason(remark) == f"The alert {REMARKS[kind]}. No incident was told."


def test_every_code_of_the_catalogue_has_its_sentence() -> None:
    codes = set(re.findall(r"`signal-received` `why` \| (.*) \|", HEAD))
    named = {code for row in codes for code in re.findall(r"`([a-z-]+)`", row)}
    assert named - {"flapping"} == set(CODES)
    notes = set(re.findall(r"`signal-received` `note` \| `([a-z-]+)`", HEAD))
    assert notes == set(NOTES)
