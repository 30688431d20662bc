"""Why an alert did or did not open, join or end an incident, in sentences for whoever asks at 02:00.

A function of the fact alone: which incident it was in the end is told beside it, to those who may see it.
"""

from __future__ import annotations

from collections.abc import Mapping

from domain.alert_facts import (
    AlertFact,
    AlertRemarked,
    FlappingEnded,
    FlappingStarted,
    SignalDeduplicated,
    SignalReceived,
    SignalsAggregated,
)
from domain.flapping import WHY
from domain.wording.signals import REMARKS

CODES: Mapping[str, str] = {
    "no-rule": "No alert rule matches it, so it is only recorded.",
    "late-firing": "It was told late: its end, or a newer firing, was known by then. No incident was told.",
    "resolved-without-firing": "It ended, but no firing of it was known. No incident was told.",
    "episode-ended": "It ended. Incidents that had it as firing were told.",
}
NOTES: Mapping[str, str] = {
    "clock-ahead": "By its source's clock it fires in the future.",
    "refired": "It fires again under the same start, after its end.",
}
_RULE = "rule:"


def reason(fact: AlertFact) -> str:
    """Return why a fact of an alert's stream did, or did not, what it could have done to incidents."""
    match fact:
        case SignalReceived():
            parts = (_why(fact), _service(fact), NOTES.get(fact.note or "", ""))
            return " ".join(filter(None, parts))
        case SignalDeduplicated():
            return f"The same was told before; this is repetition {fact.count}. No incident was told again."
        case SignalsAggregated():
            return (
                f"The same was told before; these are {fact.added} repetitions within a second,"
                f" {fact.count} in all. No incident was told again."
            )
        case AlertRemarked():
            return f"The alert {REMARKS[fact.kind]}. No incident was told."
        case FlappingStarted():
            return (
                f"Its status changed {fact.changes} times within {fact.window_minutes} minutes. Incidents"
                f" that have it are told no more until nothing changes for {fact.settled_minutes} minutes;"
                " if no open incident has it, its next firing is told all the same."
            )
        case FlappingEnded():
            told = "hold its newest firing" if fact.status == "firing" else "were told its end, once"
            return (
                f"Nothing changed any more after {fact.changes} changes, {fact.held} of which were held back."
                f" Incidents that have it {told}."
            )


def _why(fact: SignalReceived) -> str:
    if fact.why == WHY:
        return f"{_flapping(fact)} Otherwise: {_rule(fact.held_why or '', fact.held or 'none', fact)}"
    return _rule(fact.why, fact.effect, fact)


def _flapping(fact: SignalReceived) -> str:
    if fact.status == "resolved":
        return "The alert flaps, so its end is told once it settles."
    return "The alert flaps, and an open incident has it as firing, which is not told again until it settles."


def _rule(why: str, effect: str, fact: SignalReceived) -> str:
    if not why.startswith(_RULE):
        return CODES.get(why, f"{why}.")
    rule = f"The alert rule {why.removeprefix(_RULE)}"
    match effect:
        case "open":
            return f"{rule} has it join an incident of its correlation{_window(fact)}, or else open one."
        case "join":
            return f"{rule} has it join an incident of its correlation{_window(fact)}; it opens none."
        case _:
            return f"{rule} has it recorded only."


def _window(fact: SignalReceived) -> str:
    minutes = fact.join_within_minutes
    if minutes is None:
        return " that is open"
    return (
        " that people work on, or a candidate of which an alert fired or ended in the"
        f" {minutes} minutes before"
    )


def _service(fact: SignalReceived) -> str:
    return "" if fact.counts_as is None else f"For that its service counts as {fact.counts_as}."
