"""One event of Alertmanager's recorder: what it says of alerts, and of silences.

Alertmanager tells a new alert in ``alert_created``; one that fires again while it is remembered, and one
that ends, only in ``alert_grouped``, which comes whenever Prometheus reports the alert. So both are
signals, as ``alert_resolved`` is. Start and shutdown say nothing of either: their delivery is on record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from consumers.alert_list import ZERO_TIME
from consumers.alertmanager_parts import group_text, identity, notified_text, phrase, silence, silence_text
from consumers.payload import DecodeError, Json, an_object, is_text, kind
from consumers.protojson import (
    a_string_map,
    an_object_in,
    an_unsigned,
    camel_case,
    member,
    objects_in,
    within,
)
from consumers.times import a_time
from domain.classified import RemarkKind, SilenceChange, Status
from domain.signal import Rejected, Remark, Signal, Silence

Told = Signal | Remark | Silence | Rejected
"""What may become of a part of an event."""


class Event(Struct, frozen=True, kw_only=True):
    """The ``body`` of an event at ``place``, and when it was recorded, as written."""

    source: str
    at: str
    place: str
    body: Mapping[str, Json]


def told(event: Mapping[str, Json], place: str, source: str, received_at: str) -> tuple[Told, ...]:
    """Return what an event says, in order; raises `DecodeError` if it is none or of a kind not known."""
    name, body, where = _kind(event, place)
    at = _at(event, place, received_at)
    return tuple(_READERS[name](Event(source=source, at=at, place=where, body=body)))


def group_of(event: Json) -> str | None:
    """Return the key of the group in which an event happened, None if it names none."""
    data = event.get("data") if isinstance(event, Mapping) else None
    bodies = data.values() if isinstance(data, Mapping) else ()
    found = (member(body, "group_info") for body in bodies if isinstance(body, Mapping))
    keys = (member(info, "group_key") for info in found if isinstance(info, Mapping))
    return next((key for key in keys if is_text(key)), None)


def _kind(event: Mapping[str, Json], place: str) -> tuple[str, Mapping[str, Json], str]:
    data, where = an_object_in(event, "data", place), within(place, "data")
    known = [name for name in _READERS if member(data, name) is not None]
    if len(known) != 1:
        found = f"{len(known)} of them in an object of {len(data)} members"
        raise DecodeError("event-unknown", where, f"one of {', '.join(map(camel_case, _READERS))}", found)
    return known[0], an_object_in(data, known[0], where), within(where, known[0])


def _at(event: Mapping[str, Json], place: str, received_at: str) -> str:
    name = "@timestamp" if "@timestamp" in event else "timestamp"
    value = event.get(name)
    return received_at if value is None else a_time(value, f"{place}.{name}")


def _created(event: Event) -> Iterator[Told]:
    alert = an_object_in(event.body, "alert", event.place)
    yield _signal(event, alert, within(event.place, "alert"))


def _grouped(event: Event) -> Iterator[Told]:
    alert, place = _grouped_alert(event)
    details = member(alert, "details")
    if details is not None:
        yield _signal(event, an_object(details, within(place, "details")), within(place, "details"))
    yield _remark(event, "grouped", _condition(alert, place), group_text(event.body))


def _resolved(event: Event) -> Iterator[Told]:
    alert, place = _grouped_alert(event)
    # What the event is about is the end, whatever the alert was by the time it was written.
    yield _signal(event, an_object_in(alert, "details", place), within(place, "details"), ended=True)


def _notified(event: Event) -> Iterator[Told]:
    for item, place in objects_in(event.body, "alerts", event.place):
        try:
            alert = an_object(item, place)
            yield _remark(event, "notified", _condition(alert, place), notified_text(event.body, alert))
        except DecodeError as error:
            yield error.rejected


def _silenced(event: Event) -> Iterator[Told]:
    text = silence_text(member(event.body, "silence"))
    yield _remark(event, "silenced", _muted(event), text)


def _inhibited(event: Event) -> Iterator[Told]:
    name = "inhibiting_fingerprints"
    sources = [
        f"{an_unsigned(item, place):016x}" for item, place in objects_in(event.body, name, event.place)
    ]
    rules = (item for item, _ in objects_in(event.body, "inhibit_rules", event.place))
    names = [rule.get("name") for rule in rules if isinstance(rule, Mapping)]
    text = phrase(", ".join(sources), *(f"rule {name}" for name in names if is_text(name) and name))
    yield _remark(event, "inhibited", _muted(event), text)


def _reported(change: SilenceChange) -> Callable[[Event], Iterator[Told]]:
    def reported(event: Event) -> Iterator[Told]:
        found = an_object_in(event.body, "silence", event.place)
        yield silence(found, within(event.place, "silence"), event.at, change)

    return reported


def _nothing(_event: Event) -> Iterator[Told]:
    yield from ()


_READERS: Mapping[str, Callable[[Event], Iterator[Told]]] = {
    "alert_created": _created,
    "alert_resolved": _resolved,
    "alert_grouped": _grouped,
    "notification": _notified,
    "silence_created": _reported("created"),
    "silence_updated": _reported("updated"),
    "silence_muted_alert": _silenced,
    "inhibition_muted_alert": _inhibited,
    "alertmanager_startup_event": _nothing,
    "alertmanager_shutdown_event": _nothing,
}


def _signal(event: Event, alert: Mapping[str, Json], place: str, *, ended: bool = False) -> Signal:
    labels, fingerprint, basis = identity(alert, place)
    if not labels:
        raise DecodeError("wrong-shape", within(place, "labels"), "at least one label", "none")
    status: Status = "resolved" if ended else _status(alert, place)
    return Signal(
        source=event.source,
        fingerprint=fingerprint,
        fingerprint_from=basis,
        status=status,
        starts_at=a_time(member(alert, "starts_at"), within(place, "starts_at")),
        ends_at=_end(alert, status, place),
        labels=labels,
        annotations=_annotations(alert),
        # The group is not known when an alert is created, and alerts of one condition that differ in it
        # would open two incidents.
        group="",
    )


def _status(alert: Mapping[str, Json], place: str) -> Status:
    resolved = member(alert, "resolved")
    if resolved is None or isinstance(resolved, bool):
        return "resolved" if resolved else "firing"
    raise DecodeError("status-unknown", within(place, "resolved"), "true or false", kind(resolved))


def _end(alert: Mapping[str, Json], status: Status, place: str) -> str | None:
    """Return when the episode ended; while it fires the member only says when it would time out."""
    value = member(alert, "ends_at")
    if status == "firing" or value in (None, ZERO_TIME):
        return None
    return a_time(value, within(place, "ends_at"))


def _annotations(alert: Mapping[str, Json]) -> tuple[tuple[str, str], ...]:
    """Return the texts if all are texts: nothing is identified by them, so nothing is refused."""
    try:
        return a_string_map(member(alert, "annotations"), "")
    except DecodeError:
        return ()


def _grouped_alert(event: Event) -> tuple[Mapping[str, Json], str]:
    return an_object_in(event.body, "alert", event.place), within(event.place, "alert")


def _condition(alert: Mapping[str, Json], place: str) -> str:
    """Return the fingerprint of a grouped alert, with or without its details.

    The ``hash`` of the first schema is another one, and says nothing here.
    """
    details, where = member(alert, "details"), within(place, "details")
    if details is not None:
        return identity(an_object(details, where), where)[1]
    if member(alert, "fingerprint") is None:
        raise DecodeError("wrong-shape", where, "an object, or a fingerprint beside", "nothing")
    return identity(alert, place)[1]


def _muted(event: Event) -> str:
    place = within(event.place, "muted_alert")
    return identity(an_object_in(event.body, "muted_alert", event.place), place)[1]


def _remark(event: Event, what: RemarkKind, fingerprint: str, text: str | None) -> Remark:
    return Remark(source=event.source, fingerprint=fingerprint, kind=what, at=event.at, text=text)
