"""Who waits is woken once the log has grown, and never for less."""

from __future__ import annotations

import threading

from ledger.commits import Commits

WAIT_S = 20


def test_nothing_has_been_announced_at_first() -> None:
    commits = Commits()
    assert commits.size == 0
    assert not commits.wait_beyond(0, 0.001)


def test_the_newest_size_is_the_largest_announced() -> None:
    commits = Commits()
    for size in (3, 5, 4):
        commits.announce(size)
    assert commits.size == 5
    assert commits.wait_beyond(4, 0.001)
    assert not commits.wait_beyond(5, 0.001)


def test_everybody_who_waits_is_woken() -> None:
    commits = Commits()
    woken: list[bool] = []
    threads = [
        threading.Thread(target=lambda: woken.append(commits.wait_beyond(0, WAIT_S))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    commits.announce(1)
    for thread in threads:
        thread.join(WAIT_S)
    assert woken == [True, True, True]


def test_listeners_hear_each_growth_until_they_stop() -> None:
    commits = Commits()
    first: list[int] = []
    second: list[int] = []
    stop = commits.listen(first.append)
    commits.listen(second.append)
    commits.announce(1)
    commits.announce(1)
    commits.announce(3)
    stop()
    stop()
    commits.announce(4)
    assert first == [1, 3]
    assert second == [1, 3, 4]


def test_a_listener_may_stop_itself_and_ask_for_the_size() -> None:
    commits = Commits()
    heard: list[int] = []

    def once(_: int) -> None:
        heard.append(commits.size)
        stop()

    stop = commits.listen(once)
    commits.announce(2)
    commits.announce(3)
    assert heard == [2]
