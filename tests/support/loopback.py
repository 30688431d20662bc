"""No test talks to the outside world: Python's sockets reach loopback addresses and nothing else.

A plugin of pytest. It listens to the interpreter's audit events, which `socket` raises in C, so a library
that keeps its own reference to a function is caught too. Event loops in C (uvloop) and child processes
are not.
"""

from __future__ import annotations

import ipaddress
import socket
import sys

_CONNECTING = {"socket.connect", "socket.sendto", "socket.sendmsg"}
_RESOLVING = {"socket.getaddrinfo", "socket.gethostbyname"}


class OutsideWorldError(RuntimeError):
    """A test tried to leave this machine. No `OSError`: code that expects those must not swallow it."""


def is_loopback(host: object) -> bool:
    """Return whether ``host`` can only be this machine."""
    if not isinstance(host, str):
        return host is None
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in {"", "localhost"}


def _is_address(host: object) -> bool:
    try:
        ipaddress.ip_address(host if isinstance(host, str) else "")
    except ValueError:
        return False
    return True


def watch(event: str, args: tuple[object, ...]) -> None:
    """Raise `OutsideWorldError` when an audit event of `socket` concerns another machine."""
    if not event.startswith("socket."):
        return
    if event in _CONNECTING:
        end, address = args[0], args[1]
        internet = isinstance(end, socket.socket) and end.family in {socket.AF_INET, socket.AF_INET6}
        if internet and isinstance(address, tuple) and not is_loopback(address[0]):
            raise OutsideWorldError(f"{event}: expected a loopback address, found {address[0]}")
    # An address needs no resolver: only names are asked for.
    elif event in _RESOLVING and not (is_loopback(args[0]) or _is_address(args[0])):
        raise OutsideWorldError(f"{event}: expected localhost or an address, found {args[0]!r}")


sys.addaudithook(watch)
