"""The guards that every test stands on do guard: no network, no process left behind, things made once."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.jars import jars
from tests.support.loopback import OutsideWorldError, is_loopback
from tests.support.once import made_once
from tests.support.processes import Children, free_port, wait_until
from tests.support.shared import Started, shared


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost", "", None])
def test_this_machine_is_reachable(host: str | None) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "example.org", "0.0.0.0", b"example.org"])
def test_other_machines_are_not(host: object) -> None:
    assert not is_loopback(host)


def test_a_connection_to_another_machine_is_stopped_before_it_starts() -> None:
    with socket.socket() as end, pytest.raises(OutsideWorldError, match=r"192\.0\.2\.1"):
        end.connect(("192.0.2.1", 80))


def test_a_datagram_to_another_machine_is_stopped() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as end, pytest.raises(OutsideWorldError):
        end.sendto(b"hello", ("192.0.2.1", 53))


def test_a_name_of_another_machine_is_not_even_looked_up() -> None:
    with pytest.raises(OutsideWorldError, match=r"example\.org"):
        socket.create_connection(("example.org", 80))


def test_a_connection_within_this_machine_works() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()


def test_a_child_process_and_its_own_children_end_with_the_test(tmp_path: Path) -> None:
    children = Children(tmp_path / "logs")
    script = (
        "import subprocess, sys; print(subprocess.Popen(['sleep', '600']).pid, flush=True); sys.stdin.read()"
    )
    parent = children.start(sys.executable, "-c", f"{script}; import time; time.sleep(600)")
    wait_until(lambda: parent.output().endswith("\n"))
    grandchild = int(parent.output())
    children.stop()
    assert parent.process.returncode is not None
    wait_until(lambda: not _runs(grandchild))


def test_the_environment_of_a_developer_does_not_reach_the_tests() -> None:
    assert not [name for name in os.environ if name.startswith(("TALLYSTICK_HOME", "KAFKA_"))]


def test_a_free_port_can_be_listened_on() -> None:
    socket.create_server(("127.0.0.1", free_port())).close()


def test_what_is_made_once_is_shared(tmp_path_factory: pytest.TempPathFactory) -> None:
    made: list[Path] = []
    first = made_once(tmp_path_factory, f"once-{os.getpid()}", made.append)
    second = made_once(tmp_path_factory, f"once-{os.getpid()}", made.append)
    assert made == [first]
    assert first == second


def test_what_workers_share_is_started_once_and_the_last_to_leave_ends_it(tmp_path: Path) -> None:
    with shared(tmp_path / "shared", sleeping) as first:
        with shared(tmp_path / "shared", sleeping) as second:
            assert first == second
        assert _runs(int(first))
    wait_until(lambda: not _runs(int(first)))
    with shared(tmp_path / "shared", sleeping) as another:
        assert another != first


def test_what_workers_share_ends_though_they_are_killed(tmp_path: Path, children: Children) -> None:
    script = (
        "import sys, time; from pathlib import Path; from tests.support.shared import shared;"
        "from tests.architecture.test_test_machinery import sleeping;"
        f"using = shared(Path({str(tmp_path / 'shared')!r}), sleeping);"
        "print(using.__enter__(), flush=True); time.sleep(600)"
    )
    first, second = (children.start(sys.executable, "-c", script) for _ in range(2))
    wait_until(lambda: first.output() == second.output() != "")
    kept = int(first.output())
    first.kill()
    assert _runs(kept)
    second.kill()
    wait_until(lambda: not _runs(kept))
    assert not (tmp_path / "shared" / "address").exists()


@pytest.mark.parametrize(
    ("ci", "outcome"), [("false", pytest.skip.Exception), ("true", pytest.fail.Exception)]
)
def test_without_java_the_tests_of_kafka_are_skipped_and_fail_in_ci(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ci: str, outcome: type[BaseException]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CI", ci)
    monkeypatch.delenv("TALLYSTICK_TEST_TOOLS", raising=False)
    with pytest.raises(outcome, match="apt-get install openjdk-17-jre-headless"):
        jars()


def sleeping(folder: Path, keeper: Sequence[str]) -> Started:
    """Start a program whose address is the id of its process."""
    child = Children(folder / "logs").start(*keeper, "sh", "-c", "echo $$; exec sleep 600")
    wait_until(lambda: child.output().endswith("\n"))
    return child, child.output().strip()


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z"
    except FileNotFoundError:
        return False
