"""What a message means whose format does not say so: the interpreter of `domain.mapping`.

One unusable alert does not cost the others. The condition's key is a SHA-256, for only the operator knows
whether the fields that make it hold personal text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import sha256

from consumers.alertmanager import sort_pairs
from consumers.fields import Item, given, items, moment, needed, place_of, texts
from consumers.message import Message
from consumers.payload import DecodeError, kind
from consumers.signature import believed, hmac_sha256
from domain.classified import SignatureVerdict
from domain.mapping import Mapping, SignedBy
from domain.signal import Delivery, Pairs, Rejected, Remark, Signal

Told = Signal | Remark | Rejected


def read(whole: Item, mapping: Mapping, source: str) -> tuple[Told, ...]:
    """Return what each alert of a message says; raises `DecodeError` if none are where they belong."""
    found = (_tried(item, mapping, source) for item in items(whole, mapping.each))
    return tuple(told for told in found if told is not None)


def gathered(
    source: str, version: str, told: Iterable[Told], signature: SignatureVerdict | None = None
) -> Delivery:
    """Return the delivery of what was told; its group is that of all its signals, if they have one."""
    everything = tuple(told)
    signals = tuple(item for item in everything if isinstance(item, Signal))
    groups = {signal.group for signal in signals}
    return Delivery(
        source=source,
        format=version,
        signals=signals,
        remarks=tuple(item for item in everything if isinstance(item, Remark)),
        rejected=tuple(item for item in everything if isinstance(item, Rejected)),
        group=next(iter(groups)) or None if len(groups) == 1 else None,
        signature=signature,
    )


def verdict(message: Message, signed: SignedBy) -> SignatureVerdict | None:
    """Return what the signature of a body came to, None where none is due.

    Raises `DecodeError` where it is not believed.
    """
    header = message.headers.get(signed.header)
    if header is None and message.secret is None:
        return None
    # A header may hold anything; what is not ASCII is no hexadecimal number either.
    text = None if header is None else header.strip().encode("ascii", "replace").decode()
    if text is not None and not text.startswith(signed.prefix):
        return believed("invalid" if message.secret else "unchecked", message.secret)
    bare = None if text is None else text.removeprefix(signed.prefix)
    return believed(hmac_sha256(message.secret, message.body, bare), message.secret)


def _tried(item: Item, mapping: Mapping, source: str) -> Told | None:
    try:
        return _told(item, mapping, source)
    except DecodeError as error:
        return error.rejected


def _told(item: Item, mapping: Mapping, source: str) -> Signal | Remark | None:
    states = mapping.state
    word = needed(item, states.field)
    if word in states.ignore:
        return None
    if word in states.remark:
        return _remark(item, mapping, source, word)
    if word not in states.firing and word not in states.resolved:
        place = place_of(item, states.field)
        raise DecodeError("status-unknown", place, "a word of the mapping's state", kind(word))
    return _signal(item, mapping, source, ended=word in states.resolved)


def _remark(item: Item, mapping: Mapping, source: str, word: str) -> Remark:
    said = dict(_annotations(item, mapping))
    return Remark(
        source=source,
        fingerprint=_fingerprint(item, mapping),
        kind=mapping.state.remark[word],
        at=_made_at(item, mapping) or item.received_at,
        text=said.get("summary") or said.get("description"),
    )


def _signal(item: Item, mapping: Mapping, source: str, *, ended: bool) -> Signal:
    starts_at, made_at = moment(item, mapping.starts_at), _made_at(item, mapping)
    return Signal(
        source=source,
        fingerprint=_fingerprint(item, mapping),
        fingerprint_from="sender" if len(mapping.condition) == 1 else "labels",
        status="resolved" if ended else "firing",
        starts_at=starts_at or made_at or item.received_at,
        ends_at=(moment(item, mapping.ends_at) or made_at) if ended else None,
        labels=_labels(item, mapping),
        annotations=_annotations(item, mapping),
        generator_url=given(item, mapping.link) if mapping.link else None,
        group=(given(item, mapping.group) or "") if mapping.group else "",
        episode_from="sender" if starts_at else "state",
    )


def _fingerprint(item: Item, mapping: Mapping) -> str:
    """Return the SHA-256 of the condition's fields as a JSON array: no two lists of them have one hash."""
    parts = [needed(item, path) for path in mapping.condition]
    return sha256(json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def _made_at(item: Item, mapping: Mapping) -> str | None:
    return moment(item, mapping.at) or item.made_at


def _labels(item: Item, mapping: Mapping) -> Pairs:
    return _pairs(item, mapping.labels_of, mapping.labels, mapping.fixed)


def _annotations(item: Item, mapping: Mapping) -> Pairs:
    return _pairs(item, mapping.annotations_of, mapping.annotations, {})


def _pairs(item: Item, objects: Iterable[str], paths: dict[str, str], fixed: dict[str, str]) -> Pairs:
    found = {name: text for name, text in fixed.items() if text}
    for path in reversed(tuple(objects)):
        found |= texts(item, path)
    named = ((name, given(item, path)) for name, path in paths.items())
    return sort_pairs((found | {name: text for name, text in named if text}).items())
