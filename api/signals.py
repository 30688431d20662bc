"""Deliveries of monitoring tools: recorded first, whatever they say, then answered (design section 8).

200 when something of it could be read, 422 with a receipt when nothing could. 5xx only when nothing
was recorded, because Alertmanager sends again after 5xx and gives up after 4xx.
"""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from api.auth import SOURCE_KEY
from api.bodies import read_bytes
from api.problems import ProblemError, Violation, refused
from api.receipts import ReceiptEntry, entries
from api.routes import Answer, Body, Call, Handler, Route, json_response
from api.service import Service
from api.signal_messages import SourceRow
from api.signal_sources import CONFIGURED, ROWS
from application.intake import Intake, Receive
from application.reading import recorded
from application.steps import run_async
from domain.source_facts import SignalRejected
from domain.streams import is_source
from ledger.errors import QueueFull

SOURCE = "source"
"""The parameter of the path that names a source of the home's own."""


class DeliveryReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a delivery: how many of its alerts were new, known, unreadable or left out upstream.

    `entries` are those of the delivery itself; what follows from it is behind `positions`.
    """

    delivery: str
    received: int
    duplicates: int
    remarks: int
    rejected: int
    truncated: int
    incidents: tuple[str, ...]
    positions: tuple[int, ...]
    entries: tuple[ReceiptEntry, ...]


def receiving(source: str | None) -> Handler:
    """Return the handler of one source, or of the one that the path names.

    What it takes in is decided by the service's use case for it.
    """

    async def handle(call: Call) -> Response:
        receive = _receive(call, source)
        body = await read_bytes(call.request, call.service.limits.body_seconds)
        steps = receive(call.service.engine, body, dict(call.request.headers), call.principal)
        try:
            intake = await run_async(steps)
        except QueueFull as error:
            raise refused("INTAKE_BUSY", str(error)) from error
        read = intake.received + intake.duplicates + intake.remarks + intake.silences
        if intake.rejected and not read:
            raise _rejected(intake)
        return json_response(receipt(intake, await call.service.read(_open, call.service, intake.incidents)))

    return handle


def receipt(intake: Intake, incidents: tuple[str, ...] = ()) -> DeliveryReceipt:
    """Return what the sender is told; ``incidents`` are those that got facts and are open to all."""
    rows = intake.receipt.rows
    return DeliveryReceipt(
        delivery=intake.delivery_id,
        received=intake.received,
        duplicates=intake.duplicates,
        remarks=intake.remarks,
        rejected=intake.rejected,
        truncated=intake.truncated,
        incidents=incidents,
        positions=tuple(row.position for row in rows),
        # What the sender delivered, and no more: the other entries concern incidents it may not read.
        entries=entries([row for row in rows if is_source(row.stream)]),
    )


def _receive(call: Call, source: str | None) -> Receive:
    name = call.path(SOURCE) if source is None else source
    receive = call.service.sources.get(name)
    if receive is None:
        expected = "a source that config/sources.yaml has"
        raise refused(
            "NOT_FOUND", f"source {name}: there is none", place="path", expected=expected, found=name
        )
    return receive


def _open(service: Service, streams: tuple[str, ...]) -> tuple[str, ...]:
    """Return the incidents that everybody may see: a monitoring tool has no business with restricted ones."""
    known = (service.directory.look_up(stream) for stream in streams)
    return tuple(item.stream for item in known if item is not None and item.visibility == "open")


def rejections(intake: Intake) -> tuple[Violation, ...]:
    """Return what of a delivery could not be read; what was found is told by its reason, not shown."""
    facts = (recorded(row).fact for row in intake.receipt.rows)
    return tuple(
        Violation(pointer=fact.place, expected=fact.expected, found=fact.reason_code)
        for fact in facts
        if isinstance(fact, SignalRejected)
    )


def _rejected(intake: Intake) -> ProblemError:
    errors = rejections(intake)
    first = errors[0]
    return refused(
        "DELIVERY_REJECTED",
        f"{first.pointer}: expected {first.expected}; the delivery is recorded as rejected",
        place=first.pointer,
        expected=first.expected,
        found=first.found,
        errors=errors,
        receipt=msgspec.Raw(msgspec.json.encode(receipt(intake))),
    )


def _route(row: SourceRow, *, keyed: bool) -> Route:
    return _described(row, row.name, receiving(row.name), _camel(row.name), keyed=keyed)


def _configured(*, keyed: bool) -> Route:
    """Return the route of all sources that a home adds to those built in, whose routes come before it."""
    route = _described(CONFIGURED, f"{{{SOURCE}}}", receiving(None), "Configured", keyed=keyed)
    return msgspec.structs.replace(route, problems=("NOT_FOUND", *route.problems))


def _described(row: SourceRow, segment: str, handler: Handler, name: str, *, keyed: bool) -> Route:
    suffix = f"/{{{SOURCE_KEY}}}" if keyed else ""
    how = (
        "with the key in the address, for senders that cannot send a token"
        if keyed
        else "with a bearer token"
    )
    return Route(
        method="POST",
        path=f"/v1/signals/{segment}{suffix}",
        handler=handler,
        name=f"receive{name}{'ByKey' if keyed else ''}",
        summary=f"A delivery of {row.title}, {how}.",
        tag="signals",
        access="ingest",
        answers={200: Answer(text="Recorded; at least one alert could be read.", kind=DeliveryReceipt)},
        body=Body(kinds=(row.kind,), examples=row.examples, media=row.media),
        problems=("DELIVERY_REJECTED", "INTAKE_BUSY", "READ_ONLY", "STORE_FULL"),
    )


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("-"))


ROUTES = (
    *(_route(row, keyed=keyed) for row in ROWS for keyed in (False, True)),
    *(_configured(keyed=keyed) for keyed in (False, True)),
)
