"""A real ledger in a temporary home behind a real application, asked in process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
from starlette.testclient import TestClient

from api.app import create_app
from api.limits import Limits
from application.engine import Engine
from application.tokens import Grant, Tokens, token_digest
from consumers.webhook import SOURCES
from domain.context import Principal, PrincipalType
from tallystick.home import Home
from tallystick.initialise import initialise
from tallystick.keys import open_log_signer
from tallystick.publishing import build_publisher
from tallystick.settings import load_settings
from tallystick.wiring import open_engine

COMMANDER = "commander-token"
RESPONDER = "responder-token"
AUDITOR = "auditor-token"
INTAKE = "intake-token"
NOBODY = "roleless-token"
ADMIN = "admin-token"

ROLES: dict[str, tuple[str, PrincipalType, tuple[str, ...]]] = {
    COMMANDER: ("p-commander", "user", ("incident_commander", "auditor")),
    RESPONDER: ("p-responder", "user", ("responder",)),
    AUDITOR: ("p-auditor", "user", ("auditor",)),
    INTAKE: ("p-alertmanager", "service_account", ("signal_ingestor",)),
    NOBODY: ("p-nobody", "user", ()),
    ADMIN: ("p-admin", "user", ("ledger_admin",)),
}
TOKENS = Tokens(
    Grant(token_digest(token), Principal(id=name, type=kind, roles=roles))
    for token, (name, kind, roles) in ROLES.items()
)
OPENING = {"title": "Checkout answers slowly", "environment": "production", "services": ["checkout"]}
RATIONALE = "Error rate above 20 %, confirmed by hand."


def alert_body(name: str = "CheckoutSlow", status: str = "firing", **fields: Any) -> dict[str, Any]:
    """Return a message of Alertmanager with one alert."""
    alert = {
        "status": status,
        "labels": {"alertname": name, "service": "checkout", "severity": "critical"},
        "annotations": {"summary": "Checkout answers slowly"},
        "startsAt": "2026-03-01T02:10:00.123456789Z",
        "endsAt": "0001-01-01T00:00:00Z" if status == "firing" else "2026-03-01T02:30:00Z",
        **fields,
    }
    return {"version": "4", "groupKey": "demo", "status": status, "alerts": [alert]}


class Client:
    """The application of one engine, asked as somebody; the commander unless told otherwise."""

    def __init__(self, engine: Engine, http: TestClient, home: Path) -> None:
        self.engine, self.http, self.home = engine, http, home

    def ask(
        self, method: str, path: str, *, token: str | None = COMMANDER, **options: Any
    ) -> httpx2.Response:
        """Return the answer to a request."""
        headers = dict(options.pop("headers", {}))
        if token is not None:
            headers.setdefault("Authorization", f"Bearer {token}")
        return self.http.request(method, path, headers=headers, **options)

    def get(self, path: str, **options: Any) -> httpx2.Response:
        return self.ask("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> httpx2.Response:
        """Send JSON, or bytes as they are."""
        if isinstance(body, bytes):
            headers = {"Content-Type": "application/json", **options.pop("headers", {})}
            return self.ask("POST", path, content=body, headers=headers, **options)
        return self.ask("POST", path, json=body, **options)

    def open(self, **fields: Any) -> str:
        """Open an incident and return its stream."""
        answer = self.post("/v1/incidents", {**OPENING, **fields})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["incident"])

    def publish(self) -> None:
        """Publish what is committed, as the publisher's thread would."""
        settings = load_settings(home=self.home)
        publisher = build_publisher(
            settings,
            self.engine.store,
            self.engine.origin,
            open_log_signer(settings),
            published=self.engine.published,
        )
        publisher.publish()


@contextmanager
def engine_in(home: Path) -> Iterator[Engine]:
    """A new ledger in ``home``, without background threads."""
    initialise(Home(home))
    with open_engine(load_settings(home=home)) as engine:
        yield engine


@contextmanager
def client_in(home: Path, limits: Limits | None = None) -> Iterator[Client]:
    """The application on a new ledger in ``home``."""
    with engine_in(home) as engine:
        app = create_app(engine, TOKENS, sources=SOURCES, version="0.0.0", limits=limits)
        with TestClient(app, follow_redirects=False) as http:
            yield Client(engine, http, home)
