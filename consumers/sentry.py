"""Sentry's webhooks of the resources ``event_alert``, ``metric_alert`` and ``issue``: bytes to a `Delivery`.

An issue is a condition. A rule of theirs that an event triggers (``event_alert``) is a firing of its issue
at the event's time, so a later event is a new episode even where nobody ever resolves the issue: such an
alert never tells its end. Whoever resolves the issue does (``issue``, *resolved*). A metric alert is a
condition of its own, with a start and an end.

The signature covers the body and not the headers, and the resource is a header.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from msgspec import Struct

from consumers.alertmanager import sort_pairs
from consumers.condition import hash_of
from consumers.format import Format
from consumers.message import Message
from consumers.payload import DecodeError, Json, a_text, an_array, an_object, is_text, kind, parse
from consumers.signature import believed, hmac_sha256
from consumers.texts import filled, text_in, within
from consumers.times import a_time, since_1970
from domain.classified import RemarkKind, Status
from domain.signal import Delivery, Pairs, Remark, Signal

FORMAT = "sentry-webhook"

RESOURCE = "sentry-hook-resource"
SIGNATURE = "sentry-hook-signature"
SENT_AT = "sentry-hook-timestamp"

METRIC_STATES: Mapping[str, Status] = {"critical": "firing", "warning": "firing", "resolved": "resolved"}

ISSUE_REMARKS: Mapping[str, RemarkKind] = {
    "assigned": "updated",
    "archived": "silenced",
    "ignored": "silenced",  # what archiving was called before
}

_ID = re.compile("[0-9]{1,20}")
# Of a project there is only the address of the event, which nobody opens.
_PROJECT = re.compile(r"/api/0/projects/[^/]+/([^/]+)/events/")


class Hook(Struct, frozen=True, kw_only=True):
    """What a webhook tells: ``action`` and ``data`` of the body, and ``at``, when Sentry sent it."""

    source: str
    action: Json
    data: Mapping[str, Json]
    actor: Json
    at: str


def decode(message: Message, source: str) -> Delivery:
    """Return what the message of ``source`` says; raises `DecodeError` if it is no such message at all."""
    given = message.headers.get(SIGNATURE)
    signature = believed(hmac_sha256(message.secret, message.body, given), message.secret)
    told = _told(message, source)
    return Delivery(
        source=source,
        format=FORMAT,
        signals=(told,) if isinstance(told, Signal) else (),
        remarks=(told,) if isinstance(told, Remark) else (),
        signature=signature,
    )


def _told(message: Message, source: str) -> Signal | Remark | None:
    resource = message.headers.get(RESOURCE)
    if resource == "installation":
        return None  # sent to whatever is connected, when it is; it is about no alert
    read = _READERS.get(resource or "")
    if read is None:
        expected = f"one of {', '.join(_READERS)}"
        raise DecodeError("resource-unsupported", f"header {RESOURCE}", expected, kind(resource))
    body = an_object(parse(message.body), "$")
    data = an_object(body.get("data"), "data")
    actor = body.get("actor")
    return read(Hook(source=source, action=body.get("action"), data=data, actor=actor, at=_sent_at(message)))


def _sent_at(message: Message) -> str:
    sent_at = message.headers.get(SENT_AT)
    return message.received_at if sent_at is None else since_1970(sent_at, f"header {SENT_AT}")


def _event_alert(hook: Hook) -> Signal:
    """Return the firing of an issue that an event, by a rule of theirs, is."""
    if hook.action != "triggered":
        raise _unknown(hook.action, "triggered")
    event, rule = an_object(hook.data.get("event"), "data.event"), text_in(hook.data.get("triggered_rule"))
    project = _PROJECT.search(text_in(event.get("url")) or "")
    own = {
        "alertname": rule,
        "resource": "event_alert",
        "project": project and project[1],
        "service": project and project[1],
        "environment": text_in(event.get("environment")),
        "severity": text_in(event.get("level")),
    }
    return Signal(
        source=hook.source,
        fingerprint=_an_id(event, "issue_id", "data.event"),
        fingerprint_from="sender",
        status="firing",
        starts_at=a_time(event.get("datetime"), "data.event.datetime"),
        ends_at=None,
        labels=sort_pairs({**filled(own.items()), **_tags(event.get("tags"))}.items()),
        annotations=_texts(
            summary=event.get("title"),
            message=event.get("message"),
            culprit=event.get("culprit"),
            event_id=event.get("event_id"),
        ),
        generator_url=text_in(event.get("web_url")),
    )


def _metric_alert(hook: Hook) -> Signal:
    """Return the firing or the end of a metric alert, which knows when it began."""
    status = METRIC_STATES.get(hook.action) if is_text(hook.action) else None
    if status is None:
        raise _unknown(hook.action, ", ".join(METRIC_STATES))
    place = "data.metric_alert"
    incident = an_object(hook.data.get("metric_alert"), place)
    rule = an_object(incident.get("alert_rule"), f"{place}.alert_rule")
    projects = _projects(incident, f"{place}.projects")
    closed = incident.get("date_closed") if status == "resolved" else None
    return Signal(
        source=hook.source,
        fingerprint=_metric_condition(incident, rule, projects, place),
        fingerprint_from="sender",
        status=status,
        starts_at=a_time(incident.get("date_started"), f"{place}.date_started"),
        ends_at=None if closed is None else a_time(closed, f"{place}.date_closed"),
        labels=_metric_labels(rule, projects, str(hook.action) if status == "firing" else None),
        annotations=_texts(
            summary=hook.data.get("description_title"),
            description=hook.data.get("description_text"),
            title=incident.get("title"),
            query=rule.get("query"),
            aggregate=rule.get("aggregate"),
        ),
        generator_url=text_in(hook.data.get("web_url")),
    )


def _metric_condition(
    incident: Mapping[str, Json], rule: Mapping[str, Json], projects: tuple[str, ...], place: str
) -> str:
    """Return the hash of rule and projects: one rule fires for each of its projects by itself."""
    organization = _an_id(incident, "organization_id", place)
    return hash_of("metric_alert", organization, _an_id(rule, "id", f"{place}.alert_rule"), *sorted(projects))


def _metric_labels(rule: Mapping[str, Json], projects: tuple[str, ...], severity: str | None) -> Pairs:
    project = projects[0] if len(projects) == 1 else None
    own = {
        "alertname": text_in(rule.get("name")),
        "resource": "metric_alert",
        "project": project,
        "service": project,
        "environment": text_in(rule.get("environment")),
        "severity": severity,
    }
    return sort_pairs(filled(own.items()).items())


def _projects(incident: Mapping[str, Json], place: str) -> tuple[str, ...]:
    found = incident.get("projects")
    listed = () if found is None else an_array(found, place)
    return tuple(a_text(item, f"{place}[{i}]") for i, item in enumerate(listed))


def _issue(hook: Hook) -> Signal | Remark:
    """Return what became of an issue: it is there, or again, it is over, or somebody did something."""
    issue = an_object(hook.data.get("issue"), "data.issue")
    key = _an_id(issue, "id", "data.issue")
    remark = ISSUE_REMARKS.get(hook.action) if is_text(hook.action) else None
    if remark is not None:
        return Remark(
            source=hook.source, fingerprint=key, kind=remark, at=hook.at, text=_who_did(hook, issue)
        )
    if hook.action not in ("created", "unresolved", "resolved"):
        raise _unknown(hook.action, f"created, unresolved, resolved, {', '.join(ISSUE_REMARKS)}")
    created, resolved = hook.action == "created", hook.action == "resolved"
    return Signal(
        source=hook.source,
        fingerprint=key,
        fingerprint_from="sender",
        status="resolved" if resolved else "firing",
        # What is first seen is the event that a rule may tell of as well: the same moment, one episode.
        starts_at=a_time(issue.get("firstSeen"), "data.issue.firstSeen") if created else hook.at,
        ends_at=hook.at if resolved else None,
        labels=_issue_labels(issue),
        annotations=_texts(
            summary=issue.get("title"), culprit=issue.get("culprit"), substatus=issue.get("substatus")
        ),
        generator_url=text_in(issue.get("web_url")) or text_in(issue.get("permalink")),
        episode_from="sender" if created else "state",
    )


def _issue_labels(issue: Mapping[str, Json]) -> Pairs:
    project = text_in(within(issue.get("project"), "slug"))
    own = {
        # Its short name, because a name of an alert is kept in clear and a title may name people.
        "alertname": text_in(issue.get("shortId")),
        "resource": "issue",
        "project": project,
        "service": project,
        "severity": text_in(issue.get("level")),
        **{name: text_in(issue.get(name)) for name in ("priority", "issueCategory", "issueType", "platform")},
    }
    return sort_pairs(filled(own.items()).items())


def _who_did(hook: Hook, issue: Mapping[str, Json]) -> str:
    """Return what was done, in which way and by whom, as far as it is told."""
    way, who = text_in(issue.get("substatus")), text_in(within(hook.actor, "name"))
    return f"{hook.action}{f' ({way})' if way else ''}{f' by {who}' if who else ''}"


_READERS: Mapping[str, Callable[[Hook], Signal | Remark]] = {
    "event_alert": _event_alert,
    "metric_alert": _metric_alert,
    "issue": _issue,
}

ROW = Format(
    name="sentry",
    version=FORMAT,
    decode=decode,
    headers=frozenset({RESOURCE, SIGNATURE, SENT_AT, "request-id"}),
)


def _an_id(parent: Mapping[str, Json], name: str, place: str) -> str:
    value = parent.get(name)
    if isinstance(value, str) and _ID.fullmatch(value):
        return str(value)
    raise DecodeError("wrong-shape", f"{place}.{name}", "a number of at most 20 digits", kind(value))


def _unknown(action: Json, expected: str) -> DecodeError:
    return DecodeError("status-unknown", "action", expected, kind(action))


def _tags(value: Json) -> dict[str, str]:
    """Return the tags of an event, which are pairs."""
    pairs = value if isinstance(value, list) else []
    return filled(
        (text_in(pair[0]) or "", text_in(pair[1]))
        for pair in pairs
        if isinstance(pair, list) and len(pair) == 2
    )


def _texts(**members: Json) -> Pairs:
    return sort_pairs(filled((name, text_in(value)) for name, value in members.items()).items())
