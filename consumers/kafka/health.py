"""Liveness, readiness and numbers of an intake over HTTP, for whoever runs it (R-SVC-13)."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from consumers.kafka.meters import Meters

ALIVE_S: Final = 120.0
"""How long a turn of the loop may take before the process counts as hung."""


def alive(meters: Meters, now: float) -> bool:
    """Return whether the loop goes round."""
    return now - meters.ticked < ALIVE_S


def ready(meters: Meters, now: float) -> bool:
    """Return whether records would be taken in now: it goes round, has joined, and the ledger can write."""
    return alive(meters, now) and meters.rebalances > 0 and not meters.troubled


class Numbers(Collector):
    """The meters as Prometheus collects them."""

    def __init__(self, meters: Meters) -> None:
        self._meters = meters

    def collect(self) -> Iterator[Metric]:
        """Yield each number."""
        for name, text in COUNTERS.items():
            yield CounterMetricFamily(f"tallystick_kafka_{name}", text, value=getattr(self._meters, name))
        for name, (unit, text) in GAUGES.items():
            family = GaugeMetricFamily(f"tallystick_kafka_lag_{unit}", text, labels=("topic", "partition"))
            for place, value in sorted(getattr(self._meters, name).items()):
                topic, _, partition = place.rpartition("/")
                family.add_metric((topic, partition), value)
            yield family


COUNTERS: Final[Mapping[str, str]] = {
    "records": "Records taken in.",
    "signals": "Signals that said something new.",
    "duplicates": "Signals that repeated one.",
    "quarantined": "Records of which nothing could be read.",
    "rebalances": "How often partitions were assigned.",
    "fenced": "How often another owner was found.",
    "stalls": "How often the consumer was made anew because it stood still.",
}
GAUGES: Final[Mapping[str, tuple[str, str]]] = {
    "lag": ("records", "Records of a partition that are not taken in yet."),
    "oldest": ("seconds", "Seconds since the newest record taken in was written, while more wait."),
}


def exposition(meters: Meters) -> bytes:
    """Return the numbers in the text format of Prometheus."""
    registry = CollectorRegistry()
    registry.register(Numbers(meters))
    return generate_latest(registry)


@contextmanager
def served(meters: Meters, host: str, port: int) -> Iterator[int]:
    """Answer ``/healthz``, ``/readyz`` and ``/metrics`` until the end of the block; give the port."""
    server = ThreadingHTTPServer((host, port), partial(_Handler, meters))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="health", daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


class _Handler(BaseHTTPRequestHandler):
    timeout = 10

    def __init__(self, meters: Meters, *arguments: object) -> None:
        self._meters = meters
        super().__init__(*arguments)  # type: ignore[arg-type]  # as the server gives them

    def do_GET(self) -> None:
        """Answer."""
        now = time.time()
        match self.path:
            case "/healthz":
                self._say(alive(self._meters, now))
            case "/readyz":
                self._say(ready(self._meters, now))
            case "/metrics":
                self._answer(HTTPStatus.OK, exposition(self._meters))
            case _:
                self._answer(HTTPStatus.NOT_FOUND, b"expected /healthz, /readyz or /metrics\n")

    def log_message(self, *_arguments: object) -> None:
        """Say nothing: probes come every few seconds."""

    def _say(self, well: bool) -> None:
        self._answer(HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE, b"yes\n" if well else b"no\n")

    def _answer(self, status: HTTPStatus, data: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", CONTENT_TYPE_LATEST)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
