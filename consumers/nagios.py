"""Notifications of Nagios and its relatives (Naemon, Icinga): macros as a form or as JSON, to a `Delivery`.

Nagios has no format; the command of docs/signals/nagios.md sends the macros under their own names. Names in
lower case are labels that the command adds. A macro that was not expanded counts as not given.

A host, or one of its services, is a condition. No macro says when its problem began (the time of the last
change moves from WARNING to CRITICAL), so an episode is what fires between recoveries.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from msgspec import Struct

from consumers.alertmanager import sort_pairs
from consumers.condition import hash_of
from consumers.format import Format
from consumers.message import Message
from consumers.payload import WHOLE, DecodeError, an_object, kind, parse
from consumers.texts import filled, text_in
from consumers.times import since_1970
from domain.classified import RemarkKind, Status
from domain.signal import Delivery, Pairs, Remark, Signal

FORMAT = "nagios-macros-v1"

REMARKS: Mapping[str, RemarkKind] = {
    "ACKNOWLEDGEMENT": "acknowledged",
    "FLAPPINGSTART": "flapping",
    "FLAPPINGSTOP": "flapping",
    "FLAPPINGDISABLED": "flapping",
    "FLAPPINGEND": "flapping",  # Icinga 2
    "DOWNTIMESTART": "downtime",
    "DOWNTIMEEND": "downtime",
    "DOWNTIMECANCELLED": "downtime",
    "DOWNTIMEREMOVED": "downtime",  # Icinga 2
    "CUSTOM": "notified",
}
_SERVICE: Mapping[str, frozenset[str]] = {
    "PROBLEM": frozenset({"WARNING", "CRITICAL", "UNKNOWN"}),
    "RECOVERY": frozenset({"OK"}),
}
_HOST: Mapping[str, frozenset[str]] = {
    "PROBLEM": frozenset({"DOWN", "UNREACHABLE"}),
    "RECOVERY": frozenset({"UP"}),
}
_LABELS: Mapping[str, str] = {
    "host": "HOSTNAME",
    "host_alias": "HOSTALIAS",
    "host_address": "HOSTADDRESS",
    "hostgroups": "HOSTGROUPNAMES",
}
_UNEXPANDED = re.compile(r"\$[\w.:-]+\$")
_MOST_FIELDS = 1_000
_FORM = "application/x-www-form-urlencoded"


class Notice(Struct, frozen=True, kw_only=True):
    """A notification ``at`` a time: the macros and labels that have a value.

    ``of`` is SERVICE or HOST, which is how the macros of a service, and those of a host, are named.
    """

    given: Mapping[str, str]
    of: str
    host: str
    at: str

    def own(self, macro: str) -> str | None:
        """Return the macro that is named ``macro`` with SERVICE or HOST in the place of the star."""
        return self.given.get(macro.replace("*", self.of))


def decode(message: Message, source: str) -> Delivery:
    """Return what the message of ``source`` says; raises `DecodeError` if it is no such message at all."""
    given = filled((name, _expanded(text)) for name, text in _fields(message).items())
    notice = Notice(
        given=given,
        of="SERVICE" if "SERVICEDESC" in given else "HOST",
        host=_needed(given, "HOSTNAME"),
        at=_when(given, "TIMET") or message.received_at,
    )
    told = _told(notice, source)
    return Delivery(
        source=source,
        format=FORMAT,
        signals=(told,) if isinstance(told, Signal) else (),
        remarks=(told,) if isinstance(told, Remark) else (),
        group=notice.host,
    )


ROW = Format(name="nagios", version=FORMAT, decode=decode)


def _told(notice: Notice, source: str) -> Signal | Remark:
    kind_of = _needed(notice.given, "NOTIFICATIONTYPE")
    if kind_of in REMARKS:
        return _remark(notice, source, REMARKS[kind_of], kind_of)
    state = _state(notice, kind_of)
    if _is_soft(notice):
        return _remark(notice, source, "updated", f"SOFT {state}")
    return _signal(notice, source, "resolved" if kind_of == "RECOVERY" else "firing", state)


def _state(notice: Notice, kind_of: str) -> str:
    """Return the state, which must be one that a notification of this type can have."""
    states = (_SERVICE if notice.of == "SERVICE" else _HOST).get(kind_of)
    if states is None:
        expected = f"PROBLEM, RECOVERY, {', '.join(REMARKS)}"
        raise DecodeError("status-unknown", "NOTIFICATIONTYPE", expected, kind(kind_of))
    state = notice.own("*STATE")
    if state in states:
        return state
    raise DecodeError("status-unknown", f"{notice.of}STATE", " or ".join(sorted(states)), kind(state))


def _is_soft(notice: Notice) -> bool:
    """Return whether the check is still being repeated: nothing is decided, and Nagios notifies nobody."""
    found = notice.own("*STATETYPE") or notice.given.get("STATETYPE")
    if found in (None, "HARD", "SOFT"):
        return found == "SOFT"
    raise DecodeError("status-unknown", f"{notice.of}STATETYPE", "HARD or SOFT", kind(found))


def _signal(notice: Notice, source: str, status: Status, state: str) -> Signal:
    ended = _when(notice.given, f"LAST{notice.of}STATECHANGE") or _when(notice.given, "TIMET")
    return Signal(
        source=source,
        fingerprint=_condition(notice),
        fingerprint_from="labels",
        status=status,
        starts_at=notice.at,
        ends_at=ended if status == "resolved" else None,
        labels=_labels(notice, state.lower() if status == "firing" else None),
        annotations=_annotations(notice),
        generator_url=notice.own("*NOTESURL") or notice.own("*ACTIONURL"),
        group=notice.host,
        episode_from="state",
    )


def _remark(notice: Notice, source: str, remark: RemarkKind, what: str) -> Remark:
    author, comment = notice.given.get("NOTIFICATIONAUTHOR"), notice.given.get("NOTIFICATIONCOMMENT")
    return Remark(
        source=source,
        fingerprint=_condition(notice),
        kind=remark,
        at=notice.at,
        text=": ".join(text for text in (what, author, comment or notice.own("*OUTPUT")) if text),
    )


def _condition(notice: Notice) -> str:
    """Return the hash of host and service: both names are free text."""
    service = notice.given.get("SERVICEDESC")
    return hash_of("host", notice.host) if service is None else hash_of("service", notice.host, service)


def _labels(notice: Notice, severity: str | None) -> Pairs:
    """Return what the macros say, and the labels that the command adds, which win under their own names."""
    macros = {name: notice.given.get(macro) for name, macro in _LABELS.items()}
    own = {
        # A service of Nagios is a check: it names the alert, not what people mean by a service.
        "alertname": notice.given.get("SERVICEDESC", notice.host),
        "servicegroups": notice.given.get("SERVICEGROUPNAMES"),
        "severity": severity,
    }
    added = {name: text for name, text in notice.given.items() if name == name.lower()}
    return sort_pairs({**filled({**macros, **own}.items()), **added}.items())


def _annotations(notice: Notice) -> Pairs:
    found = {
        "summary": notice.own("*OUTPUT"),
        "description": notice.own("LONG*OUTPUT"),
        "comment": notice.given.get("NOTIFICATIONCOMMENT"),
        "problem_id": notice.own("*PROBLEMID"),
        "last_problem_id": notice.own("LAST*PROBLEMID"),
    }
    return sort_pairs(filled(found.items()).items())


def _needed(given: Mapping[str, str], macro: str) -> str:
    if macro in given:
        return given[macro]
    raise DecodeError("wrong-shape", macro, "a text that is not empty", "none")


def _when(given: Mapping[str, str], macro: str) -> str | None:
    """Return the time of a macro; 0 is how Nagios says never."""
    return since_1970(given[macro], macro) if given.get(macro, "0") != "0" else None


def _expanded(text: str | None) -> str | None:
    clean = (text or "").strip()
    return None if _UNEXPANDED.fullmatch(clean) else clean


def _fields(message: Message) -> dict[str, str]:
    """Return the fields of a form or the texts of a JSON object: as declared, else as it looks."""
    media = message.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_json = media.endswith("json") or (media != _FORM and message.body.lstrip()[:1] == b"{")
    if not is_json:
        return _form(message.body)
    return filled((name, text_in(value)) for name, value in an_object(parse(message.body), WHOLE).items())


def _form(body: bytes) -> dict[str, str]:
    text = body.decode("utf-8", errors="replace")
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise DecodeError("not-a-form", WHOLE, f"at most {_MOST_FIELDS} fields", "more") from error
    names = [name for name, _ in pairs]
    twice = next((i for i, name in enumerate(names) if name in names[:i]), None)
    if twice is not None:
        raise DecodeError("duplicate-key", WHOLE, "each field of the form once", f"field {twice} again")
    return dict(pairs)
