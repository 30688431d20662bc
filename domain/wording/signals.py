"""What monitoring tools said, in words."""

from __future__ import annotations

from collections.abc import Mapping

from domain.alert_facts import SignalDeduplicated, SignalReceived
from domain.artifacts import INTAKE_LOG
from domain.sentence import Foreign, Row, Sentence
from domain.source_facts import DeliveryReceived, SignalRejected, SignalsTruncated


def _received(fact: SignalReceived, _who: str) -> Sentence:
    status = "fires" if fact.status == "firing" else "ended"
    note = (", ", Foreign(fact.note)) if fact.note else ()
    return "Alert ", Foreign(fact.alert_name), f" {status} (", Foreign(fact.why), *note, ")"


def _deduplicated(fact: SignalDeduplicated, _who: str) -> Sentence:
    return (f"The same was reported again ({fact.count})",)


def _delivery(fact: DeliveryReceived, _who: str) -> Sentence:
    return f"Delivery with {fact.alerts} alerts, {fact.rejected} unusable, from ", Foreign(fact.source)


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


ROWS: Mapping[type, Row] = {
    SignalReceived: Row(say=_received, category="alert", step="1.1", artifacts=(INTAKE_LOG,)),
    SignalDeduplicated: Row(say=_deduplicated, category="alert", step="1.1", artifacts=(INTAKE_LOG,)),
    DeliveryReceived: Row(say=_delivery, category="alert", step="1.1", artifacts=()),
    SignalsTruncated: Row(say=_truncated, category="alert", step="1.1", artifacts=()),
    SignalRejected: Row(say=_rejected, category="alert", step="1.1", artifacts=()),
}
