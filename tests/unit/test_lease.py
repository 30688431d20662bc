"""One holder at a time; who took over has a higher epoch, and who lost the lease notices."""

from __future__ import annotations

import pytest

from ledger.lease import Lease, LeaseLost


class Table:
    """The rows of leases, in memory."""

    def __init__(self) -> None:
        self.rows: dict[str, tuple[str, int, float]] = {}

    def lease(self, name: str) -> tuple[str, int, float] | None:
        return self.rows.get(name)

    def set_lease(self, name: str, holder: str, epoch: int, expires_at: float) -> None:
        self.rows[name] = (holder, epoch, expires_at)


class Now:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def table() -> Table:
    return Table()


def test_the_first_who_asks_gets_it(table: Table, now: Now) -> None:
    one = Lease("publisher", "one", clock=now, ttl_s=10)
    assert one.acquire(table)
    one.check(table)
    assert table.rows == {"publisher": ("one", 1, 1_010.0)}


def test_nobody_else_gets_it_while_it_lasts(table: Table, now: Now) -> None:
    one, two = Lease("publisher", "one", clock=now), Lease("publisher", "two", clock=now)
    assert one.acquire(table)
    now.seconds += 9.9
    assert not two.acquire(table)
    with pytest.raises(LeaseLost, match=r"expected two at epoch 0, found .*'one', 1"):
        two.check(table)
    one.check(table)


def test_leases_of_other_names_are_other_leases(table: Table, now: Now) -> None:
    assert Lease("publisher", "one", clock=now).acquire(table)
    assert Lease("relay", "two", clock=now).acquire(table)


def test_the_holder_renews_it_and_keeps_its_epoch(table: Table, now: Now) -> None:
    one, two = Lease("publisher", "one", clock=now, ttl_s=10), Lease("publisher", "two", clock=now)
    assert one.acquire(table)
    now.seconds += 8
    assert one.acquire(table)
    assert one.epoch == 1
    now.seconds += 8
    assert not two.acquire(table)


def test_who_takes_over_an_expired_one_raises_the_epoch_and_the_other_notices(table: Table, now: Now) -> None:
    one, two = Lease("publisher", "one", clock=now, ttl_s=10), Lease("publisher", "two", clock=now, ttl_s=10)
    assert one.acquire(table)
    now.seconds += 10
    assert two.acquire(table)
    assert two.epoch == 2
    with pytest.raises(LeaseLost, match="expected one at epoch 1"):
        one.check(table)
    now.seconds += 10
    assert one.acquire(table)
    assert one.epoch == 3
    with pytest.raises(LeaseLost):
        two.check(table)


def test_an_expired_lease_that_nobody_took_still_holds(table: Table, now: Now) -> None:
    one = Lease("publisher", "one", clock=now, ttl_s=10)
    assert one.acquire(table)
    now.seconds += 60
    one.check(table)
    assert one.acquire(table)
    assert one.epoch == 1


def test_a_restarted_holder_of_the_same_name_gets_a_new_epoch(table: Table, now: Now) -> None:
    old = Lease("publisher", "one", clock=now)
    assert old.acquire(table)
    new = Lease("publisher", "one", clock=now)
    assert new.acquire(table)
    assert new.epoch == 2
    with pytest.raises(LeaseLost):
        old.check(table)


def test_a_released_lease_can_be_taken_at_once(table: Table, now: Now) -> None:
    one, two = Lease("publisher", "one", clock=now), Lease("publisher", "two", clock=now)
    assert one.acquire(table)
    one.release(table)
    assert two.acquire(table)
    assert two.epoch == 2
    with pytest.raises(LeaseLost):
        one.check(table)


def test_only_the_holder_can_release_it(table: Table, now: Now) -> None:
    one, two = Lease("publisher", "one", clock=now), Lease("publisher", "two", clock=now)
    two.release(table)
    assert one.acquire(table)
    two.release(table)
    one.check(table)
    assert not two.acquire(table)


def test_nobody_holds_a_lease_that_nobody_took(table: Table, now: Now) -> None:
    with pytest.raises(LeaseLost, match="found None"):
        Lease("publisher", "one", clock=now).check(table)
