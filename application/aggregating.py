"""Messages of a storm, told together: one fact and one encrypted blob for all that came in a second.

Each message is still committed to on its own: the blob has a disclosure of each, and the facts have the
Merkle roots over the commitments. So one can be shown, and proven to be among them, without the others.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby

from msgspec import Struct, to_builtins

from application.arriving import Arriving
from domain.alert import Alert, repeated
from domain.own_commands import AggregateDeliveries
from domain.prose import prose
from domain.signal import Delivery, Origin, RecordRange, Signal
from ledger import canonical
from ledger.canonical import Json
from ledger.disclosure import SALT_SIZE, Disclosure, commit, encode_disclosure, parse_disclosure
from ledger.merkle import extend, frontier_root, leaf_hash


class Report(Struct, frozen=True):
    """A signal in a message of which ``leaf`` is the leaf hash, and when that message was received."""

    signal: Signal
    leaf: bytes
    at: str


class Aggregated(Struct, frozen=True):
    """Messages of one source: the command to note that they came, and what they report, in order."""

    command: AggregateDeliveries
    reports: tuple[Report, ...]


class Tree:
    """A Merkle tree that grows (RFC 6962), of which nothing is kept but what its root needs."""

    def __init__(self) -> None:
        self.size = 0
        self._frontier: tuple[bytes, ...] = ()

    def add(self, leaf: bytes) -> None:
        """Add a leaf hash."""
        self._frontier = extend(self._frontier, self.size, leaf)
        self.size += 1

    @property
    def root(self) -> str:
        """The root, hexadecimal."""
        return frontier_root(self._frontier).hex()


def only_repeats(delivery: Delivery, state_of: Callable[[Signal], Alert]) -> bool:
    """Return whether a delivery says nothing but what is known of its alerts already.

    Where anything else is in it, it is noted by itself: what was unusable or left out has to be found again
    by the delivery, and a signature's verdict, or what was masked, is told of one message.
    """
    odd = delivery.rejected or delivery.truncated or delivery.remarks or delivery.changes or delivery.silences
    if odd or delivery.signature is not None or delivery.kept is not None or not delivery.signals:
        return False
    return all(repeated(state_of(signal), signal) is not None for signal in delivery.signals)


def aggregated(items: Iterable[Arriving], new_id: Callable[[], str]) -> tuple[Aggregated, ...]:
    """Return messages put together, those of one source and format in their order."""
    told = sorted(items, key=_kind)
    return tuple(_of_one_kind(tuple(group), new_id()) for _, group in groupby(told, key=_kind))


def messages(content: bytes, place: str) -> Iterator[Disclosure]:
    """Yield the messages that were told together, in order; ``content`` is what ``raw`` of the fact means."""
    for number, line in enumerate(content.splitlines(), start=1):
        yield parse_disclosure(line, f"{place}, line {number}")


def root_of(commitments: Iterable[str]) -> str:
    """Return the Merkle root over commitments, as the facts of a storm have it."""
    tree = Tree()
    for c in commitments:
        tree.add(leaf_hash(bytes.fromhex(c)))
    return tree.root


def _kind(item: Arriving) -> tuple[str, str]:
    return item.delivery.source, item.delivery.format


def _of_one_kind(items: Sequence[Arriving], delivery_id: str) -> Aggregated:
    tree, lines, reports = Tree(), list[bytes](), list[Report]()
    for item in items:
        disclosure = _disclosure(item)
        leaf = leaf_hash(bytes.fromhex(disclosure.c))
        tree.add(leaf)
        lines.append(encode_disclosure(disclosure))
        reports += (Report(signal, leaf, _at(item)) for signal in item.delivery.signals)
    delivery = items[0].delivery
    command = AggregateDeliveries(
        delivery_id=delivery_id,
        source=delivery.source,
        format=delivery.format,
        raw=prose(b"".join(line + b"\n" for line in lines)),
        root=tree.root,
        count=len(items),
        alerts=len(reports),
        first_at=_at(items[0]),
        last_at=_at(items[-1]),
        records=_ranges(items),
    )
    return Aggregated(command, tuple(reports))


def _disclosure(item: Arriving) -> Disclosure:
    value: dict[str, Json] = {
        "headers": [[name, text] for name, text in sorted(item.headers.items())],
        "received_at": _at(item),
        **_body(item.kept),
    }
    if item.origin is not None:
        value["origin"] = to_builtins(item.origin)
    salt = os.urandom(SALT_SIZE)
    return Disclosure(commit(salt, canonical.encode(value)), salt, value)


def _body(body: bytes) -> dict[str, Json]:
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(body).decode()}


def _at(item: Arriving) -> str:
    if item.received_at is None:
        raise ValueError("a message that is told with others: expected when it was received, found nothing")
    return item.received_at


def _ranges(items: Sequence[Arriving]) -> tuple[RecordRange, ...]:
    parts: dict[tuple[str, str, int], list[Origin]] = {}
    for item in items:
        if (origin := item.origin) is not None:
            parts.setdefault((origin.cluster, origin.topic, origin.partition), []).append(origin)
    return tuple(
        RecordRange(
            cluster=cluster,
            topic=topic,
            partition=partition,
            first_offset=min(it.offset for it in found),
            last_offset=max(it.offset for it in found),
            count=len(found),
        )
        for (cluster, topic, partition), found in sorted(parts.items())
    )
