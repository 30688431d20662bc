"""Debian's Prometheus Alertmanager delivers to the real service, and outsiders accept what comes of it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.outsiders import go_audit
from tests.support.processes import Children, accepts, free_port, wait_until
from tests.support.service import Service
from tests.support.tools import tool

CONFIG = """\
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
        http_config:
          authorization:
            credentials_file: {token}
"""


def start_alertmanager(children: Children, folder: Path, service: Service) -> str:
    program = tool("prometheus-alertmanager", "prometheus-alertmanager")
    port = free_port()
    config = folder / "alertmanager.yml"
    config.write_text(CONFIG.format(url=service.url, token=service.home / "intake.token"))
    children.start(
        program,
        f"--config.file={config}",
        f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    )
    wait_until(lambda: accepts(port), 30, "Alertmanager listens")
    return f"http://127.0.0.1:{port}"


def fire(alertmanager: str, *, ended: bool = False) -> None:
    now = datetime.now(UTC)
    alert = {
        "labels": {"alertname": "CheckoutSlow", "service": "checkout", "severity": "critical"},
        "annotations": {"summary": "Checkout answers slowly"},
        "startsAt": STARTED.isoformat(),
        "endsAt": (now - timedelta(seconds=1) if ended else now + timedelta(hours=1)).isoformat(),
    }
    request = urllib.request.Request(
        f"{alertmanager}/api/v2/alerts", json.dumps([alert]).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 200


STARTED = datetime.now(UTC) - timedelta(minutes=1)


@pytest.mark.req("R-TRN-01", "R-STEP-11")
def test_an_alert_opens_a_candidate_that_outsiders_can_check(
    home: Path, tmp_path: Path, children: Children
) -> None:
    service = Service(children, home)
    alertmanager = start_alertmanager(children, tmp_path, service)

    fire(alertmanager)
    wait_until(lambda: bool(service.get("/v1/incidents").json["incidents"]), 30, "a candidate incident")
    [incident] = service.get("/v1/incidents").json["incidents"]
    assert (incident["number"], incident["state"], incident["alerts_firing"]) == ("INC-1", "detecting", 1)
    assert incident["services"] == ["checkout"]

    fire(alertmanager, ended=True)
    wait_until(
        lambda: service.get("/v1/incidents/INC-1").json["alerts_cleared"] == 1, 30, "the alert is cleared"
    )
    texts = [entry["text"] for entry in service.get("/v1/incidents/INC-1/timeline").json["entries"]]
    assert any("CheckoutSlow" in text for text in texts)

    wait_until_published(service)
    older = service.get("/log/checkpoint").body
    assert (
        service.post("/v1/incidents/INC-1/actions/declare", {"rationale": "Confirmed by hand."}).status < 300
    )
    wait_until_published(service)

    export = tmp_path / "export"
    assert command("export", "--ledger", "--out", export, "--home", home).returncode == 0
    vkey = (home / "log.vkey").read_text().strip()
    assert command("verify", export, "--log-key", vkey).returncode == 0
    assert go_audit(export, vkey, older).returncode == 0

    tampered = next(path for path in (export / "tile" / "entries").rglob("*") if path.is_file())
    data = bytearray(tampered.read_bytes())
    data[len(data) // 2] ^= 1
    tampered.write_bytes(data)
    assert command("verify", export, "--log-key", vkey).returncode == 1
    assert go_audit(export, vkey, older).returncode != 0


def wait_until_published(service: Service) -> None:
    """Wait until the newest checkpoint has covered the log for a while."""
    before = b""
    while (now := service.get("/log/checkpoint").body) != before:
        before = now
        time.sleep(1.5)


def command(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "tallystick", *map(str, arguments)], capture_output=True, check=False
    )
