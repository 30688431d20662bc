"""uvicorn as we run it: in this process, with uvloop and httptools, stopped gracefully."""

from __future__ import annotations

import socket
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

STOPPING_WITHIN_S = 10
"""How long requests that are under way may take to end; what is left then is cut off."""


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
