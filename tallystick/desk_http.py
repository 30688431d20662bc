"""The desk of a running service, asked over HTTP (TALLYSTICK_URL, TALLYSTICK_TOKEN)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from api.idempotency import HEADER, REPLAYED
from api.incident_metrics import IncidentMetrics
from api.incidents import IncidentList
from api.receipts import ActionReceipt
from application.artifact_files import ArtifactsView
from application.comparison import DiffView
from application.incident_views import EvidenceView, GatesView, NextView, RunOfIncident
from application.metrics import MetricsView, Which
from application.replay import ReplayView
from application.views import NOW, At, IncidentView, TimelineView
from domain.stored_blob import StoredBlob
from tallystick.answers import checked, read
from tallystick.desk import Done, Order, Sink, Source
from tallystick.web import Web

PAGE = 1_000


class HttpDesk:
    """Hands commands to a service, in the name of whom the token stands for."""

    def __init__(self, url: str, token: str | None) -> None:
        self._web = Web(url, token)

    def act(self, order: Order) -> Done:
        """Return what was recorded."""
        headers = {} if order.key is None else {HEADER: order.key}
        path = "/v1/incidents" if order.incident is None else _incident(order.incident, "/actions")
        query = "?wait=published" if order.wait else ""
        reply = self._web.post(path + query, msgspec.json.encode(_body(order)), headers)
        return Done(read(reply, ActionReceipt), reply.headers.get(REPLAYED.lower()) == "true")

    def incidents(self) -> Sequence[IncidentView]:
        """Return all incidents, by number."""
        found: list[IncidentView] = []
        after: int | None = 0
        while after is not None:
            page = read(self._web.get(f"/v1/incidents?limit={PAGE}&after={after}"), IncidentList)
            found += page.incidents
            after = page.next
        return found

    def incident(self, name: str, at: At = NOW) -> IncidentView:
        """Return an incident as it was."""
        return read(self._web.get(_path(name, "", at)), IncidentView)

    def gates(self, name: str, at: At = NOW) -> GatesView:
        """Return the gates of an incident as they were."""
        return read(self._web.get(_path(name, "/gates", at)), GatesView)

    def next(self, name: str, at: At = NOW) -> NextView:
        """Return what was next in an incident."""
        return read(self._web.get(_path(name, "/next", at)), NextView)

    def run(self, name: str, at: At = NOW) -> RunOfIncident:
        """Return what was executed and checked in an incident."""
        return read(self._web.get(_path(name, "/run", at)), RunOfIncident)

    def evidence(self, name: str, at: At = NOW) -> EvidenceView:
        """Return the evidence of an incident as it was."""
        return read(self._web.get(_path(name, "/evidence", at)), EvidenceView)

    def upload(self, name: str, file: Source, size: int) -> StoredBlob:
        """Return the reference to a file of an incident, now stored."""
        # A wrong name or token is told before a large file is sent for nothing.
        checked(self._web.get(_path(name, "", NOW)))
        return read(self._web.send(_incident(name, "/blobs"), file, size), StoredBlob)

    def download(self, name: str, sha256: str, sink: Sink) -> int:
        """Write a file of an incident and return its size."""
        reply, size = self._web.save(_incident(name, f"/blobs/{quote(sha256, safe='')}"), sink)
        checked(reply)
        return size

    def bundle(self, name: str, sink: Sink) -> int:
        """Write the sealed bundle of an incident and return its size."""
        reply, size = self._web.save(_incident(name, "/bundle"), sink)
        checked(reply)
        return size

    def timeline(self, name: str, at: At = NOW) -> TimelineView:
        """Return the timeline of an incident as it was."""
        return read(self._web.get(_path(name, "/timeline", at)), TimelineView)

    def replay(self, name: str, at: At = NOW, *, after: int = 0, limit: int = 500) -> ReplayView:
        """Return steps of an incident above version ``after``."""
        page = {"after": str(after), "limit": str(limit)}
        return read(self._web.get(_path(name, "/replay", at, page)), ReplayView)

    def diff(self, name: str, before: At, after: At) -> DiffView:
        """Return what differs between two moments."""
        ends = {"from": _moment(before), "to": _moment(after)}
        query = urlencode({key: value for key, value in ends.items() if value is not None})
        return read(self._web.get(_incident(name, f"/diff?{query}")), DiffView)

    def metrics(self, name: str, at: At = NOW) -> MetricsView:
        """Return what an incident had measured."""
        return read(self._web.get(_path(name, "/metrics", at)), MetricsView)

    def metrics_over(self, which: Which) -> IncidentMetrics:
        """Return what incidents measured together."""
        asked = {"from": which.since, "to": which.until, "severity": which.severity}
        known = {key: value for key, value in asked.items() if value is not None}
        query = urlencode(known | ({"drills": "true"} if which.drills else {}))
        return read(self._web.get(f"/v1/metrics/incidents?{query}"), IncidentMetrics)

    def artifacts(self, name: str, at: At = NOW) -> ArtifactsView:
        """Return which artifacts an incident has."""
        return read(self._web.get(_path(name, "/artifacts", at)), ArtifactsView)

    def artifact(self, name: str, which: str, at: At = NOW, *, readable: bool = False) -> bytes:
        """Return one artifact."""
        copy = {"copy": "readable"} if readable else {}
        return checked(self._web.get(_path(name, f"/artifacts/{quote(which, safe='')}", at, copy)))


def _body(order: Order) -> dict[str, Any]:
    body: dict[str, Any] = msgspec.to_builtins(order.command)
    return body if order.expected is None else {**body, "expected_version": order.expected}


def _path(name: str, rest: str, at: At, more: Mapping[str, str] | None = None) -> str:
    asked = {"at_version": at.version, "at": at.time, **(more or {})}
    query = urlencode({key: value for key, value in asked.items() if value is not None})
    return _incident(name, rest) + (f"?{query}" if query else "")


def _moment(at: At) -> str | None:
    return at.time if at.version is None else str(at.version)


def _incident(name: str, rest: str) -> str:
    return f"/v1/incidents/{quote(name, safe='')}{rest}"
