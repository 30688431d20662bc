"""The real service as a process, and a client of it that knows its tokens."""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, NamedTuple

from tests.support.processes import Child, Children, accepts, free_port, wait_until


class Answer(NamedTuple):
    """Status, headers (lower case) and body of a response."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Service:
    """A running `tallystick serve` on a home."""

    def __init__(
        self, children: Children, home: Path, *, env: dict[str, str] | None = None, port: int | None = None
    ) -> None:
        self.home, self.port = home, port or free_port()
        self.child: Child = children.start(
            sys.executable,
            "-m",
            "tallystick",
            "serve",
            "--home",
            home,
            "--port",
            str(self.port),
            env=env,
        )
        wait_until(lambda: self._ready() or self._died(), 60, "the service is ready")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _died(self) -> bool:
        status = self.child.process.poll()
        assert status is None, f"the service ended with {status}:\n{self.child.output()}"
        return False

    def _ready(self) -> bool:
        return accepts(self.port) and self.request("GET", "/healthz").status == 200

    def token(self, name: str = "admin") -> str:
        return (self.home / f"{name}.token").read_text().strip()

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Send JSON (or bytes as they are) and return the answer, whatever its status."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers or {}, method=method)
        if data is not None and not request.has_header("Content-type"):
            request.add_header("Content-Type", "application/json")
        if token is not None:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=30) as found:
                return Answer(found.status, {k.lower(): v for k, v in found.headers.items()}, found.read())
        except urllib.error.HTTPError as e:
            with e:
                return Answer(e.code, {k.lower(): v for k, v in e.headers.items()}, e.read())

    def get(self, path: str) -> Answer:
        return self.request("GET", path, token=self.token())

    def post(self, path: str, body: Any, **options: Any) -> Answer:
        return self.request("POST", path, body, token=self.token(), **options)
