"""Serving a home over HTTP: one process, everything inside, stopped gracefully by SIGTERM or SIGINT.

One process serves a home at a time (docs/decisions/0008); a lock file says so, and the lock ends with the
process however that ends.
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from fastapi import FastAPI

from ledger.errors import StoreError
from tallystick.home import Home

STOPPING_WITHIN_S = 10
"""How long requests that are under way may take to end; what is left then is cut off."""


class HomeServed(StoreError):
    """Another process serves this home."""


class Stopped(Exception):
    """A signal came before the server was there to be stopped."""


@contextmanager
def serving_lock(home: Home) -> Iterator[None]:
    """Hold what one process at a time may hold of a home; raises `HomeServed`."""
    descriptor = os.open(home.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _take(descriptor, home)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, home: Home) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as e:
        by = os.read(descriptor, 20).decode("ascii", "replace").strip()
        raise HomeServed(f"home {home.path}: process {by} serves it already; stop that first") from e
    os.truncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode())


def listening_socket(host: str, port: int) -> socket.socket:
    """Return a socket bound to the address, so that a port in use is found out before anything is opened."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, socket.SOCK_STREAM)
    except OSError as e:
        raise StoreError(f"address {host}: {e.strerror}") from e
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as e:
        bound.close()
        raise StoreError(f"address {host}, port {port}: {e.strerror}; choose another with --port") from e
    return bound


def address_of(bound: socket.socket) -> str:
    """Return the address that a browser would be given."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Signals:
    """SIGTERM and SIGINT: they end what is starting, stop what serves, and change nothing once it stops."""

    def __init__(self) -> None:
        self._starting = True

    @contextmanager
    def caught(self) -> Iterator[None]:
        """Catch both inside the block. uvicorn raises again what it has caught, at its end."""
        before = {number: signal.signal(number, self._came) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def serving(self) -> None:
        """From here on uvicorn's own handlers decide."""
        self._starting = False

    def _came(self, _number: int, _frame: FrameType | None) -> None:
        if self._starting:
            raise Stopped


class Server(uvicorn.Server):
    """uvicorn, which calls ``ready`` once requests are answered."""

    def __init__(self, app: FastAPI, ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                loop="uvloop",
                http="httptools",
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=STOPPING_WITHIN_S,
            )
        )
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        self._ready()
