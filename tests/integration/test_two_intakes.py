"""Two processes take in deliveries of the same alerts on one home, and one of them may be killed."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from application.engine import Engine
from application.follower import Follower
from application.ids import system_clock
from application.incident_index import IncidentIndex
from application.settling import Settling
from application.unsealing import states
from domain.alert_facts import SignalDeduplicated, SignalReceived
from domain.intake.facts import IncidentOpened
from domain.prose import proses
from domain.recorded import UnknownFact
from domain.source_facts import DeliveryReceived
from ledger.disclosure import State
from ledger.fsck import Fsck
from projections.incident_list import incident_list
from tests.support.deliverer import PODS
from tests.support.processes import Child, Children, wait_until
from tests.support.use_cases import an_alert, make_home, open_home, stream_of, whole_log

COUNT = 40


def start(children: Children, home: Path, go: Path, count: int) -> list[Child]:
    """Start two processes that wait until ``go`` is there."""
    module = (sys.executable, "-m", "tests.support.deliverer")
    return [children.start(*module, home, go, str(count), str(seed)) for seed in (1, 2)]


def promises(child: Child) -> Iterator[tuple[str, list[str]]]:
    """Yield delivery and event ids of each acknowledgement that was said in full."""
    for line in child.output().rpartition("\n")[0].splitlines():
        delivery, tab, ids = line.partition("\t")
        assert tab, child.output()
        yield delivery, ids.split()


@contextmanager
def examined(home: Path, workers: list[Child]) -> Iterator[Engine]:
    """The ledger that is left, in which everything that was promised is found and nothing is broken."""
    with open_home(home) as engine:
        log = whole_log(engine)
        ids = {item.id for item in log}
        deliveries = {item.fact.delivery_id for item in log if isinstance(item.fact, DeliveryReceived)}
        for child in workers:
            for delivery, promised in promises(child):
                assert ids.issuperset(promised)
                assert not delivery or delivery in deliveries
        assert list(Fsck(engine.store, engine.origin).run()) == []
        facts = [item.fact for item in log if not isinstance(item.fact, UnknownFact)]
        refs = [ref for fact in facts for part in proses(fact) if (ref := part.sealed or part.blob)]
        assert set(states(refs, engine.vault, engine.blobs).values()) == {State.DISCLOSED}
        yield engine


def check_alerts(engine: Engine) -> None:
    """No episode begins twice, no alert of a delivery is missing, no correlation has two incidents."""
    log = whole_log(engine)
    opened = [fact.correlation for item in log if isinstance(fact := item.fact, IncidentOpened)]
    assert len(opened) == len(set(opened)) == 2
    told = [fact for item in log if isinstance(fact := item.fact, SignalReceived | SignalDeduplicated)]
    arrived = {
        fact.delivery_id: fact.alerts for item in log if isinstance(fact := item.fact, DeliveryReceived)
    }
    assert arrived == Counter(fact.delivery_id for fact in told)
    begun = Counter(
        (item.stream, fact.episode)
        for item in log
        if isinstance(fact := item.fact, SignalReceived) and fact.status == "firing" and fact.note is None
    )
    assert set(begun.values()) == {1}


def check_index(engine: Engine, tmp_path: Path) -> None:
    """The table that both processes kept is what a rebuild makes; numbers are dense and unique."""
    engine.follower.catch_up()
    rebuilt = IncidentIndex(tmp_path / "rebuilt.db")
    Follower(engine.store, rebuilt).catch_up()
    rows = engine.index.rows()
    assert rows == rebuilt.rows() == incident_list(whole_log(engine))
    assert [row.number for row in rows] == [1, 2]
    rebuilt.close()
    check_holders(engine)


def check_holders(engine: Engine) -> None:
    """An alert is somewhere on record as firing if it fires, or flaps; and nowhere else."""
    for pod in PODS:
        stream = stream_of(an_alert(pod=pod))
        assert bool(engine.index.holders(stream)) == engine.states.alert(stream).state.fires


def check_settled(engine: Engine) -> None:
    """Half an hour later nothing flaps, and incidents know of every alert what it settled at."""
    later = replace(engine, clock=lambda: system_clock() + timedelta(minutes=30))
    settling = Settling(later)
    while settling.look():
        pass
    engine.follower.catch_up()
    assert not any(engine.states.alert(stream_of(an_alert(pod=pod))).state.flaps for pod in PODS)
    check_holders(engine)


@pytest.mark.req("R-SVC-07", "R-STEP-11", "R-EVT-10")
def test_two_processes_share_the_work_and_nothing_is_doubled_or_lost(
    home: Path, tmp_path: Path, children: Children
) -> None:
    go = tmp_path / "go"
    workers = start(children, make_home(home), go, COUNT)
    go.touch()
    for child in workers:
        assert child.wait(120) == 0, child.output()
    with examined(home, workers) as engine:
        kept = sum(isinstance(item.fact, DeliveryReceived) for item in whole_log(engine))
        assert kept == 2 * (COUNT - COUNT // 4)
        check_alerts(engine)
        check_index(engine, tmp_path)
        check_settled(engine)


@pytest.mark.parametrize("after", [3, 11])
def test_what_a_killed_process_promised_is_kept_and_the_other_goes_on(
    home: Path, tmp_path: Path, children: Children, after: int
) -> None:
    go = tmp_path / "go"
    victim, survivor = start(children, make_home(home), go, COUNT)
    go.touch()
    wait_until(lambda: victim.output().count("\n") >= after, 60, "the victim has made promises")
    victim.kill()
    assert survivor.wait(120) == 0, survivor.output()
    with examined(home, [victim, survivor]) as engine:
        check_alerts(engine)
        check_index(engine, tmp_path)
        check_settled(engine)
