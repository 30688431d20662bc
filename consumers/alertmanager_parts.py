"""Parts that events of Alertmanager's recorder share: an alert's identity, a silence, words on both."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Literal

from consumers.alertmanager import fingerprint as hash_of
from consumers.payload import DecodeError, Json, a_text, an_object, is_text, kind
from consumers.protojson import a_string_map, an_unsigned, member, objects_in, within
from consumers.times import a_time
from domain.classified import SilenceChange
from domain.signal import Pairs, Silence
from domain.text import code

_REPLACED = "\ufffd"
_OPERATORS = {"TYPE_EQUAL": "=", "TYPE_REGEXP": "=~", "TYPE_NOT_EQUAL": "!=", "TYPE_NOT_REGEXP": "!~"}
_REASON = "NOTIFY_REASON_"


def identity(item: Mapping[str, Json], place: str) -> tuple[Pairs, str, Literal["sender", "labels"]]:
    """Return labels, the condition's key as the webhook has it, and where the key is from.

    Raises `DecodeError`, also for a key that the labels contradict.
    """
    labels = a_string_map(member(item, "labels"), within(place, "labels"))
    given, where = member(item, "fingerprint"), within(place, "fingerprint")
    if given is None:
        if not labels:
            raise DecodeError("wrong-shape", within(place, "labels"), "at least one label", "none")
        return labels, hash_of(labels), "labels"
    found = f"{an_unsigned(given, where):016x}"
    # Labels that were not Unicode have lost bytes here, so only the sender can know their hash.
    lossy = any(_REPLACED in text for pair in labels for text in pair)
    if labels and not lossy and found != hash_of(labels):
        raise DecodeError("fingerprint-mismatch", where, hash_of(labels), found)
    return labels, found, "sender"


def silence(item: Mapping[str, Json], place: str, at: str, change: SilenceChange) -> Silence:
    """Return a silence whole, for half of one would hide other alerts; raises `DecodeError`."""
    matchers = _sets(item, "matcher_sets", place) or _set(item, place)
    if not matchers:
        raise DecodeError("wrong-shape", within(place, "matchers"), "at least one matcher", "none")
    return Silence(
        silence_id=_key(a_text(member(item, "id"), within(place, "id")), within(place, "id")),
        change=change,
        at=at,
        starts_at=a_time(member(item, "starts_at"), within(place, "starts_at")),
        ends_at=a_time(member(item, "ends_at"), within(place, "ends_at")),
        created_by=_text(item, "created_by"),
        comment=_text(item, "comment"),
        matchers=matchers,
        receivers=_sets(item, "receiver_matcher_sets", place),
        annotations=a_string_map(member(item, "annotations"), within(place, "annotations")),
    )


def silence_text(item: Json) -> str | None:
    """Return which silence it was, whose, until when and why, as far as it says so."""
    if not isinstance(item, Mapping):
        return None
    made_by, until = _text(item, "created_by"), _text(item, "ends_at")
    return phrase(
        _text(item, "id"), made_by and f"by {made_by}", until and f"until {until}", _text(item, "comment")
    )


def group_text(event: Mapping[str, Json]) -> str | None:
    """Return to which group, and for which receiver."""
    info = member(event, "group_info")
    return phrase(_text(info, "group_key"), _text(info, "receiver_name"))


def notified_text(event: Mapping[str, Json], alert: Mapping[str, Json]) -> str | None:
    """Return who was told, through what, of which state of the alert, and why just then."""
    details = member(alert, "details")
    ended = isinstance(details, Mapping) and member(details, "resolved") is True
    reason = (_text(event, "reason") or "").removeprefix(_REASON).replace("_", " ").lower()
    receiver = _text(member(event, "group_info"), "receiver_name")
    through = _text(member(event, "integration"), "name")
    return phrase(receiver, through, "that it ended" if ended else "that it fires", reason)


def phrase(*parts: str | None) -> str | None:
    """Return the parts that there are, after one another."""
    return ", ".join(part for part in parts if part) or None


def _text(item: Json, name: str) -> str | None:
    value = member(item, name) if isinstance(item, Mapping) else None
    return value if is_text(value) and value else None


def _key(text: str, place: str) -> str:
    """Return the sender's key, or its SHA-256 where stating it in clear would change it."""
    if not text:
        raise DecodeError("wrong-shape", place, "a string that is not empty", "an empty one")
    return text if code(text) == text else sha256(text.encode()).hexdigest()


def _sets(item: Mapping[str, Json], name: str, place: str) -> tuple[tuple[str, ...], ...]:
    found = (_matchers(an_object(inner, where), where) for inner, where in objects_in(item, name, place))
    return tuple(one for one in found if one)


def _set(item: Mapping[str, Json], place: str) -> tuple[tuple[str, ...], ...]:
    found = _matchers(item, place)
    return (found,) if found else ()


def _matchers(item: Mapping[str, Json], place: str) -> tuple[str, ...]:
    return tuple(
        _matcher(an_object(inner, where), where) for inner, where in objects_in(item, "matchers", place)
    )


def _matcher(item: Mapping[str, Json], place: str) -> str:
    if (rendered := _text(item, "rendered")) is not None:
        return rendered
    given = member(item, "type")
    operator = _OPERATORS.get(given) if is_text(given) else None
    if operator is None:
        raise DecodeError("wrong-shape", within(place, "type"), " or ".join(_OPERATORS), kind(given))
    # A pattern that is left out is the empty one.
    pattern = member(item, "pattern")
    text = "" if pattern is None else a_text(pattern, within(place, "pattern"))
    return f'{a_text(member(item, "name"), within(place, "name"))}{operator}"{text}"'
