"""What Grafana's alerting before version 9 sent: a rule and its state (``pkg/services/alerting/notifiers``).

Such a message has no time and no id of an episode, so the episode is by state. The rule is the condition:
which of its series fire is told in words only. *no_data* is a state of the same rule here, and no alert with
an end of its own as in `grafana`; so it is a remark, and what fired goes on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from consumers.alertmanager import sort_pairs
from consumers.grafana_texts import absolute, given
from consumers.payload import DecodeError, Json, kind
from consumers.texts import filled, text_in, texts_in, within
from domain.classified import SignatureVerdict, Status
from domain.signal import Delivery, Pairs, Remark, Signal

FORMAT = "grafana-legacy"

STATES: Mapping[str, Status] = {"alerting": "firing", "ok": "resolved"}
NO_DATA = "no_data"

_RULE_ID = re.compile("[0-9]{1,20}")
_IDS = ("orgId", "dashboardId", "panelId")


def is_legacy(body: Mapping[str, Json]) -> bool:
    """Return whether a message is about one rule, and not a list of alerts."""
    return "alerts" not in body and ("ruleId" in body or "evalMatches" in body)


def delivery(
    body: Mapping[str, Json], source: str, received_at: str, signature: SignatureVerdict | None
) -> Delivery:
    """Return what a message says that came at ``received_at``; raises `DecodeError`."""
    told = _told(body, source, received_at)
    return Delivery(
        source=source,
        format=FORMAT,
        signals=(told,) if isinstance(told, Signal) else (),
        remarks=(told,) if isinstance(told, Remark) else (),
        signature=signature,
    )


def _told(body: Mapping[str, Json], source: str, received_at: str) -> Signal | Remark:
    rule, state = _rule(body), body.get("state")
    if state == NO_DATA:
        text = text_in(body.get("title")) or text_in(body.get("ruleName"))
        return Remark(source=source, fingerprint=rule, kind="no_data", at=received_at, text=text)
    status = STATES.get(state) if isinstance(state, str) else None
    if status is None:
        raise DecodeError("status-unknown", "state", f"{', '.join(STATES)} or {NO_DATA}", kind(state))
    matches = _matches(body.get("evalMatches"))
    return Signal(
        source=source,
        fingerprint=rule,
        fingerprint_from="sender",
        status=status,
        starts_at=received_at,
        ends_at=received_at if status == "resolved" else None,
        labels=_labels(body, matches),
        annotations=_annotations(body, matches),
        generator_url=absolute(body.get("ruleUrl")),
        episode_from="state",
    )


def _rule(body: Mapping[str, Json]) -> str:
    value = body.get("ruleId")
    if isinstance(value, str) and _RULE_ID.fullmatch(value):
        # Sixteen digits alone could be a fingerprint of the newer shape.
        return f"rule-{value}"
    raise DecodeError("wrong-shape", "ruleId", "a number of at most 20 digits", kind(value))


def _matches(value: Json) -> Sequence[Mapping[str, Json]]:
    found = value if isinstance(value, list) else []
    return [item for item in found if isinstance(item, Mapping)]


def _labels(body: Mapping[str, Json], matches: Sequence[Mapping[str, Json]]) -> Pairs:
    """Return all labels; the rule's tags win, then its name, then what all series that fire share."""
    own = {
        "alertname": text_in(body.get("ruleName")),
        **{name: text_in(body.get(name)) for name in _IDS},
    }
    common = {**_common(matches), **filled(own.items()), **given(texts_in(body.get("tags")))}
    return sort_pairs(given(common).items())


def _common(matches: Sequence[Mapping[str, Json]]) -> dict[str, str]:
    series = [texts_in(item.get("tags")).items() for item in matches]
    return dict(set[tuple[str, str]](series[0]).intersection(*series[1:])) if series else {}


def _annotations(body: Mapping[str, Json], matches: Sequence[Mapping[str, Json]]) -> Pairs:
    values = ", ".join(_value(item) for item in matches if text_in(within(item, "metric")))
    found = {
        "summary": text_in(body.get("ruleName")) or text_in(body.get("title")),
        "title": text_in(body.get("title")),
        "message": text_in(body.get("message")),
        "values": values,
        "imageUrl": text_in(body.get("imageUrl")),
    }
    return sort_pairs(given(filled(found.items())).items())


def _value(match: Mapping[str, Json]) -> str:
    return f"{text_in(match.get('metric'))} = {text_in(match.get('value')) or 'nothing'}"
