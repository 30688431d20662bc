"""What monitoring tools said, in words."""

from __future__ import annotations

from collections.abc import Mapping

from domain.alert_facts import (
    AlertRemarked,
    FlappingEnded,
    FlappingStarted,
    SignalDeduplicated,
    SignalReceived,
    SignalsAggregated,
)
from domain.artifacts import INTAKE_LOG
from domain.classified import RemarkKind
from domain.sentence import Foreign, Row, Sentence
from domain.source_facts import (
    ChangeReported,
    DeliveriesAggregated,
    DeliveryReceived,
    SignalRejected,
    SignalsTruncated,
    SilenceReported,
    SourceGapFound,
    SourceResumed,
)


def _received(fact: SignalReceived, _who: str) -> Sentence:
    status = "fires" if fact.status == "firing" else "ended"
    note = (", ", Foreign(fact.note)) if fact.note else ()
    return "Alert ", Foreign(fact.alert_name), f" {status} (", Foreign(fact.why), *note, ")"


def _deduplicated(fact: SignalDeduplicated, _who: str) -> Sentence:
    return (f"The same was reported again ({fact.count})",)


def _aggregated(fact: SignalsAggregated, _who: str) -> Sentence:
    return (f"The same was reported {fact.added} times within a second ({fact.count})",)


REMARKS: Mapping[RemarkKind, str] = {
    "acknowledged": "was acknowledged in the monitoring tool",
    "updated": "was updated in the monitoring tool",
    "no_data": "has no data",
    "silenced": "is silenced in the monitoring tool",
    "unsilenced": "is silenced no more in the monitoring tool",
    "inhibited": "is held back by another alert",
    "notified": "was told to a receiver of the monitoring tool",
    "grouped": "was put into a group by the monitoring tool",
    "flapping": "begins and ends again and again",
    "downtime": "is in a planned downtime",
}


def _remarked(fact: AlertRemarked, _who: str) -> Sentence:
    text = () if fact.text is None else (": ", fact.text)
    return f"The alert {REMARKS[fact.kind]}", *text


def _flaps(fact: FlappingStarted, _who: str) -> Sentence:
    often = f" begins and ends again and again ({fact.changes} changes of {fact.window_minutes} minutes)"
    return "Alert ", Foreign(fact.alert_name), f"{often}: for incidents it fires until it settles"


def _settled(fact: FlappingEnded, _who: str) -> Sentence:
    status = "it fires" if fact.status == "firing" else "it has ended"
    held = f"{fact.changes} changes, {fact.held} of which incidents were not told"
    return "Alert ", Foreign(fact.alert_name), f" has settled after {held}: {status}"


def _delivery(fact: DeliveryReceived, _who: str) -> Sentence:
    return f"Delivery with {fact.alerts} alerts, {fact.rejected} unusable, from ", Foreign(fact.source)


def _deliveries(fact: DeliveriesAggregated, _who: str) -> Sentence:
    return f"{fact.count} deliveries within a second, with {fact.alerts} alerts, from ", Foreign(fact.source)


def _truncated(fact: SignalsTruncated, _who: str) -> Sentence:
    return (f"The sender left out {fact.lost} alerts",)


def _rejected(fact: SignalRejected, _who: str) -> Sentence:
    place, expected = Foreign(fact.place), Foreign(fact.expected)
    return (
        "Unusable (",
        Foreign(fact.reason_code),
        "): ",
        place,
        ": expected ",
        expected,
        ", found ",
        fact.found,
    )


GAPS: Mapping[str, str] = {
    "deleted": "records were deleted before they were taken in",
    "truncated": "it ends before what was taken in",
    "recreated": "it is another log of the same name",
}


def _gap(fact: SourceGapFound, _who: str) -> Sentence:
    place = f" partition {fact.partition} stands still at {fact.expected_offset}: {GAPS[fact.kind]}"
    return "Topic ", Foreign(fact.topic), f"{place} (it has {fact.first_offset} to {fact.end_offset})"


def _resumed(fact: SourceResumed, who: str) -> Sentence:
    place = f" partition {fact.partition} is taken in from {fact.offset} on, by {who}: "
    return "Topic ", Foreign(fact.topic), place, fact.rationale


def _changed(fact: ChangeReported, _who: str) -> Sentence:
    return "A change was reported: ", fact.summary


def _silence(fact: SilenceReported, _who: str) -> Sentence:
    comment = () if fact.comment is None else (": ", fact.comment)
    return f"A silence was {fact.change} in the monitoring tool, until ", Foreign(fact.ends_at), *comment


ROWS: Mapping[type, Row] = {
    SignalReceived: Row(say=_received, category="alert", step="1.1", artifacts=(INTAKE_LOG,)),
    SignalDeduplicated: Row(say=_deduplicated, category="alert", step="1.1", artifacts=(INTAKE_LOG,)),
    SignalsAggregated: Row(say=_aggregated, category="alert", step="1.1", artifacts=(INTAKE_LOG,)),
    AlertRemarked: Row(say=_remarked, category="alert", step="1.1", artifacts=()),
    FlappingStarted: Row(say=_flaps, category="alert", step="1.1", artifacts=()),
    FlappingEnded: Row(say=_settled, category="alert", step="1.1", artifacts=()),
    DeliveryReceived: Row(say=_delivery, category="alert", step="1.1", artifacts=()),
    DeliveriesAggregated: Row(say=_deliveries, category="alert", step="1.1", artifacts=()),
    SignalsTruncated: Row(say=_truncated, category="alert", step="1.1", artifacts=()),
    SignalRejected: Row(say=_rejected, category="alert", step="1.1", artifacts=()),
    SourceGapFound: Row(say=_gap, category="alert", step="1.1", artifacts=()),
    SourceResumed: Row(say=_resumed, category="decision", step="1.1", artifacts=()),
    ChangeReported: Row(say=_changed, category="note", step="1.1", artifacts=()),
    SilenceReported: Row(say=_silence, category="alert", step="1.1", artifacts=()),
}
