"""An HTTP server on loopback that people are told by: it answers as a test says and keeps what it got."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Got = tuple[str, dict[str, str], Any]
"""Path, headers in lower case, and the JSON of a request."""


class Hook:
    """What the server got, and the statuses it answers with, one after the other, the last for ever."""

    def __init__(self, *statuses: int, drip_s: float = 0.0) -> None:
        self.statuses, self.drip_s = list(statuses or (200,)), drip_s
        self.got: list[Got] = []
        self.url = ""
        self.released = threading.Event()
        self.released.set()
        self._guard = threading.Lock()

    @property
    def keys(self) -> list[str]:
        """The idempotency keys, in order."""
        return [headers["idempotency-key"] for _, headers, _ in self.got]

    def take(self, got: Got) -> int:
        with self._guard:
            self.got.append(got)
            return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]


@contextmanager
def hooked(*statuses: int, drip_s: float = 0.0) -> Iterator[Hook]:
    """Serve until the end of the block; ``drip_s`` is the pause after each byte of the answer's head."""
    hook = Hook(*statuses, drip_s=drip_s)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(hook))
    server.daemon_threads = True
    server.block_on_close = False
    hook.url = f"http://127.0.0.1:{server.server_address[1]}/hooks/secret-path?token=tok-secret"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield hook
    finally:
        hook.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(hook: Hook) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status = hook.take((self.path, headers, body))
            hook.released.wait(30)
            # Whoever asked may have gone: that is what some tests are about.
            with suppress(OSError):
                self._answer(status)

        def _answer(self, status: int) -> None:
            answer = f"HTTP/1.0 {status} x\r\nLocation: {hook.url}\r\nContent-Length: 0\r\n\r\n".encode()
            if not hook.drip_s:
                self.wfile.write(answer)
                return
            for byte in answer:
                self.wfile.write(bytes((byte,)))
                time.sleep(hook.drip_s)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
