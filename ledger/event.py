"""Events: one recorded fact as a CloudEvents 1.0 object in canonical JSON (design section 3, R-EVT-01).

The attribute set is closed and every attribute has one form, checked when written as when read, so that no
event can enter a log that a verifier would refuse. ``data`` is plain JSON here; its meaning is the domain's.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

import msgspec

from ledger import canonical
from ledger.canonical import Json
from ledger.checkpoint import check_origin
from ledger.errors import IntegrityError
from ledger.strict import shown

TIME_FORMAT: Final = "%Y-%m-%dT%H:%M:%S.%fZ"
MAX_VERSION: Final = 2**31 - 1  # a CloudEvents Integer has 32 bits

_CONSTANT: Final = {"specversion": "1.0", "datacontenttype": "application/json"}
_REQUIRED: Final = (
    frozenset(
        (
            "id",
            "source",
            "type",
            "subject",
            "streamversion",
            "prevhash",
            "time",
            "recordedtime",
            "authtype",
            "authid",
            "data",
        )
    )
    | _CONSTANT.keys()
)
_OPTIONAL: Final = frozenset({"authroles", "correlationid", "causationid"})

_STREAM = re.compile("[a-z0-9-]+")
_UUID7 = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_TIME = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9][.][0-9]{6}Z")
_FORMS: Final = {
    **{name: re.compile(re.escape(value)) for name, value in _CONSTANT.items()},
    "id": _UUID7,
    "type": re.compile("[a-z][a-z0-9-]*(?:[.][a-z][a-z0-9-]*)*[.]v[1-9][0-9]{0,3}"),
    "subject": _STREAM,
    "prevhash": re.compile("[0-9a-f]{64}"),
    "time": _TIME,
    "recordedtime": _TIME,
    "authtype": re.compile("user|api_key|service_account|system"),
    "authid": re.compile("p-[a-z0-9-]+"),
    "authroles": re.compile("[a-z0-9_-]+(?:,[a-z0-9_-]+)*"),
    "correlationid": _STREAM,
    "causationid": _UUID7,
}


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One fact with its place in its stream. Times are text in `TIME_FORMAT`; ``prevhash`` is hexadecimal."""

    id: str
    source: str
    type: str
    subject: str
    streamversion: int
    prevhash: str
    time: str
    recordedtime: str
    authtype: str
    authid: str
    data: dict[str, Json]
    authroles: tuple[str, ...] = ()
    correlationid: str | None = None
    causationid: str | None = None


def encode_event(event: Event) -> bytes:
    """Return the event's one spelling, or raise `IntegrityError` when an attribute is not in its form."""
    attributes: dict[str, object] = {
        **_CONSTANT,
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "subject": event.subject,
        "streamversion": event.streamversion,
        "prevhash": event.prevhash,
        "time": event.time,
        "recordedtime": event.recordedtime,
        "authtype": event.authtype,
        "authid": event.authid,
        "data": event.data,
    }
    if event.authroles:
        attributes["authroles"] = _join_roles(event.authroles)
    if event.correlationid is not None:
        attributes["correlationid"] = event.correlationid
    if event.causationid is not None:
        attributes["causationid"] = event.causationid
    _check(attributes, "event")
    return canonical.encode(attributes, "event")


def parse_event(payload: bytes, place: str) -> Event:
    """Return the event that ``payload`` is the one spelling of, or raise `IntegrityError`."""
    attributes = canonical.decode(payload, place)
    if not isinstance(attributes, dict):
        raise IntegrityError(place, "an object", shown(attributes))
    _check(attributes, place)
    # Any, because every member was checked just above.
    fields: dict[str, Any] = attributes
    for name in _CONSTANT:
        del fields[name]
    if "authroles" in fields:
        fields["authroles"] = tuple(fields["authroles"].split(","))
    return Event(**fields)


def genesis(origin: str, subject: str) -> str:
    """Return the ``prevhash`` of a stream's first event: it binds the stream to its ledger and its name."""
    return hashlib.sha256(f"tallystick/genesis/v1\n{origin}\n{subject}\n".encode()).hexdigest()


def check_stream(name: str, place: str) -> None:
    """Return when ``name`` can be the name of a stream; raise `IntegrityError` otherwise."""
    if _STREAM.fullmatch(name) is None:
        raise IntegrityError(place, _STREAM.pattern, shown(name))


def format_time(moment: datetime) -> str:
    """Return an aware moment in the one form of `TIME_FORMAT`: UTC, microseconds."""
    if moment.tzinfo is None:
        raise ValueError(f"time: expected one with a zone, found {moment.isoformat()}")
    return moment.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def _join_roles(roles: Sequence[str]) -> str:
    # A comma inside a role would come back as two roles.
    if any("," in role for role in roles):
        raise IntegrityError("event.authroles", "roles without commas", shown(roles))
    return ",".join(roles)


def _check(attributes: Mapping[str, object], place: str) -> None:
    if not _holds(attributes):
        _explain(attributes, place)


def _holds(attributes: Mapping[str, Any]) -> bool:
    """Return whether every attribute is in its form: `_explain` without places, several times as fast."""
    known = _forms_of(tuple(attributes))
    if known is None or type(attributes["data"]) is not dict or type(attributes["streamversion"]) is not int:
        return False
    names, forms = known
    values = [attributes[name] for name in names]
    # No form lets a line feed through, so each value meets its own.
    return (
        set(map(type, values)) == {str}
        and forms.fullmatch("\n".join(values)) is not None
        and 1 <= attributes["streamversion"] <= MAX_VERSION
        and _is_day(attributes["time"][:10])
        and _is_day(attributes["recordedtime"][:10])
        and type(attributes["source"]) is str
        and _is_source(attributes["source"])
        and _are_roles(attributes.get("authroles", ""))
    )


@lru_cache(maxsize=64)
def _forms_of(attributes: tuple[str, ...]) -> tuple[list[str], re.Pattern[str]] | None:
    """Return the attributes that have a form, and the forms one after the other; None for a wrong set."""
    if not _REQUIRED <= set(attributes) <= _REQUIRED | _OPTIONAL:
        return None
    names = [name for name in attributes if name in _FORMS]
    return names, re.compile("\n".join(f"(?:{_FORMS[name].pattern})" for name in names))


# Days, sources and roles repeat from entry to entry.
@lru_cache(maxsize=256)
def _is_day(date: str) -> bool:
    return _passes(_check_calendar, f"{date}T00:00:00Z")


@lru_cache(maxsize=256)
def _is_source(source: str) -> bool:
    return _passes(_check_source, source)


@lru_cache(maxsize=256)
def _are_roles(roles: str) -> bool:
    return _passes(_check_roles, roles)


def _passes(check: Callable[[str, str], None], value: str) -> bool:
    try:
        check(value, "")
    except IntegrityError:
        return False
    return True


def _explain(attributes: Mapping[str, object], place: str) -> None:
    """Raise `IntegrityError` for the first attribute that is not in its form."""
    names = attributes.keys()
    if missing := _REQUIRED - names:
        raise IntegrityError(place, f"the attributes {', '.join(sorted(missing))}", "none")
    if unknown := names - _REQUIRED - _OPTIONAL:
        raise IntegrityError(place, "no other attributes", shown(min(unknown)))
    for name, value in _CONSTANT.items():
        if attributes[name] != value:
            raise IntegrityError(f"{place}.{name}", value, shown(attributes[name]))
    for name in _FORMS.keys() & names - _CONSTANT.keys():
        _check_form(name, attributes[name], place)
    _check_source(attributes["source"], f"{place}.source")
    _check_version(attributes["streamversion"], f"{place}.streamversion")
    _check_roles(attributes.get("authroles"), f"{place}.authroles")
    if type(attributes["data"]) is not dict:
        raise IntegrityError(f"{place}.data", "an object", shown(attributes["data"]))


def _check_form(name: str, value: object, place: str) -> None:
    form = _FORMS[name]
    if not isinstance(value, str) or form.fullmatch(value) is None:
        raise IntegrityError(f"{place}.{name}", form.pattern, shown(value))
    if form is _TIME:
        _check_calendar(value, f"{place}.{name}")


def _check_calendar(value: str, place: str) -> None:
    try:
        datetime.fromisoformat(value)
    except ValueError as error:
        raise IntegrityError(place, "a day of the calendar", shown(value)) from error


def _check_source(value: object, place: str) -> None:
    if not isinstance(value, str) or not value.startswith("//"):
        raise IntegrityError(place, "// and the log's origin", shown(value))
    check_origin(value[2:], place)


def _check_version(value: object, place: str) -> None:
    if type(value) is not int or not 1 <= value <= MAX_VERSION:
        raise IntegrityError(place, f"an integer from 1 to {MAX_VERSION}", shown(value))


def _check_roles(value: object, place: str) -> None:
    if isinstance(value, str) and (roles := value.split(",")) != sorted(set(roles)):
        raise IntegrityError(place, "roles in order, each once", shown(value))
