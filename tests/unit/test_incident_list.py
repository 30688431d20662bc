"""All incidents at a glance, numbered in log order."""

from __future__ import annotations

import pytest

from domain.intake.facts import IncidentDeclared, SignalAttached, SignalCleared
from domain.prose import prose
from domain.recorded import UnknownFact
from projections.incident_list import Row, after, holders, incident_list
from tests.support.meaning import firing, fresh_id, recorded
from tests.support.story import CLEARED, FACTS, OPENED

ONE, TWO, SOMETHING = "incident-one", "incident-two", "alert-x"


def attached(alert: str, number: int) -> SignalAttached:
    """Return the joining of one alert."""
    return SignalAttached(
        signal_id=fresh_id(number),
        alert=alert,
        alert_name="A",
        episode="1",
        fired_at="2026-03-01T02:10:00.123456Z",
        why="same-correlation",
    )


def cleared(alert: str, number: int) -> SignalCleared:
    """Return the end of one alert."""
    return SignalCleared(signal_id=fresh_id(number), alert=alert, alert_name="A", cleared_by=fresh_id(9))


def test_incidents_are_numbered_in_log_order_whatever_lies_between() -> None:
    log = (
        *recorded((firing(),), stream=SOMETHING, first_position=0),
        *recorded((OPENED,), stream=TWO, first_position=1),
        *recorded((OPENED,), stream=ONE, first_position=2),
    )
    assert [(row.name, row.stream) for row in incident_list(log)] == [("INC-1", TWO), ("INC-2", ONE)]


def test_a_row_says_how_an_incident_stands() -> None:
    items = recorded(FACTS)
    (row,) = incident_list(items)
    assert (row.state, row.version, row.firing, row.cleared) == ("assessing", 7, 0, 1)
    assert (row.environment, row.services, row.drill, row.visibility) == (
        "production",
        ("checkout",),
        False,
        "open",
    )
    assert (row.profile, row.policy_sha256) == ("team", "a" * 64)
    assert (row.opened_at, row.declared_at) == (items[0].recordedtime, items[3].recordedtime)
    assert row.heading == f"⟦sealed:{(items[0].fact.title.c or '')[:16]}⟧"  # type: ignore[union-attr]  # it is the opening
    (earlier,) = incident_list(items[:2])
    assert (earlier.state, earlier.declared_at, earlier.firing) == ("detecting", None, 1)


def test_alerts_count_once_each_by_their_newest_firing() -> None:
    facts = (
        OPENED,
        attached("alert-a", 1),
        attached("alert-b", 2),
        cleared("alert-a", 1),
        attached("alert-a", 3),
        cleared("alert-a", 1),
    )
    (row,) = incident_list(recorded(facts))
    assert (row.firing, row.cleared) == (2, 0)


def test_who_holds_an_alert_is_known_however_it_got_there() -> None:
    log = (
        *recorded((OPENED, attached("alert-a", 1)), stream=ONE),
        *recorded((OPENED, attached("alert-a", 1), cleared("alert-a", 1)), stream=TWO),
    )
    assert holders(incident_list(log), "alert-a") == (ONE,)
    assert holders(incident_list(log), "alert-b") == ()


def test_a_fact_seen_again_changes_nothing() -> None:
    items = recorded(FACTS)
    row: Row | None = None
    for item in (*items, *items):
        row = after(row, item, 1)
    assert (row,) == incident_list(items)
    assert all(after(row, item, 1) == row for item in items)


def test_before_an_opening_there_is_no_row() -> None:
    assert (
        incident_list(recorded((CLEARED, IncidentDeclared(authority_role="x", rationale=prose("y"))))) == ()
    )


@pytest.mark.req("R-EVT-03")
def test_an_unknown_fact_moves_the_version_and_nothing_else() -> None:
    unknown = UnknownFact(type="tallystick.from-tomorrow.v9", data={})
    (row,) = incident_list(recorded((OPENED, unknown)))
    (before,) = incident_list(recorded((OPENED,)))
    assert (row.version, row.state) == (2, before.state)
