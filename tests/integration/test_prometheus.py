"""A rule of Debian's Prometheus fires and ends, and Alertmanager tells the real service."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from msgspec import Struct

from tests.support.processes import Children, accepts, free_port, wait_until
from tests.support.service import Service
from tests.support.tools import tool

PROMETHEUS = """\
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [{rules}]
alerting:
  alertmanagers:
    - static_configs: [{{targets: ["127.0.0.1:{alertmanager}"]}}]
scrape_configs:
  - job_name: checkout
    static_configs: [{{targets: ["127.0.0.1:{exporter}"]}}]
"""
RULES = """\
groups:
  - name: checkout
    rules:
      - alert: QueueLong
        expr: queue_length > 100
        labels: {severity: critical, service: checkout, environment: production}
        annotations: {summary: "{{ $value }} orders wait"}
"""
ALERTMANAGER = """\
route:
  receiver: tallystick
  group_by: [alertname]
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 1h
receivers:
  - name: tallystick
    webhook_configs:
      - url: {url}/v1/signals/alertmanager
        send_resolved: true
        http_config: {{authorization: {{credentials_file: {token}}}}}
"""


class Exporter(ThreadingHTTPServer):
    """Exposes one metric, which the test sets."""

    length = 0


class _Page(BaseHTTPRequestHandler):
    server: Exporter

    def do_GET(self) -> None:
        body = f"# TYPE queue_length gauge\nqueue_length {self.server.length}\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base
        """Say nothing."""


class Watched(Struct, frozen=True):
    """A running service, and the metric that Prometheus watches for it."""

    service: Service
    exporter: Exporter


@pytest.fixture(scope="session")
def exporter() -> Iterator[Exporter]:
    server = Exporter(("127.0.0.1", 0), _Page)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def watched(exporter: Exporter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Start the service and both programs; each is ended by its own id."""
    programs = [program(name) for name in ("prometheus-alertmanager", "prometheus")]
    folder = tmp_path_factory.mktemp("prometheus")
    running = Children(folder / "children")
    try:
        service = Service(running, folder / "home")
        receiver = start_alertmanager(running, programs[0], folder, service)
        start_prometheus(running, programs[1], folder, receiver, exporter.server_port)
        yield Watched(service, exporter)
    finally:
        running.stop()


def program(name: str) -> str:
    """Return the path of a program that Debian has in a package of its name; CI may not be without it."""
    if shutil.which(name) is None and os.environ.get("CI") == "true":
        pytest.fail(f"{name} is not here; on Debian: apt-get install {name}")
    return tool(name, name)


def start_alertmanager(running: Children, command: str, folder: Path, service: Service) -> int:
    port, config = free_port(), folder / "alertmanager.yml"
    config.write_text(ALERTMANAGER.format(url=service.url, token=service.home / "intake.token"))
    running.start(
        command,
        f"--config.file={config}",
        f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    )
    wait_until(lambda: accepts(port), 30, "Alertmanager listens")
    return port


def start_prometheus(running: Children, command: str, folder: Path, receiver: int, exporter: int) -> None:
    port, config, rules = free_port(), folder / "prometheus.yml", folder / "rules.yml"
    rules.write_text(RULES)
    config.write_text(PROMETHEUS.format(rules=rules, alertmanager=receiver, exporter=exporter))
    running.start(
        command,
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--rules.alert.resend-delay=1s",
    )
    wait_until(lambda: accepts(port), 30, "Prometheus listens")


def incidents(service: Service) -> list[Any]:
    found: list[Any] = service.get("/v1/incidents").json["incidents"]
    return found


@pytest.mark.req("R-TRN-01", "R-EVT-10")
def test_a_rule_of_prometheus_opens_a_candidate_and_its_end_clears_it(watched: Watched) -> None:
    service = watched.service
    assert incidents(service) == []

    watched.exporter.length = 250
    wait_until(lambda: bool(incidents(service)), 60, "a candidate incident")
    [incident] = incidents(service)
    assert (incident["state"], incident["services"], incident["alerts_firing"]) == (
        "detecting",
        ["checkout"],
        1,
    )
    assert any("QueueLong" in text for text in timeline(service))

    watched.exporter.length = 3
    wait_until(lambda: cleared(service) == 1, 60, "the alert is cleared")
    assert len(incidents(service)) == 1


def timeline(service: Service) -> list[str]:
    """Return what happened in the incident, in words."""
    return [entry["text"] for entry in service.get("/v1/incidents/INC-1/timeline").json["entries"]]


def cleared(service: Service) -> int:
    found: int = service.get("/v1/incidents/INC-1").json["alerts_cleared"]
    return found
