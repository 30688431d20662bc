"""Azure Monitor's common alert schema: bytes to a `Delivery` (its ``alerts-common-schema.md``).

The condition is ``alertId``, which Azure gives to one alert and repeats when it ends. Nothing else that is
sent tells two alerts of one rule apart in every kind of alert, and an end that is told of the wrong one would
end an alert that still fires. Where it names a rule and not one alert, as for budgets, each firing is an
episode of it. Resources' ids are the same in upper and lower case, and Azure writes them in both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from consumers.alertmanager import sort_pairs
from consumers.condition import key_of
from consumers.format import Format
from consumers.payload import WHOLE, DecodeError, Json, a_text, an_object, kind, parse
from consumers.texts import a_name, filled, text_in, texts_in, within
from consumers.times import a_time
from domain.classified import Status
from domain.signal import Delivery, Pairs, Signal

FORMAT = "azure-common-alert"
SCHEMA = "azureMonitorCommonAlertSchema"

SEVERITIES: Mapping[str, str] = {
    "sev0": "critical",
    "sev1": "error",
    "sev2": "warning",
    "sev3": "info",
    "sev4": "info",
}
"""Azure's number -> what it stands for there: Critical, Error, Warning, Informational, Verbose.

Its *Sev1* is not what others call by that name, so a word stands in the label that rules read.
"""

_PLACE = "data.essentials"
_OFFSET = re.compile(r"(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})\Z")
_LABELS = ("signalType", "monitoringService", "targetResourceGroup", "targetResourceType")


def decode(body: bytes, source: str) -> Delivery:
    """Return what the message of ``source`` says; raises `DecodeError` if it is no such message at all."""
    message = an_object(parse(body), WHOLE)
    if message.get("schemaId") != SCHEMA:
        raise DecodeError("schema-unsupported", "schemaId", SCHEMA, kind(message.get("schemaId")))
    data = an_object(message.get("data"), "data")
    signal = _signal(data, an_object(data.get("essentials"), _PLACE), source)
    return Delivery(source=source, format=FORMAT, signals=(signal,))


ROW = Format(name="azure", version=FORMAT, decode=lambda message, source: decode(message.body, source))


def _signal(data: Mapping[str, Json], essentials: Mapping[str, Json], source: str) -> Signal:
    status = _status(essentials.get("monitorCondition"))
    context = data.get("alertContext")
    return Signal(
        source=source,
        fingerprint=key_of(a_name(essentials.get("alertId"), f"{_PLACE}.alertId").lower()),
        fingerprint_from="sender",
        status=status,
        starts_at=_utc(essentials.get("firedDateTime"), f"{_PLACE}.firedDateTime"),
        ends_at=_end(essentials.get("resolvedDateTime"), status),
        labels=_labels(essentials, context, data.get("customProperties")),
        annotations=_annotations(essentials, context),
        generator_url=text_in(essentials.get("investigationLink")),
    )


def _status(condition: Json) -> Status:
    match condition:
        case "Fired":
            return "firing"
        case "Resolved":
            return "resolved"
        case other:
            raise DecodeError(
                "status-unknown", f"{_PLACE}.monitorCondition", "Fired or Resolved", kind(other)
            )


def _end(value: Json, status: Status) -> str | None:
    """Return when it ended, which only alerts on metrics tell."""
    if status == "firing" or value is None or value == "":
        return None
    return _utc(value, f"{_PLACE}.resolvedDateTime")


def _utc(value: Json, place: str) -> str:
    """Return a time; one without an offset is in UTC, as all of these are."""
    text = a_text(value, place)
    return a_time(text if _OFFSET.search(text) else f"{text}Z", place)


def _labels(essentials: Mapping[str, Json], context: Json, custom: Json) -> Pairs:
    """Return all labels; what people gave the rule wins, then what the query split by, then Azure's own."""
    severity = text_in(essentials.get("severity"))
    own = {
        # Budgets have no rule.
        "alertname": text_in(essentials.get("alertRule")) or text_in(essentials.get("monitoringService")),
        "severity": severity and SEVERITIES.get(severity.lower(), severity),
        "azure_severity": severity,
        "configurationItems": _listed(essentials.get("configurationItems")),
        **{name: text_in(essentials.get(name)) for name in _LABELS},
    }
    return sort_pairs(
        {
            **filled(own.items()),
            **_dimensions(context),
            # Of an event of the activity log the properties are the event's, and may name people.
            **(texts_in(within(context, "properties")) if within(context, "conditionType") else {}),
            **texts_in(within(context, "labels")),  # of a rule of Prometheus
            **texts_in(custom),
        }.items()
    )


def _dimensions(context: Json) -> dict[str, str]:
    """Return by which names and values a metric or a query was split; the first of a name counts."""
    criteria = within(within(context, "condition"), "allOf")
    lists = [within(item, "dimensions") for item in criteria] if isinstance(criteria, list) else []
    lists.append(within(context, "Dimensions"))  # of queries of the older kind
    items = [item for found in lists if isinstance(found, list) for item in found]
    pairs = ((text_in(within(item, "name")), text_in(within(item, "value"))) for item in reversed(items))
    return filled((name or "", value) for name, value in pairs)


def _annotations(essentials: Mapping[str, Json], context: Json) -> Pairs:
    description = text_in(essentials.get("description"))
    found = {
        "summary": description or text_in(essentials.get("alertRule")),
        "description": description,
        "alertTargetIDs": _listed(essentials.get("alertTargetIDs")),
        "alertRuleId": text_in(essentials.get("alertRuleId")) or text_in(essentials.get("alertRuleID")),
        "originAlertId": text_in(essentials.get("originAlertId")),
        "criteria": _criteria(context),
    }
    return sort_pairs({**filled(found.items()), **texts_in(within(context, "annotations"))}.items())


def _criteria(context: Json) -> str | None:
    """Return what was measured and what it should have been, as far as it is told."""
    criteria = within(within(context, "condition"), "allOf")
    lines = [_criterion(item) for item in criteria] if isinstance(criteria, list) else []
    return "; ".join(filter(None, lines)) or text_in(within(context, "expression"))


def _criterion(item: Json) -> str | None:
    name = text_in(within(item, "metricName")) or text_in(within(item, "searchQuery"))
    words = (name, text_in(within(item, "operator")), text_in(within(item, "threshold")))
    value = text_in(within(item, "metricValue"))
    return " ".join(filter(None, words)) + (f" ({value})" if value else "") if name else None


def _listed(value: Json) -> str | None:
    """Return a list of texts as one; alone as it is."""
    items = value if isinstance(value, list) else [value]
    return ", ".join(filter(None, map(text_in, items))) or None
