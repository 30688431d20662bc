"""A wrong signature of a person is refused before anything is recorded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from api.codes import CODES
from application.engine import Engine
from domain.decisions.commands import RejectPlan, SignedStatement
from domain.decisions.facts import DecisionGiven
from domain.moment import timestamp
from domain.refusal import Refusal
from ledger import keyorders
from ledger.signer import Ed25519Signer
from tallystick.home import Home
from tallystick.keychanges import Authority, record
from tests.support.judging import APPROVE, BOB_KEY, OTHER_KEY, a_ledger, enrol, signed, until_planned
from tests.support.playing import ALICE, BOB
from tests.support.use_cases import SteppingClock, ask, do, history, meddle

REJECT = RejectPlan(revision=1, rationale="Version 1.2.3 cannot read the orders.")


class Desk:
    """An incident whose plan is put to p-bob."""

    def __init__(self, engine: Engine, clock: SteppingClock, home: Path) -> None:
        self.engine, self.clock, self.home = engine, clock, home
        self.stream = until_planned(engine, clock)

    def signed(self, *, key: Ed25519Signer = BOB_KEY, **changes: Any) -> SignedStatement:
        return signed(self.engine, self.stream, self.clock, key, **changes)

    def refused(self, told: SignedStatement) -> Refusal:
        """Return why p-bob's approval is refused; nothing of it is recorded."""
        size = self.engine.store.head().size
        outcome = ask(self.engine, replace(APPROVE, attestation=told), self.stream, principal=BOB)
        assert isinstance(outcome, Refusal), outcome
        assert outcome.code == "ATTESTATION_INVALID"
        assert self.engine.store.head().size == size
        return outcome

    def retire(self) -> None:
        record(
            self.engine,
            Home(self.home),
            lambda keys, roots: keyorders.retire_actor(keys.head, BOB.id, BOB_KEY.public_key, roots),
            Authority((), ()),
        )

    @property
    def given(self) -> list[DecisionGiven]:
        facts = (item.fact for item in history(self.engine, self.stream))
        return [fact for fact in facts if isinstance(fact, DecisionGiven)]


@pytest.fixture
def desk(home: Path) -> Iterator[Desk]:
    with a_ledger(home) as (engine, clock):
        yield Desk(engine, clock, home)


def test_a_decision_is_recorded_with_the_signature_of_who_made_it(desk: Desk) -> None:
    told = desk.signed()
    do(desk.engine, replace(APPROVE, attestation=told), desk.stream, principal=BOB)
    (given,) = desk.given
    assert given.attestation is not None
    assert (given.attestation.statement, given.attestation.signature) == (told.statement, told.signature)


def test_the_code_is_a_value_the_caller_can_mend() -> None:
    assert CODES["ATTESTATION_INVALID"].status == 422


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("origin", "ledger.example/other"),
        ("subject", "incident-00000000000000000000000000000000"),
        ("decision", "0198c0de-0000-7000-8000-000000000000"),
        ("object", "plan:" + "0" * 64),
        ("verdict", "rejected"),
        ("issued", "2026-03-01T02:17:31.000000Z"),
    ],
)
def test_a_statement_about_something_else_is_refused(desk: Desk, line: str, value: str) -> None:
    changes: dict[str, Any] = {line: value}
    assert desk.refused(desk.signed(**changes)).place == f"attestation, line {line}"


def test_a_statement_that_has_expired_is_refused(desk: Desk) -> None:
    told = desk.signed(expires=timestamp(desk.clock.now + timedelta(seconds=1)))
    desk.clock.forward(seconds=2)
    assert desk.refused(told).place == "attestation, line expires"


def test_a_key_that_is_not_the_principals_is_refused(desk: Desk) -> None:
    enrol(desk.engine, desk.home, ALICE.id, OTHER_KEY)
    refusal = desk.refused(desk.signed(key=OTHER_KEY))
    assert (refusal.place, refusal.expected) == ("attestation, signature", "a key of p-bob valid here")


def test_another_ones_signature_is_refused(desk: Desk) -> None:
    enrol(desk.engine, desk.home, ALICE.id, OTHER_KEY)
    assert desk.refused(desk.signed(key=OTHER_KEY, principal=ALICE.id)).place == "attestation, line principal"


def test_nonsense_is_refused(desk: Desk) -> None:
    assert desk.refused(SignedStatement(statement="I agree", signature="x")).place == "attestation, statement"


def test_a_statement_counts_once(desk: Desk) -> None:
    told = desk.signed()
    do(desk.engine, replace(APPROVE, attestation=told), desk.stream, principal=BOB)
    desk.clock.forward(seconds=1)
    do(desk.engine, REJECT, desk.stream, principal=BOB)
    assert desk.refused(told).place == "attestation, line issued"
    do(desk.engine, replace(APPROVE, attestation=desk.signed()), desk.stream, principal=BOB)
    assert [given.verdict for given in desk.given] == ["approved", "rejected", "approved"]


def test_a_key_that_ends_between_the_look_and_the_append_signs_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = desk.signed()
    left = meddle(desk.engine, monkeypatch, desk.retire)
    outcome = ask(desk.engine, replace(APPROVE, attestation=told), desk.stream, principal=BOB)
    assert isinstance(outcome, Refusal)
    assert (outcome.code, desk.given, left) == ("ATTESTATION_INVALID", [], [])
