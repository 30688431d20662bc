"""Numbers for Prometheus, in a registry of our own: counted as they happen, or asked at a scrape."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from application.engine import Engine

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class LogNumbers(Collector):
    """What the log says of itself, read when somebody asks."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def describe(self) -> list[Metric]:
        """Return nothing: registering must not read the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield the present numbers."""
        engine = self._engine
        size = engine.store.head().size
        newest = engine.store.newest_publication()
        published = 0 if newest is None else newest.size
        yield CounterMetricFamily("tallystick_facts", "Facts in the log.", value=size)
        yield GaugeMetricFamily(
            "tallystick_writer_queue_length", "Append requests that wait.", engine.writer.waiting
        )
        yield GaugeMetricFamily(
            "tallystick_read_only", "1 while nothing is written.", int(engine.writer.refusal is not None)
        )
        yield GaugeMetricFamily(
            "tallystick_published_facts", "Facts under the published checkpoint.", published
        )
        yield GaugeMetricFamily(
            "tallystick_publish_lag_facts", "Facts no published checkpoint covers.", size - published
        )
        yield self._follower_lag()
        yield from self._notices()

    def _follower_lag(self) -> Metric:
        lag = GaugeMetricFamily(
            "tallystick_follower_lag_facts", "Facts a follower has still to apply.", labels=["follower"]
        )
        lag.add_metric([self._engine.follower.name], self._engine.follower.lag())
        return lag

    def _notices(self) -> Iterator[Metric]:
        notices = self._engine.notices
        yield GaugeMetricFamily(
            "tallystick_notices_due", "Notices that somebody is still to get.", notices.waiting
        )
        attempts = CounterMetricFamily(
            "tallystick_notices_delivered",
            "Attempts to deliver a notice since the start, by what came of them.",
            labels=["channel", "outcome"],
        )
        for names, count in notices.counts().items():
            attempts.add_metric(names, count)
        yield attempts


class Meters:
    """The registry of one service."""

    def __init__(self, engine: Engine) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        self.registry.register(LogNumbers(engine))
        self._durations = Histogram(
            "tallystick_http_request_duration_seconds",
            "Time from the head of a request to the end of its response.",
            ("method", "route", "status"),
            registry=self.registry,
            buckets=_BUCKETS,
        )

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request; ``route`` is its template, never the path, which may hold a secret."""
        self._durations.labels(method, route, str(status)).observe(seconds)

    def exposition(self) -> bytes:
        """Return all numbers in the text format."""
        return generate_latest(self.registry)
