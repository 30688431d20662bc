"""A request with a key may be sent again: it is done once, whoever does it, and answered alike (R-WF-32)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from application.engine import Engine
from domain.intake.commands import DeclareIncident
from domain.refusal import Refusal
from ledger.append import Receipt
from ledger.errors import IdempotencyReused
from tests.support.meaning import COMMANDER
from tests.support.use_cases import OPEN, ask, do, kinds, meddle, note, open_home, open_one, whole_log

pytestmark = pytest.mark.req("R-WF-32")

DECLARE = DeclareIncident(rationale="Error rate above 20 %, confirmed by hand.")


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    with open_home(home) as opened:
        yield opened


def test_the_same_request_again_gets_the_first_receipt(engine: Engine) -> None:
    first = do(engine, OPEN, key="k")
    second = do(engine, OPEN, key="k")
    assert (first.replayed, second.replayed) == (False, True)
    assert second.rows == first.rows
    assert len(whole_log(engine)) == 1


def test_a_key_is_looked_up_before_the_version_is_compared(engine: Engine) -> None:
    stream = open_one(engine)
    first = do(engine, note(), stream, key="k", expected=1)
    second = do(engine, note(), stream, key="k", expected=1)
    assert second.rows == first.rows
    assert second.replayed


def test_a_key_for_another_body_is_refused(engine: Engine) -> None:
    do(engine, OPEN, key="k")
    with pytest.raises(IdempotencyReused):
        ask(engine, OPEN, key="k", body=b"2" * 32)
    assert len(whole_log(engine)) == 1


def test_the_keys_of_two_principals_have_nothing_to_do_with_each_other(engine: Engine) -> None:
    other = msgspec.structs.replace(COMMANDER, id="p-other")
    do(engine, OPEN, key="k")
    assert not do(engine, OPEN, key="k", body=b"2" * 32, principal=other).replayed
    assert len(whole_log(engine)) == 2


def test_a_key_of_a_refused_request_is_free(engine: Engine) -> None:
    stream = open_one(engine)
    nobody = msgspec.structs.replace(COMMANDER, roles=())
    assert isinstance(ask(engine, DECLARE, stream, key="k", principal=nobody), Refusal)
    assert not do(engine, DECLARE, stream, key="k", body=b"2" * 32).replayed


@pytest.mark.parametrize("expected", [None, 1])
def test_the_same_request_many_times_at_once_is_done_once(engine: Engine, expected: int | None) -> None:
    stream = open_one(engine)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: do(engine, DECLARE, stream, key="k", expected=expected), range(8)))
    assert sum(not receipt.replayed for receipt in found) == 1
    assert len({receipt.rows for receipt in found}) == 1
    assert kinds(engine, stream).count("IncidentDeclared") == 1


@pytest.mark.parametrize("expected", [None, 1])
def test_the_same_request_in_another_process_meanwhile_is_done_once(
    engine: Engine, home: Path, monkeypatch: pytest.MonkeyPatch, expected: int | None
) -> None:
    stream = open_one(engine)
    with open_home(home) as other:
        theirs: list[Receipt] = []
        meddle(
            engine,
            monkeypatch,
            lambda: theirs.append(do(other, DECLARE, stream, key="k", expected=expected)),
        )
        ours = do(engine, DECLARE, stream, key="k", expected=expected)
    assert ours.replayed
    assert ours.rows == theirs[0].rows


def test_the_same_opening_in_another_process_meanwhile_is_done_once(
    engine: Engine, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_home(home) as other:
        theirs: list[Receipt] = []
        meddle(engine, monkeypatch, lambda: theirs.append(do(other, OPEN, key="k")))
        ours = do(engine, OPEN, key="k")
    assert ours.rows == theirs[0].rows
    assert len(whole_log(engine)) == 1


def test_a_key_used_elsewhere_for_another_body_meanwhile_is_refused(
    engine: Engine, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_home(home) as other:
        meddle(engine, monkeypatch, lambda: do(other, OPEN, key="k", body=b"2" * 32))
        with pytest.raises(IdempotencyReused):
            ask(engine, OPEN, key="k")
