"""Deliveries of a monitoring tool: every alert becomes facts once, in one append, with the message kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from application import parcels
from application.engine import Engine
from domain.alert_facts import SignalReceived
from domain.context import Principal
from domain.intake.commands import DeclareIncident
from domain.intake.facts import IncidentOpened
from ledger.append import AppendRequest, Receipt
from tests.support.use_cases import (
    LATER,
    START,
    an_alert,
    deliver,
    do,
    history,
    kinds,
    message,
    open_home,
    resolved,
    stream_of,
    whole_log,
)

SOURCE = "source-alertmanager"
ALERT = stream_of(an_alert())


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    with open_home(home) as opened:
        yield opened


@pytest.mark.req("R-TRN-01", "R-STEP-11", "R-GLO-03")
def test_a_first_alert_opens_a_candidate_incident(engine: Engine) -> None:
    told = deliver(engine, an_alert())
    (incident,) = told.incidents
    assert (told.received, told.duplicates, told.rejected, told.truncated) == (1, 0, 0, 0)
    assert kinds(engine, SOURCE) == ["DeliveryReceived"]
    assert kinds(engine, ALERT) == ["SignalReceived"]
    assert kinds(engine, incident) == ["IncidentOpened", "SignalAttached"]
    assert [row.stream for row in told.receipt.rows] == [SOURCE, ALERT, incident, incident]
    opened = history(engine, incident)[0].fact
    assert isinstance(opened, IncidentOpened)
    assert (opened.drill, opened.visibility, opened.origin) == (False, "open", "signal")
    assert opened.policy_sha256 == engine.policies["team"]


def test_every_fact_says_what_it_reacts_to_and_which_incident_it_concerns(engine: Engine) -> None:
    told = deliver(engine, an_alert(pod="a"), an_alert(pod="b"))
    (incident,) = told.incidents
    (arrived,) = history(engine, SOURCE)
    first, second = (history(engine, stream_of(an_alert(pod=pod)))[0] for pod in "ab")
    opened, attached, joined = history(engine, incident)
    assert (arrived.causationid, arrived.correlationid) == (None, None)
    for signal in (first, second):
        assert (signal.causationid, signal.correlationid) == (arrived.id, incident)
    assert [item.causationid for item in (opened, attached, joined)] == [first.id, first.id, second.id]
    assert {item.correlationid for item in (opened, attached, joined)} == {incident}
    assert arrived.position < first.position < second.position < opened.position


def test_only_the_role_of_the_intake_is_recorded(engine: Engine) -> None:
    everything = Principal(id="p-a", type="user", roles=("auditor", "signal_ingestor", "on_call_lead"))
    deliver(engine, an_alert(), principal=everything)
    assert {item.authroles for item in whole_log(engine)} == {("signal_ingestor",)}
    assert {item.authid for item in whole_log(engine)} == {"p-a"}


@pytest.mark.req("R-EVT-10", "R-GLO-03")
def test_a_repeated_message_is_a_new_delivery_of_a_known_signal(engine: Engine) -> None:
    deliver(engine, an_alert())
    told = deliver(engine, an_alert())
    assert (told.received, told.duplicates, told.incidents) == (0, 1, ())
    assert kinds(engine, SOURCE) == ["DeliveryReceived", "DeliveryReceived"]
    assert kinds(engine, ALERT) == ["SignalReceived", "SignalDeduplicated"]
    duplicate = history(engine, ALERT)[-1]
    assert (duplicate.causationid, duplicate.correlationid) == (history(engine, SOURCE)[-1].id, None)


@pytest.mark.req("R-EVT-11")
def test_the_end_of_an_alert_reaches_its_incident(engine: Engine) -> None:
    (incident,) = deliver(engine, an_alert()).incidents
    assert deliver(engine, resolved()).incidents == (incident,)
    end, cleared = history(engine, ALERT)[-1], history(engine, incident)[-1]
    assert kinds(engine, incident)[-1] == "SignalCleared"
    assert (end.correlationid, cleared.causationid) == (incident, end.id)


def test_two_alerts_of_one_service_share_an_incident(engine: Engine) -> None:
    (first,) = deliver(engine, an_alert(pod="a")).incidents
    (second,) = deliver(engine, an_alert(pod="b")).incidents
    assert first == second
    assert kinds(engine, first) == ["IncidentOpened", "SignalAttached", "SignalAttached"]


def test_one_delivery_may_tell_an_alert_several_times(engine: Engine) -> None:
    told = deliver(engine, an_alert(), an_alert(), resolved(), an_alert(starts_at=LATER))
    (incident,) = told.incidents
    assert (told.received, told.duplicates) == (3, 1)
    assert kinds(engine, ALERT) == [
        "SignalReceived",
        "SignalDeduplicated",
        "SignalReceived",
        "SignalReceived",
    ]
    assert kinds(engine, incident) == ["IncidentOpened", "SignalAttached", "SignalCleared", "SignalAttached"]
    fired, _, ended, fired_again = (item.id for item in history(engine, ALERT))
    assert [item.causationid for item in history(engine, incident)] == [fired, fired, ended, fired_again]


def test_alerts_of_one_delivery_may_belong_to_several_incidents(engine: Engine) -> None:
    elsewhere = an_alert(labels={"alertname": "HighLatency", "service": "search"})
    told = deliver(engine, an_alert(pod="a"), elsewhere, an_alert(pod="b"))
    first, second = told.incidents
    assert kinds(engine, first) == ["IncidentOpened", "SignalAttached", "SignalAttached"]
    assert kinds(engine, second) == ["IncidentOpened", "SignalAttached"]


def test_an_alert_that_is_only_recorded_concerns_no_incident(engine: Engine) -> None:
    watchdog = an_alert(labels={"alertname": "Watchdog"})
    told = deliver(engine, watchdog)
    assert told.incidents == ()
    (signal,) = history(engine, stream_of(watchdog))
    assert signal.correlationid is None


def test_an_incident_that_is_declared_takes_further_alerts(engine: Engine) -> None:
    (incident,) = deliver(engine, an_alert(pod="a")).incidents
    do(engine, DeclareIncident(rationale="Confirmed by hand."), incident)
    assert deliver(engine, an_alert(pod="b")).incidents == (incident,)


def test_a_huge_delivery_comes_in_shares_that_all_name_its_arrival(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parcels, "SHARE", 4)
    appended: list[int] = []
    submit = engine.writer.submit

    def noted(request: AppendRequest) -> Future[Receipt]:
        appended.append(request.size)
        return submit(request)

    monkeypatch.setattr(engine.writer, "submit", noted)
    told = deliver(engine, *(an_alert(pod=str(n)) for n in range(9)), resolved(pod="0"))
    assert (told.received, len(told.incidents)) == (10, 1)
    assert appended == [1 + 4 + 1 + 4, 8, 4]
    assert [row.position for row in told.receipt.rows] == list(range(1, 23))
    (arrived,) = history(engine, SOURCE)
    signals = [item for item in whole_log(engine) if isinstance(item.fact, SignalReceived)]
    assert {item.causationid for item in signals} == {arrived.id}
    assert {item.fact.delivery_id for item in signals if isinstance(item.fact, SignalReceived)} == {
        told.delivery_id
    }


def test_the_episode_is_told_apart_to_the_nanosecond(engine: Engine) -> None:
    deliver(engine, an_alert(starts_at=START))
    assert deliver(engine, an_alert(starts_at=START.replace("789Z", "790Z"))).received == 1
    shifted = "2026-03-01T03:10:00.123456789+01:00"
    assert deliver(engine, an_alert(starts_at=shifted)).received == 0


def test_json_numbers_and_unknown_members_do_no_harm(engine: Engine) -> None:
    body = json.loads(message(an_alert()))
    body |= {"commonLabels": None, "receiver": 1e400, "x": [1.5, {"y": -0.0}]}
    assert deliver(engine, body=json.dumps(body).replace("Infinity", "1e400").encode()).received == 1
