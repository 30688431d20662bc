"""The real service as a process: from an empty folder, through its signals, and through being killed."""

from __future__ import annotations

import http.client
import json
import random
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.commandline import Ran, Tally, run
from tests.support.processes import Children, free_port, wait_until
from tests.support.service import Service

ALERT = {
    "status": "firing",
    "labels": {"alertname": "CheckoutSlow", "service": "checkout", "severity": "critical"},
    "annotations": {"summary": "Checkout answers slowly"},
    "startsAt": "2026-03-01T02:10:00Z",
    "endsAt": "0001-01-01T00:00:00Z",
}


def delivery(number: int = 0) -> dict[str, Any]:
    alert = {**ALERT, "labels": {**ALERT["labels"], "pod": str(number)}}  # type: ignore[dict-item]  # labels
    return {"version": "4", "groupKey": "demo", "status": "firing", "truncatedAlerts": 0, "alerts": [alert]}


def remotely(service: Service, *argv: str) -> Ran:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TALLYSTICK_URL", service.url)
        patch.setenv("TALLYSTICK_TOKEN", service.token())
        return run(*argv)


def sound(home: Path) -> None:
    """Check a stopped home: what it holds, and what an auditor gets from it."""
    tally = Tally(home)
    assert "everything holds" in tally("log", "fsck").fine().out
    out = home.parent / f"export-{time.monotonic_ns()}"
    tally("export", "--ledger", "--out", out).fine()
    run("verify", out, "--log-key", home / "log.vkey").fine()


def test_an_empty_folder_becomes_a_ledger_that_takes_alerts_and_stops_when_told(
    home: Path, children: Children
) -> None:
    service = Service(children, home)
    said = service.child.output()
    assert "a new one was made" in said
    assert (home / "log.vkey").read_text().strip() in said
    assert f"{service.url}/v1/signals/alertmanager" in said
    for name in ("admin", "intake"):
        assert f"{name}.token" in said

    taken = service.request("POST", "/v1/signals/alertmanager", delivery(), token=service.token("intake"))
    assert taken.status == 200, taken.body
    assert remotely(service, "show").fine().out.splitlines()[1].startswith("INC-1   detecting")
    words = ("act", "INC-1", "declare", "rationale=Confirmed by hand.", "--wait-published")
    remotely(service, *words).fine()
    assert "Alert CheckoutSlow on checkout fires" in remotely(service, "timeline", "INC-1").fine().out
    assert Tally(home)("timeline", "INC-1").fine().out == remotely(service, "timeline", "INC-1").out

    assert service.child.stop() == 0
    everything = service.child.output()
    assert "everything acknowledged is on disk" in everything
    assert "Traceback" not in everything
    for name in ("admin", "intake"):
        assert service.token(name) not in everything
    sound(home)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_in_order_although_somebody_follows_the_stream(
    number: signal.Signals, home: Path, children: Children
) -> None:
    service = Service(children, home)
    follower = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
    follower.request("GET", "/v1/stream?after=0", headers={"Authorization": f"Bearer {service.token()}"})
    assert follower.getresponse().status == 200
    answer = service.post("/v1/incidents", {"title": "x", "environment": "p"})
    assert answer.status == 201
    service.child.process.send_signal(number)
    assert service.child.wait(15) == 0
    follower.close()
    # What was acknowledged last has its checkpoint.
    assert f"\n{answer.json['positions'][-1] + 1}\n" in (home / "last-checkpoint").read_text()


def test_a_signal_while_it_starts_ends_it_too(home: Path, children: Children) -> None:
    for delay in (0.0, 0.4, 0.8, 1.2):
        command = (sys.executable, "-m", "tallystick", "serve", "--home", home, "--port", str(free_port()))
        child = children.start(*command)
        time.sleep(delay)
        status = child.stop()
        # Before Python has come to our handler, the signal ends it by itself.
        assert status in (0, -signal.SIGTERM), child.output()
        assert "Traceback" not in child.output()
    service = Service(children, home)
    assert service.child.stop() == 0


def test_one_process_serves_a_home_and_one_socket_an_address(home: Path, children: Children) -> None:
    service = Service(children, home)
    second = run("serve", "--home", home, "--port", str(free_port()))
    assert second.code == 69
    assert f"process {service.child.pid} serves it already" in second.err
    taken = run("serve", "--home", home.parent / "other", "--port", str(service.port))
    assert taken.code == 69
    assert "Address already in use" in taken.err
    assert not (home.parent / "other").exists()
    assert service.get("/healthz").status == 200


def test_a_folder_with_something_else_in_it_is_not_made_a_home(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("dear auditor")
    ended = run("serve", "--home", tmp_path, "--port", "0")
    assert ended.code == 1
    assert [path.name for path in tmp_path.iterdir()] == ["letters.txt"]


def test_an_address_beyond_this_machine_is_pointed_out(home: Path, children: Children) -> None:
    port = free_port()
    command = (sys.executable, "-m", "tallystick", "serve", "--home", home)
    child = children.start(*command, "--host", "0.0.0.0", "--port", str(port))
    wait_until(lambda: "put TLS in front of it" in child.output(), what="the warning")
    with socket.create_connection(("127.0.0.1", port)):
        pass
    assert child.stop() == 0


class Load:
    """Threads that write over HTTP until told to stop, and remember what was acknowledged."""

    def __init__(self, threads: int = 4) -> None:
        self.acknowledged: list[dict[str, Any]] = []
        self._stop = threading.Event()
        self._ids = iter(range(10**9))
        self._threads = threads
        self._running: list[threading.Thread] = []

    def start(self, service: Service, incident: str) -> None:
        self._stop.clear()
        self._running = [
            threading.Thread(target=self._write, args=(service, incident, number % 2 == 0))
            for number in range(self._threads)
        ]
        for thread in self._running:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._running:
            thread.join()

    def _write(self, service: Service, incident: str, alerts: bool) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=10)
        path = "/v1/signals/alertmanager" if alerts else f"/v1/incidents/{incident}/actions"
        token = service.token("intake" if alerts else "admin")
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        while not self._stop.is_set():
            number = next(self._ids)
            body = delivery(number) if alerts else {"action": "add-timeline-entry", "text": f"step {number}"}
            try:
                connection.request("POST", path, json.dumps(body), headers)
                answer = connection.getresponse()
                said = json.loads(answer.read())
            except (OSError, http.client.HTTPException, ValueError):
                return  # killed: nothing was promised
            if answer.status == 200:
                self.acknowledged += said["entries"]


def log_of(service: Service) -> dict[int, str]:
    """Return the leaf hash of every position."""
    found: dict[int, str] = {}
    while items := service.get(f"/v1/events?after={len(found)}&limit=1000").json["events"]:
        found.update((item["position"], item["leaf"]) for item in items)
    return found


def survive(kills: int, home: Path, children: Children) -> None:
    chance, load = random.Random(kills), Load()
    service = Service(children, home)
    incident = service.post("/v1/incidents", {"title": "x", "environment": "p"}).json["incident"]
    for _ in range(kills):
        load.start(service, incident)
        time.sleep(chance.uniform(0.1, 1.5))
        service.child.kill()
        load.stop()
        service = Service(children, home)
        assert service.get("/readyz").status in (200, 503)
        there = log_of(service)
        lost = [e for e in load.acknowledged if there.get(e["position"]) != e["leaf"]]
        assert lost == [], f"{len(lost)} of {len(load.acknowledged)} acknowledged facts"
    assert len(load.acknowledged) > kills, "there was some load"
    assert service.child.stop() == 0
    sound(home)


def test_killed_under_load_it_restarts_with_everything_it_acknowledged(
    home: Path, children: Children
) -> None:
    survive(2, home, children)


@pytest.mark.soak
def test_killed_twenty_times_under_load_it_restarts_with_everything_it_acknowledged(
    home: Path, children: Children
) -> None:
    survive(20, home, children)
