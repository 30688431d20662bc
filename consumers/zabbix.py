"""Zabbix' webhook with the parameters of docs/signals/zabbix.md: bytes to a `Delivery`.

What a media type of Zabbix sends is its user's choice, so the page has one to install, and this reads its
parameters, which are named as the macros that fill them. A macro that was not expanded counts as not given.

A trigger is a condition and ``EVENT.TIMESTAMP`` the start of an episode. Versions that do not know this
macro tell dates and times only without their time zone; then an episode is what fires between ends.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from consumers.alertmanager import sort_pairs
from consumers.format import Format
from consumers.message import Message
from consumers.payload import DecodeError, Json, an_object, kind, parse
from consumers.texts import filled, text_in, within
from consumers.times import since_1970
from domain.classified import RemarkKind, Status
from domain.signal import Delivery, Pairs, Remark, Signal

FORMAT = "zabbix-macros-v1"

SEVERITIES = ("not classified", "information", "warning", "average", "high", "disaster")
"""Zabbix' own names by its numbers, whatever an installation calls them."""

_STATES: Mapping[str, Status] = {"1": "firing", "0": "resolved"}
_ACTIONS: tuple[tuple[re.Pattern[str], RemarkKind], ...] = (
    (re.compile(r"\backnowledged\b"), "acknowledged"),
    (re.compile(r"\bunsuppressed\b"), "unsilenced"),
    (re.compile(r"\bsuppressed\b"), "silenced"),
)
_LABELS: Mapping[str, tuple[str, ...]] = {
    "alertname": ("TRIGGER.NAME", "EVENT.NAME"),
    "host": ("HOST.NAME", "HOST.HOST"),
    "host_ip": ("HOST.IP",),
    "hostgroup": ("TRIGGER.HOSTGROUP.NAME",),
}
_ANNOTATIONS: Mapping[str, tuple[str, ...]] = {
    "summary": ("EVENT.NAME", "TRIGGER.NAME"),
    "description": ("TRIGGER.DESCRIPTION",),
    "opdata": ("EVENT.OPDATA",),
    "event_id": ("EVENT.ID",),
    "recovery_event_id": ("EVENT.RECOVERY.ID",),
}
_ID = re.compile("[0-9]{1,20}")
# {EVENT.ID}, {$URL}, {{EVENT.TIME}.fmttime(%H)}; and what Zabbix writes where it knows no value.
_UNEXPANDED = re.compile(r"\{[^{}\"]*\}|\{\{[^{}\"]*\}[^{}]*\}|\*UNKNOWN\*")

Given = Mapping[str, str]


def decode(message: Message, source: str) -> Delivery:
    """Return what the message of ``source`` says; raises `DecodeError` if it is no such message at all."""
    sent = an_object(parse(message.body), "$")
    given = filled((name, _expanded(text_in(value))) for name, value in sent.items())
    if given.get("EVENT.SOURCE", "0") != "0":
        raise DecodeError("source-unsupported", "EVENT.SOURCE", "0, a trigger", kind(sent["EVENT.SOURCE"]))
    trigger = _an_id(given, sent, "TRIGGER.ID")
    _an_id(given, sent, "EVENT.ID")
    status, group = _status(given, sent), given.get("HOST.HOST") or given.get("HOST.NAME") or ""
    if _is_update(given, sent):
        remark = _remark(given, source, trigger, message.received_at)
        return Delivery(source=source, format=FORMAT, remarks=(remark,), group=group or None)
    since = _when(given, "EVENT.TIMESTAMP")
    signal = Signal(
        source=source,
        fingerprint=trigger,
        fingerprint_from="sender",
        status=status,
        starts_at=since or message.received_at,
        ends_at=_when(given, "EVENT.RECOVERY.TIMESTAMP") if status == "resolved" else None,
        labels=_labels(given, sent.get("EVENT.TAGSJSON")),
        annotations=sort_pairs(_first(given, _ANNOTATIONS).items()),
        generator_url=_link(given),
        group=group,
        episode_from="sender" if since else "state",
    )
    return Delivery(source=source, format=FORMAT, signals=(signal,), group=group or None)


ROW = Format(name="zabbix", version=FORMAT, decode=decode)


def _expanded(text: str | None) -> str | None:
    clean = (text or "").strip()
    return None if _UNEXPANDED.fullmatch(clean) else clean


def _an_id(given: Given, sent: Mapping[str, Json], name: str) -> str:
    value = given.get(name, "")
    if _ID.fullmatch(value):
        return value
    raise DecodeError("wrong-shape", name, "a number of at most 20 digits", kind(sent.get(name)))


def _status(given: Given, sent: Mapping[str, Json]) -> Status:
    status = _STATES.get(given.get("EVENT.VALUE", ""))
    if status is None:
        expected = "1, a problem, or 0, its end"
        raise DecodeError("status-unknown", "EVENT.VALUE", expected, kind(sent.get("EVENT.VALUE")))
    return status


def _is_update(given: Given, sent: Mapping[str, Json]) -> bool:
    """Return whether somebody did something to a problem; its state is told then, but did not change."""
    match given.get("EVENT.UPDATE.STATUS"):
        case None | "0":
            return False
        case "1":
            return True
        case _:
            found = kind(sent.get("EVENT.UPDATE.STATUS"))
            raise DecodeError("status-unknown", "EVENT.UPDATE.STATUS", "0 or 1", found)


def _remark(given: Given, source: str, trigger: str, received_at: str) -> Remark:
    action = given.get("EVENT.UPDATE.ACTION", "")
    told = (given.get("USER.FULLNAME"), action, given.get("EVENT.UPDATE.MESSAGE"))
    return Remark(
        source=source,
        fingerprint=trigger,
        kind=next((found for word, found in _ACTIONS if word.search(action)), "updated"),
        at=_when(given, "EVENT.UPDATE.TIMESTAMP") or received_at,
        text=": ".join(text for text in told if text) or None,
    )


def _when(given: Given, name: str) -> str | None:
    return since_1970(given[name], name) if name in given else None


def _labels(given: Given, tags: Json) -> Pairs:
    """Return what the trigger says of itself, and its tags, which win under their own names."""
    number = given.get("EVENT.NSEVERITY", "")
    severity = SEVERITIES[int(number)] if re.fullmatch("[0-5]", number) else None
    own = {**_first(given, _LABELS), **filled([("severity", severity)])}
    return sort_pairs({**own, **_tags(given, tags)}.items())


def _tags(given: Given, tags: Json) -> dict[str, str]:
    """Return the tags that have a value; of several with one name, the first."""
    listed = _parsed(tags)
    if listed is None:
        parts = (tag.strip().partition(":") for tag in given.get("EVENT.TAGS", "").split(","))
        found = [(name, value) for name, _, value in parts]
    else:
        found = [(text_in(within(tag, "tag")) or "", text_in(within(tag, "value")) or "") for tag in listed]
    return filled(reversed(found))


def _parsed(tags: Json) -> list[Json] | None:
    """Return the tags of ``EVENT.TAGSJSON``, which is JSON in a text or, of some scripts, JSON itself."""
    try:
        value = parse(tags.encode()) if isinstance(tags, str) else tags
    except DecodeError:
        return None  # no identity rests on them, and EVENT.TAGS has them too
    return value if isinstance(value, list) else None


def _first(given: Given, members: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return filled(
        (name, next((given[macro] for macro in macros if macro in given), None))
        for name, macros in members.items()
    )


def _link(given: Given) -> str | None:
    """Return the address that the trigger has, else that of the event's page in Zabbix."""
    if "TRIGGER.URL" in given or "ZABBIX.URL" not in given:
        return given.get("TRIGGER.URL")
    ids = f"triggerid={given['TRIGGER.ID']}&eventid={given['EVENT.ID']}"
    return f"{given['ZABBIX.URL'].rstrip('/')}/tr_events.php?{ids}"
