"""Step 12: what people signed themselves says what is recorded in their names, and counts once."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from application.engine import Engine
from domain.decisions.commands import RejectPlan
from domain.decisions.facts import Attestation
from ledger import keyorders
from ledger.attestation import Decision, parse_decision, sign_decision
from ledger.event import Event
from ledger.signer import Signer
from tallystick.home import Home
from tallystick.keychanges import Authority, record
from tests.support.forging import Content, entries_of, rechained, signed_by, with_entries
from tests.support.judging import (
    APPROVE,
    BOB_KEY,
    OTHER_KEY,
    Judged,
    judged_export,
    signed,
    until_planned,
    with_fact,
)
from tests.support.ledgers import new_id
from tests.support.playing import BOB
from tests.support.use_cases import SteppingClock, do
from tests.support.verdicts import first, kinds, state

GIVEN = "tallystick.decision-given.v1"


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    folder = tmp_path_factory.mktemp("judged")
    return judged_export(folder / "home", folder / "export")


def statement(judged: Judged) -> Decision:
    """Return what p-bob signed."""
    given: Any = judged.events[judged.position(GIVEN)].data
    return parse_decision(given["attestation"]["statement"], "test")


def attestation(decision: Decision, key: Signer = BOB_KEY) -> Attestation:
    made = sign_decision(decision, key)
    return Attestation(statement=made.statement, signature=made.signature)


def resigned(judged: Judged, *, key: Signer = BOB_KEY, **changes: Any) -> Content:
    """Return the forgery in which p-bob's approval carries another statement."""
    other = attestation(replace(statement(judged), **changes), key)
    return judged.forged(with_fact(GIVEN, attestation=other)(judged))


def test_a_signature_by_the_person_it_names_holds(judged: Judged) -> None:
    report = judged.report()
    assert (report.verdict, state(report, 12)) == ("valid", ("passed", 1))
    assert any(line.endswith("in whose names they are recorded: 1.") for line in report.proves)


def test_the_same_person_may_sign_anew_as_long_as_all_lines_are_right(judged: Judged) -> None:
    assert judged.report(resigned(judged, expires="2026-03-01T09:00:00.000000Z")).verdict == "valid"


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("origin", "ledger.example/other"),
        ("subject", "incident-00000000000000000000000000000000"),
        ("decision", "0198c0de-0000-7000-8000-000000000000"),
        ("object", "plan:" + "0" * 64),
        ("object", "manifest:" + "0" * 64),
        ("verdict", "rejected"),
        ("expires", "2026-03-01T02:19:20.000000Z"),
        ("issued", "2026-03-01T02:19:30.999999Z"),
    ],
)
def test_a_statement_about_something_else_or_another_time_is_found(
    judged: Judged, line: str, value: str
) -> None:
    early: dict[str, Any] = {"issued": "2026-03-01T02:19:00.000000Z"} if line == "expires" else {}
    report = judged.report(resigned(judged, **{**early, line: value}))
    assert kinds(report) == {"attestation": 1}
    assert first(report, "attestation").startswith(f"entry {judged.position(GIVEN)}, line {line}: expected ")
    assert (report.exit_code, state(report, 12)) == (1, ("failed", 0))


def test_a_signature_by_another_key_is_found(judged: Judged) -> None:
    report = judged.report(resigned(judged, key=OTHER_KEY))
    assert kinds(report) == {"attestation": 1}
    assert "expected a key of p-bob valid here" in first(report, "attestation")


def test_an_approval_that_was_turned_into_a_rejection_is_found(judged: Judged) -> None:
    report = judged.report(judged.forged(with_fact(GIVEN, verdict="rejected")(judged)))
    assert "attestation" in kinds(report)


def test_a_signature_put_under_another_persons_word_is_found(judged: Judged) -> None:
    bobs = attestation(statement(judged))
    report = judged.report(judged.forged(with_fact(GIVEN, 0, attestation=bobs)(judged)))
    assert kinds(report) == {"attestation": 1}
    assert ", line principal: expected p-alice, found p-bob" in first(report, "attestation")


def test_the_same_statement_counts_once(judged: Judged) -> None:
    """An approval that was taken back must not be played again by whoever holds the ledger."""
    event = judged.events[judged.position(GIVEN)]
    back: dict[str, Any] = {k: v for k, v in event.data.items() if k != "attestation"}
    rejected = replace(event, id=new_id(), data={**back, "verdict": "rejected"})
    again = replace(event, id=new_id())
    forged = judged.forged(lambda item: item, (event.id, rejected), (rejected.id, again))
    report = judged.report(forged)
    assert kinds(report)["attestation"] == 1
    assert f", line issued: expected after {event.recordedtime}" in first(report, "attestation")


def test_a_word_without_a_signature_is_not_counted_among_the_signed(judged: Judged) -> None:
    report = judged.report(judged.forged(with_fact(GIVEN, attestation=None)(judged)))
    assert (report.verdict, state(report, 12)) == ("valid", ("passed", 0))
    assert not any("in whose names" in line for line in report.proves)


def test_a_key_that_ended_before_signs_nothing_any_more(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("ended")
    made: list[Attestation] = []

    def acted(engine: Engine, clock: SteppingClock) -> None:
        stream = until_planned(engine, clock)
        told = signed(engine, stream, clock)
        made.append(Attestation(statement=told.statement, signature=told.signature))
        record(
            engine,
            Home(folder / "home"),
            lambda keys, roots: keyorders.retire_actor(keys.head, BOB.id, BOB_KEY.public_key, roots),
            Authority((), ()),
        )
        do(engine, APPROVE, stream, principal=BOB)

    judged = judged_export(folder / "home", folder / "export", acted)
    report = judged.report(judged.forged(with_fact(GIVEN, attestation=made[0])(judged)))
    assert kinds(report) == {"attestation": 1}
    assert "expected a key of p-bob valid here" in first(report, "attestation")


def test_a_rejection_and_a_later_approval_of_the_same_person_both_count(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    def acted(engine: Engine, clock: SteppingClock) -> None:
        stream = until_planned(engine, clock)
        no = signed(engine, stream, clock, verdict="rejected")
        do(engine, RejectPlan(revision=1, rationale="Not like this.", attestation=no), stream, principal=BOB)
        clock.forward(seconds=30)
        yes = signed(engine, stream, clock)
        do(engine, replace(APPROVE, attestation=yes), stream, principal=BOB)

    folder = tmp_path_factory.mktemp("changed")
    report = judged_export(folder / "home", folder / "export", acted).report()
    assert (report.verdict, state(report, 12)) == ("valid", ("passed", 2))


def test_without_all_keys_nothing_is_said_about_signatures(judged: Judged) -> None:
    """Somebody's key fact that does not hold must not make honest signatures look false."""
    items: list[Event | bytes] = list(entries_of(judged.content))
    items[1] = replace(judged.events[1], data={**judged.events[1].data, "possession": "nonsense"})
    entries = rechained(items, judged.recorder, judged.origin)
    report = judged.report(signed_by(with_entries(judged.content, entries), judged.log, judged.origin))
    assert "keyring" in kinds(report)
    assert "attestation" not in kinds(report)
    assert state(report, 12) == ("incomplete", 0)
