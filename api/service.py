"""What every handler works with: the ledger, who may ask, how much, and the threads that read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import ParamSpec, TypeVar

import msgspec
from starlette.requests import Request

from api.directory import Directory
from api.limits import Limits
from api.metrics import Meters
from api.onetime import Secrets
from api.rates import Rates
from api.readers import Readers
from api.transfers import Transfers
from application.engine import Engine
from application.incident_board import BoardReader
from application.intake import Receive
from application.names import NameBook
from application.tokens import Tokens

P = ParamSpec("P")
T = TypeVar("T")


class Service(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """One running service; ``following`` holds something for each reader of the stream."""

    engine: Engine
    tokens: Tokens
    sources: Mapping[str, Receive]
    version: str
    limits: Limits
    sessions: Secrets
    tickets: Secrets
    rates: Rates
    directory: Directory
    names: NameBook
    boards: BoardReader
    meters: Meters
    readers: Readers
    transfers: Transfers
    following: set[object]

    async def read(self, question: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what ``question`` returns, asked on a thread that may wait for the disk."""
        return await self.readers.ask(partial(question, *args, **kwargs))


def service_of(request: Request) -> Service:
    """Return the service that a request came to."""
    service: Service = request.app.state.service
    return service
