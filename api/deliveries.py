"""What monitoring tools sent, read back: the newest messages of a source, and the bytes of one.

A message holds what alerts of any incident say, and may hold keys: it is for those who read the log.
"""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import Annotated

import msgspec
from msgspec import Meta
from starlette.responses import Response

from api.alerts import NoQuery
from api.log import POSITION
from api.problems import ProblemError, refused
from api.queries import decode_query
from api.routes import RAW, Answer, Call, Route, json_response
from api.spooled import SpooledResponse
from application.deliveries import DeliveryView, newest, raw
from application.engine import Engine
from application.spool import Spool


class DeliveriesQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of which source, and how far back."""

    source: Annotated[
        str, Meta(pattern=r"^[a-z0-9-]{1,64}$(?!\n)", description="The source's name, as in its path.")
    ]
    limit: Annotated[int, Meta(ge=1, le=1_000, description="How many of its last facts to look through.")] = (
        20
    )


class DeliveryList(msgspec.Struct, frozen=True, kw_only=True):
    """Messages of a source, newest first."""

    deliveries: tuple[DeliveryView, ...]


async def list_deliveries(call: Call) -> Response:
    """Return the newest messages of a source."""
    query = decode_query(call.request, DeliveriesQuery)
    found = await call.service.read(newest, call.service.engine.store, query.source, query.limit)
    return json_response(DeliveryList(deliveries=found))


async def download(call: Call) -> Response:
    """Return a message as it came, all of it verified before its first byte is sent."""
    decode_query(call.request, NoQuery)
    service = call.service
    with ExitStack() as stack:
        stack.enter_context(service.transfers.one())
        spool = await service.transfers.ask(partial(_opened, service.engine, call.path("position")))
        stack.callback(spool.close)
        return SpooledResponse(spool, service.transfers.ask, stack.pop_all().close)


def _opened(engine: Engine, position: str) -> Spool:
    if not POSITION.fullmatch(position):
        raise _none_there(position)
    spool = raw(engine.store, int(position), engine.vault, engine.blobs, engine.spools)
    if spool is None:
        raise _none_there(position)
    return spool


def _none_there(position: str) -> ProblemError:
    return refused(
        "NOT_FOUND",
        f"delivery {position[:16]}: there is none",
        place="path",
        expected="the position of a delivery in the log",
        found=position[:16],
    )


ROUTES = (
    Route(
        method="GET",
        path="/v1/deliveries",
        handler=list_deliveries,
        name="listDeliveries",
        summary="The newest messages of a source, and what was read of them.",
        tag="signals",
        access="auditor",
        query=DeliveriesQuery,
        answers={200: Answer(text="The messages, newest first.", kind=DeliveryList)},
    ),
    Route(
        method="GET",
        path="/v1/deliveries/{position}",
        handler=download,
        name="downloadDelivery",
        summary="The exact bytes of a message, as a monitoring tool sent it.",
        tag="signals",
        access="auditor",
        query=NoQuery,
        answers={200: Answer(text="The message.", media=RAW)},
        problems=("NOT_FOUND", "TRANSFERS_EXCEEDED", "STORE_FULL"),
        text="Hash, authentication tag and commitment are verified before the first byte is sent.",
    ),
)
