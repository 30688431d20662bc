"""A message that is a list of alerts, as Alertmanager sends it and Grafana after its model.

What identifies an alert is checked; one unusable alert does not cost the others: it is in ``rejected``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from consumers.payload import DecodeError, Json, NumberText, a_text, an_array, an_object, is_text, kind
from consumers.times import checked
from domain.classified import SignatureVerdict, Status
from domain.signal import Delivery, Rejected, Signal

ZERO_TIME = "0001-01-01T00:00:00Z"
"""How Go writes "no time"."""

_MAX_TRUNCATED = 2**53 - 1

ReadAlert = Callable[[Mapping[str, Json], str, str], Signal]
"""Makes a signal of an alert, its place and its group; raises `DecodeError`."""


def delivery(
    message: Mapping[str, Json],
    source: str,
    version: str,
    read: ReadAlert,
    signature: SignatureVerdict | None = None,
) -> Delivery:
    """Return what ``read`` makes of each alert; raises `DecodeError` if there is no list of alerts."""
    alerts = an_array(message.get("alerts"), "alerts")
    truncated, group = _truncated(message), _group(message)
    results = [_tried(item, f"alerts[{i}]", group or "", read) for i, item in enumerate(alerts)]
    return Delivery(
        source=source,
        format=version,
        signals=tuple(item for item in results if isinstance(item, Signal)),
        rejected=tuple(item for item in (truncated, *results) if isinstance(item, Rejected)),
        truncated=truncated if isinstance(truncated, int) else 0,
        group=group,
        signature=signature,
    )


def labels_of(alert: Mapping[str, Json], place: str) -> dict[str, str]:
    """Return an alert's labels, at least one; raises `DecodeError`."""
    where = f"{place}.labels"
    labels = an_object(alert.get("labels"), where)
    if not labels:
        raise DecodeError("wrong-shape", where, "at least one label", "none")
    # By number, not by name: a place is stated in clear, and a name is the sender's text.
    return {name: a_text(labels[name], f"{where}[{i}]") for i, name in enumerate(labels)}


def status_of(alert: Mapping[str, Json], place: str) -> Status:
    """Return an alert's own state; raises `DecodeError`."""
    match alert.get("status"):
        case "firing":
            return "firing"
        case "resolved":
            return "resolved"
        case other:
            raise DecodeError("status-unknown", f"{place}.status", "firing or resolved", kind(other))


def start_of(alert: Mapping[str, Json], place: str) -> str:
    """Return when the episode began, as written; raises `DecodeError`."""
    return _time(alert, "startsAt", place)


def end_of(alert: Mapping[str, Json], status: Status, place: str) -> str | None:
    """Return when the episode ended; while it fires the field only says when it would time out.

    Raises `DecodeError`.
    """
    if status == "firing" or alert.get("endsAt") in (None, "", ZERO_TIME):
        return None
    return _time(alert, "endsAt", place)


def _tried(item: Json, place: str, group: str, read: ReadAlert) -> Signal | Rejected:
    try:
        return read(an_object(item, place), place, group)
    except DecodeError as error:
        return error.rejected


def _time(alert: Mapping[str, Json], field: str, place: str) -> str:
    return checked(a_text(alert.get(field), f"{place}.{field}"), f"{place}.{field}")


def _group(message: Mapping[str, Json]) -> str | None:
    group = message.get("groupKey")
    return group if is_text(group) else None


def _truncated(message: Mapping[str, Json]) -> int | Rejected:
    """Return how many alerts the sender left out, or that its number makes no sense."""
    value = message.get("truncatedAlerts")
    if value is None:
        return 0
    if (
        isinstance(value, NumberText)
        and value.isdecimal()
        and len(value) <= 16
        and int(value) <= _MAX_TRUNCATED
    ):
        return int(value)
    return DecodeError("wrong-shape", "truncatedAlerts", "a whole number", kind(value)).rejected
