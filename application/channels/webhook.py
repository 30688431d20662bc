"""The channel for everything with an address on the web: one POST a notice, no redirects, ten seconds.

The address lives in the vault and in this module's variables, nowhere else: no error names it, for it may
hold a secret, and neither address nor body is ever logged.
"""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import cast
from urllib.parse import SplitResult, urlsplit

import msgspec

from application.channels.contract import Delivered, Message, Undelivered

LIMIT_S = 10.0
"""Time for connecting, sending and the head of the answer."""

LIMIT = 65_536
"""Bytes read of an answer; what it says beyond its status is not used."""

LATER = frozenset({408, 429})
"""Statuses below 500 that mean: not now."""

Addresses = Callable[[str | None], str | Undelivered]
"""Recipient -> the address at which they are told, or why there is none."""

_FAULTS: tuple[tuple[type[Exception], str], ...] = (
    (TimeoutError, "no answer in time"),
    (ssl.SSLCertVerificationError, "its certificate does not hold"),
    (socket.gaierror, "the name of its host leads nowhere"),
    (ConnectionRefusedError, "connection refused"),
    (ConnectionError, "the connection broke"),
    (http.client.HTTPException, "no HTTP answer"),
    (OSError, "it cannot be reached"),
)
"""In words of ours: those of the libraries may name the host."""


class WebhookChannel:
    """Posts to the recipient's address; a 2xx is a receipt."""

    def __init__(self, addresses: Addresses, limit_s: float = LIMIT_S) -> None:
        self._addresses, self._limit_s = addresses, limit_s

    def deliver(self, message: Message) -> Delivered | Undelivered:
        """Return what the other side made of the message."""
        address = self._addresses(message.recipient)
        if isinstance(address, Undelivered):
            return address
        target = _target(address)
        if isinstance(target, Undelivered):
            return target
        try:
            status = _post(target, message, time.monotonic() + self._limit_s)
        except (OSError, http.client.HTTPException, ValueError) as e:
            return _fault(e)
        return _outcome(status)


def _fault(error: Exception) -> Undelivered:
    # In this order: a certificate that does not hold is a ValueError too.
    known = None if isinstance(error, http.client.InvalidURL) else error
    words = next((words for kind, words in _FAULTS if isinstance(known, kind)), None)
    if words is None:
        return _unusable("a host and a path that can be asked for")
    return Undelivered(error=f"the webhook: {words}")


def _target(address: str) -> SplitResult | Undelivered:
    try:
        target = urlsplit(address)
        named = target.scheme in ("http", "https") and bool(target.hostname) and target.port != 0
    except ValueError:
        return _unusable("a host and a port")
    # Only what can stand in the head of a request as it is: nothing here escapes it.
    plain = address.isascii() and address.isprintable() and " " not in address
    return target if named and plain else _unusable("http://… or https://… in plain ASCII")


def _unusable(expected: str) -> Undelivered:
    return Undelivered(error=f"the webhook: expected {expected}, found something else", permanent=True)


def _post(target: SplitResult, message: Message, deadline: float) -> int:
    """Return the status that the other side answers."""
    connection = _connection(target, _left(deadline))
    try:
        connection.connect()
        connection.sock.settimeout(_left(deadline))
        connection.request("POST", _path(target), msgspec.json.encode(message.content), _headers(message))
        return _status(connection.sock, deadline)
    finally:
        connection.close()


def _connection(target: SplitResult, timeout_s: float) -> http.client.HTTPConnection:
    kind = http.client.HTTPSConnection if target.scheme == "https" else http.client.HTTPConnection
    return kind(target.hostname or "", target.port, timeout=timeout_s)


def _path(target: SplitResult) -> str:
    return (target.path or "/") + (f"?{target.query}" if target.query else "")


def _headers(message: Message) -> Mapping[str, str]:
    return {
        "Content-Type": "application/json",
        "Idempotency-Key": message.key,
        "User-Agent": "tallystick",
        "Connection": "close",
    }


def _status(sock: socket.socket, deadline: float) -> int:
    # The library only asks for `makefile`; ours gives a sender that drips no more time than any other.
    response = http.client.HTTPResponse(cast("socket.socket", _Timed(sock, deadline)), method="POST")
    try:
        response.begin()
        # The status is the answer. The rest is read so that who writes it sees no broken connection.
        with suppress(OSError, http.client.HTTPException):
            response.read(LIMIT)
        return response.status
    finally:
        response.close()


def _outcome(status: int) -> Delivered | Undelivered:
    if 200 <= status < 300:
        return Delivered(proof="accepted")
    permanent = status < 500 and status not in LATER
    moved = "; redirects are not followed" if 300 <= status < 400 else ""
    return Undelivered(error=f"the webhook answered {status}{moved}", permanent=permanent)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Timed(io.RawIOBase):
    """What arrives on a socket until a deadline, however slowly."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock, self._deadline = sock, deadline

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return this as the library reads it."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # the library passes no other
        """Read what has arrived, waiting for it until the deadline."""
        self._sock.settimeout(_left(self._deadline))
        return self._sock.recv_into(buffer)
