"""Commands on incidents: decided on the newest state, sealed, recorded once, answered with the receipt."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from application import acting
from application.engine import Engine
from application.unsealing import open_values
from domain.context import Principal
from domain.intake.commands import DeclareIncident
from domain.intake.facts import AlertValidityConfirmed, IncidentDeclared, IncidentOpened
from domain.moment import timestamp
from domain.prose import proses
from domain.refusal import Refusal
from domain.timeline.commands import AddTimelineEntry, CorrectTimelineEntry
from domain.timeline.facts import TimelineEntryRecorded
from ledger.append import Receipt
from ledger.errors import StoreBusy, VersionConflict
from tests.support.use_cases import (
    OPEN,
    SteppingClock,
    appends,
    ask,
    do,
    history,
    kinds,
    meddle,
    note,
    open_home,
    open_one,
    whole_log,
)

DECLARE = DeclareIncident(rationale="Error rate above 20 %, confirmed by hand.")


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def engine(home: Path, clock: SteppingClock) -> Iterator[Engine]:
    with open_home(home, clock) as opened:
        yield opened


def fact_of(receipt: Receipt, engine: Engine, number: int = 0) -> Any:
    row = receipt.rows[number]
    return history(engine, row.stream)[row.version - 1].fact


@pytest.mark.req("R-TRN-01")
def test_opening_makes_a_stream_of_its_own(engine: Engine) -> None:
    first, second = open_one(engine), open_one(engine)
    assert first != second
    assert kinds(engine, first) == ["IncidentOpened"]


@pytest.mark.req("R-DRILL-01", "R-VIS-01")
def test_drill_and_visibility_are_recorded_as_asked_for(engine: Engine) -> None:
    asked = msgspec.structs.replace(OPEN, drill=True, visibility="restricted", profile="solo")
    opened = fact_of(do(engine, asked), engine)
    assert isinstance(opened, IncidentOpened)
    assert (opened.drill, opened.visibility, opened.profile) == (True, "restricted", "solo")
    assert opened.policy_sha256 == engine.policies["solo"]


@pytest.mark.req("R-EVT-04")
def test_no_word_of_a_person_is_in_the_log(engine: Engine) -> None:
    opening = msgspec.structs.replace(OPEN, title="SECRET title", summary="SECRET summary" * 1_000)
    stream = open_one(engine, opening)
    do(engine, AddTimelineEntry(text="SECRET text"), stream)
    entry = fact_of(do(engine, note("SECRET entry"), stream), engine).entry_id
    do(engine, CorrectTimelineEntry(entry_id=entry, text="SECRET better", reason="SECRET reason"), stream)
    do(engine, DeclareIncident(rationale="SECRET rationale"), stream)
    assert len(history(engine, stream)) == 8
    for row in engine.store.rows(0, 100):
        assert b"SECRET" not in msgspec.json.decode(row.envelope, type=dict[str, Any])["payload"].encode()
    payloads = [msgspec.to_builtins(item.fact) for item in whole_log(engine)]
    assert b"SECRET" not in msgspec.json.encode(payloads)


def test_every_text_of_a_fact_can_be_opened_again(engine: Engine) -> None:
    stream = open_one(engine, msgspec.structs.replace(OPEN, summary="Customers report time-outs."))
    (opened,) = history(engine, stream)
    refs = [ref for part in proses(opened.fact) if (ref := part.sealed or part.blob)]
    assert set(open_values(refs, engine.vault, engine.blobs).values()) == {
        "Checkout answers slowly",
        "Customers report time-outs.",
    }


def test_a_long_text_becomes_a_blob_and_can_be_opened_again(engine: Engine) -> None:
    stream, text = open_one(engine), "long words " * 1_800
    fact = fact_of(do(engine, AddTimelineEntry(text=text), stream), engine)
    assert isinstance(fact, TimelineEntryRecorded)
    assert fact.text.blob is not None
    assert list(open_values([fact.text.blob], engine.vault, engine.blobs).values()) == [text]


@pytest.mark.req("R-TRN-03", "R-STEP-11")
def test_declaring_says_first_that_the_alerts_are_real(engine: Engine) -> None:
    stream = open_one(engine)
    receipt = do(engine, DECLARE, stream)
    validity, declared, *_ = (item.fact for item in history(engine, stream)[1:])
    assert isinstance(validity, AlertValidityConfirmed)
    assert isinstance(declared, IncidentDeclared)
    assert (validity.verdict, declared.authority_role) == ("real", "incident_commander")
    assert [row.version for row in receipt.rows] == [2, 3, 4, 5]
    first = receipt.rows[0].position
    assert [row.position for row in receipt.rows] == [*range(first, first + 4)]


@pytest.mark.req("R-TRN-03")
def test_a_refusal_records_nothing(engine: Engine) -> None:
    stream = open_one(engine)
    do(engine, DECLARE, stream)
    size, rows = engine.store.head().size, engine.vault.select("SELECT count(*) FROM sealed")
    outcome = ask(engine, DECLARE, stream)
    assert isinstance(outcome, Refusal)
    assert outcome.code == "ALREADY_DECLARED"
    assert engine.store.head().size == size
    assert engine.vault.select("SELECT count(*) FROM sealed") == rows


@pytest.mark.req("R-WF-02")
def test_entries_can_be_recorded_before_and_after_the_declaration(engine: Engine) -> None:
    stream = open_one(engine)
    do(engine, note(), stream)
    do(engine, DECLARE, stream)
    do(engine, note(), stream)
    assert kinds(engine, stream).count("TimelineEntryRecorded") == 2


@pytest.mark.req("R-ROL-09")
def test_a_program_cannot_declare(engine: Engine) -> None:
    program = Principal(id="p-ci", type="service_account", roles=("ci",))
    stream = open_one(engine, principal=program)
    outcome = ask(engine, DECLARE, stream, principal=program)
    assert isinstance(outcome, Refusal)
    assert outcome.code == "PROGRAM_DECIDES_NOTHING"
    assert kinds(engine, stream) == ["IncidentOpened"]


def test_only_the_role_that_was_used_is_recorded(engine: Engine) -> None:
    everything = Principal(id="p-a", type="user", roles=("auditor", "responder", "on_call_lead"))
    stream = open_one(engine, principal=everything)
    (opened,) = history(engine, stream)
    assert (opened.authid, opened.authtype, opened.authroles) == ("p-a", "user", ("on_call_lead",))


def test_every_fact_says_which_incident_it_concerns(engine: Engine) -> None:
    stream = open_one(engine)
    do(engine, DECLARE, stream)
    assert {item.correlationid for item in history(engine, stream)} == {stream}
    assert {item.causationid for item in history(engine, stream)} == {None}


@pytest.mark.req("R-WF-33", "R-WF-35")
def test_what_happened_earlier_keeps_its_own_time(engine: Engine, clock: SteppingClock) -> None:
    stream, before = open_one(engine), clock.now - timedelta(minutes=7)
    do(engine, AddTimelineEntry(text="Seen.", at=before), stream)
    do(engine, note(), stream)
    _, earlier, usual = history(engine, stream)
    assert earlier.time == timestamp(before)
    assert earlier.recordedtime > timestamp(before + timedelta(minutes=7))
    assert usual.time <= usual.recordedtime


@pytest.mark.req("R-WF-33")
def test_what_lies_ahead_is_refused_and_not_corrected(engine: Engine, clock: SteppingClock) -> None:
    stream = open_one(engine)
    outcome = ask(engine, AddTimelineEntry(text="Later.", at=clock.now + timedelta(seconds=3)), stream)
    assert isinstance(outcome, Refusal)
    assert outcome.code == "TIME_AHEAD"


def test_an_unknown_incident_is_refused_and_stays_unknown(engine: Engine) -> None:
    outcome = ask(engine, note(), "incident-" + "0" * 32)
    assert isinstance(outcome, Refusal)
    assert outcome.code == "NOT_OPEN"
    assert history(engine, "incident-" + "0" * 32) == ()


@pytest.mark.req("R-WF-31")
def test_the_version_that_the_caller_has_seen_must_be_the_newest(engine: Engine) -> None:
    stream = open_one(engine)
    do(engine, note(), stream, expected=1)
    for stale in (1, 3):
        with pytest.raises(VersionConflict) as caught:
            ask(engine, note(), stream, expected=stale)
        assert (caught.value.expected, caught.value.found) == (stale, 2)
    assert len(history(engine, stream)) == 2


@pytest.mark.req("R-WF-31")
def test_of_two_who_saw_the_same_version_one_is_refused(engine: Engine) -> None:
    stream = open_one(engine)
    outcomes: list[object] = []

    def work() -> None:
        try:
            outcomes.append(do(engine, note(), stream, expected=1))
        except VersionConflict as e:
            outcomes.append(e)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Receipt", "VersionConflict"]
    assert len(history(engine, stream)) == 2


def test_without_a_version_all_of_many_at_once_are_recorded(engine: Engine) -> None:
    stream = open_one(engine)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda n: do(engine, note(f"entry {n}"), stream), range(100)))
    assert [item.version for item in history(engine, stream)] == list(range(1, 102))


def test_where_another_process_was_first_it_is_decided_anew(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = open_one(engine)
    left = meddle(engine, monkeypatch, *[appends(engine, stream)] * 3)
    receipt = do(engine, note(), stream)
    assert left == []
    assert [row.version for row in receipt.rows] == [5]


def test_where_others_are_always_first_the_caller_may_come_again(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = open_one(engine)
    meddle(engine, monkeypatch, *[appends(engine, stream)] * acting.ATTEMPTS)
    with pytest.raises(StoreBusy, match="others were first 32 times, nothing was recorded"):
        ask(engine, note(), stream)
    assert "TimelineEntryRecorded" not in kinds(engine, stream)
    do(engine, note(), stream)


def test_an_expected_version_holds_against_other_processes_too(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = open_one(engine)
    meddle(engine, monkeypatch, appends(engine, stream))
    with pytest.raises(VersionConflict) as caught:
        ask(engine, note(), stream, expected=1)
    assert (caught.value.expected, caught.value.found) == (1, 2)
