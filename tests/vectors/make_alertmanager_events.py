"""Make ``alertmanager-events/VERSION.jsonl``: what a real Alertmanager records while alerts, a silence and an
inhibition come and go, and ``VERSION.webhook.jsonl``: what it tells a receiver of the same.

``python -m tests.vectors.make_alertmanager_events PROGRAM VERSION``, with an ``alertmanager`` of 0.33 or
newer as PROGRAM; 0.33.1 and 0.35.0 were built from their Go modules, with an empty web interface. Times
and ids differ from run to run, so the files are kept and this is not run by a test.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from tests.support.processes import Children, accepts, free_port, wait_until

FOLDER = Path(__file__).parent / "alertmanager-events"
NAMED = "0.35.0"
"""Since this version outputs have names and inhibition rules may have one."""

STARTED = "2026-03-01T02:10:00.123456789Z"
CONFIG = """\
route:
  receiver: desk
  group_by: [alertname, service]
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 1h
receivers:
  - name: desk
    webhook_configs: [{{url: "{receiver}", send_resolved: true}}]
inhibit_rules:
  - source_matchers: [alertname="ClusterDown"]
    target_matchers: [severity="warning"]
    equal: [cluster]
{rule}
event_recorder:
  file_outputs: [{{{output}path: {events}}}]
"""


class Receiver(BaseHTTPRequestHandler):
    """Keeps what it is told."""

    told: list[bytes] = []  # noqa: RUF012 - one list for all requests is the point

    def do_POST(self) -> None:
        self.told.append(self.rfile.read(int(self.headers["Content-Length"])).strip())
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base
        """Say nothing."""


def make(program: str, version: str) -> None:
    """Let ``program`` record the story, and keep it as that of ``version``."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as name:
        folder, running = Path(name), Children(Path(name) / "logs")
        try:
            _record(running, program, folder, server.server_port, named=version >= NAMED)
        finally:
            running.stop()
        server.shutdown()
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / f"{version}.jsonl").write_bytes((folder / "events.jsonl").read_bytes())
    (FOLDER / f"{version}.webhook.jsonl").write_bytes(b"".join(told + b"\n" for told in Receiver.told))


def _record(running: Children, program: str, folder: Path, receiver: int, *, named: bool) -> None:
    port = free_port()
    config = CONFIG.format(
        receiver=f"http://127.0.0.1:{receiver}",
        rule="    name: cluster-down" if named else "",
        output="name: events, " if named else "",
        events=folder / "events.jsonl",
    )
    (folder / "alertmanager.yml").write_text(config)
    child = running.start(
        program,
        f"--config.file={folder / 'alertmanager.yml'}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--web.external-url=http://alertmanager.example",
        "--cluster.listen-address=",
        "--enable-feature=event-recorder",
    )
    wait_until(lambda: accepts(port), 30, "Alertmanager listens")
    _story(f"http://127.0.0.1:{port}/api/v2")
    child.stop()


def _story(api: str) -> None:
    silence = {
        "matchers": [{"name": "service", "value": "batch|cron", "isRegex": True, "isEqual": True}],
        "startsAt": _from_now(0),
        "endsAt": _from_now(60),
        "createdBy": "robin",
        "comment": "Moving the queue",
    }
    made = json.loads(_post(f"{api}/silences", silence))["silenceID"]
    _post(f"{api}/silences", {**silence, "id": made, "endsAt": _from_now(120), "comment": "It takes longer"})
    slow = _alert("CheckoutSlow", "critical", service="checkout")
    slow["annotations"] = {"summary": "Checkout answers slowly"}
    for alert in (
        slow,
        _alert("QueueLong", "warning", service="batch"),
        _alert("ClusterDown", "critical", cluster="c1"),
    ):
        _post(f"{api}/alerts", [alert])
    time.sleep(0.5)
    _post(f"{api}/alerts", [_alert("NodeSlow", "warning", cluster="c1")])
    _post(f"{api}/alerts", [{**slow, "endsAt": datetime.now(UTC).isoformat()}])
    time.sleep(2)
    _post(f"{api}/alerts", [{**slow, "startsAt": datetime.now(UTC).isoformat()}])
    time.sleep(0.5)


def _alert(name: str, severity: str, **labels: str) -> dict[str, Any]:
    return {
        "labels": {"alertname": name, "severity": severity, **labels},
        "startsAt": STARTED,
        "endsAt": _from_now(60),
    }


def _from_now(minutes: int) -> str:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()


def _post(url: str, value: object) -> bytes:
    request = urllib.request.Request(url, json.dumps(value).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        found: bytes = answer.read()
    return found


if __name__ == "__main__":
    make(sys.argv[1], sys.argv[2])
