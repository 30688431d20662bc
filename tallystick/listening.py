"""The address at which a home is served, taken before anything else is opened."""

from __future__ import annotations

import socket

from ledger.errors import StoreError


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
