"""What Alertmanager 0.33.1 and 0.35.0 really recorded, and told a webhook of the same.

The files of ``tests/vectors/alertmanager-events`` are the output of these versions (its maker says how);
the first wrote lists of labels, the second maps.
"""

from __future__ import annotations

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers import alertmanager
from consumers.alertmanager_events import FORMAT
from domain import alert
from domain.alert_facts import SignalReceived
from domain.moment import nanoseconds
from domain.signal import Delivery, Remark, Signal
from tests.support.meaning import NOW, context, received
from tests.support.recorder_events import heard
from tests.support.recorder_laws import checked
from tests.support.tree import ROOT

FOLDER = ROOT / "tests" / "vectors" / "alertmanager-events"
VERSIONS = ["0.33.1", "0.35.0"]
SLOW = "79fb94225fc8fece"
"""The fingerprint of CheckoutSlow, as the webhooks of the same runs have it."""


def recorded(version: str) -> bytes:
    """Return what a version wrote to its file."""
    return (FOLDER / f"{version}.jsonl").read_bytes()


def notified(version: str) -> list[Signal]:
    """Return what the webhook of the same run told, in order."""
    bodies = (FOLDER / f"{version}.webhook.jsonl").read_bytes().splitlines()
    return [found for body in bodies for found in alertmanager.decode(body, "am").signals]


def told_of(item: Remark, kind: str) -> bool:
    """Return whether a remark of some kind is about CheckoutSlow."""
    return (item.fingerprint, item.kind) == (SLOW, kind)


def identity(found: Signal) -> tuple[str, int, str]:
    """Return condition, episode and state."""
    return found.fingerprint, nanoseconds(found.starts_at), found.status


@pytest.mark.parametrize("version", VERSIONS)
def test_what_a_version_wrote_is_read_whole(version: str) -> None:
    delivery = heard(recorded(version))
    kinds = Counter(next(iter(json.loads(line)["data"])) for line in recorded(version).splitlines())
    assert delivery.rejected == ()
    assert len(delivery.signals) == kinds["alertCreated"] + kinds["alertGrouped"] + kinds["alertResolved"]
    assert Counter(item.kind for item in delivery.remarks) == {
        "grouped": kinds["alertGrouped"],
        "notified": kinds["notification"],
        "silenced": kinds["silenceMutedAlert"],
        "inhibited": kinds["inhibitionMutedAlert"],
    }
    assert [item.change for item in delivery.silences] == ["created", "updated"]
    assert min(kinds.values()) >= 1
    assert len(kinds) == 10


@pytest.mark.parametrize("version", VERSIONS)
def test_recorder_and_webhook_tell_of_the_same_conditions_episodes_and_labels(version: str) -> None:
    by_recorder = heard(recorded(version)).signals
    by_webhook = notified(version)
    assert {identity(item) for item in by_webhook} <= {identity(item) for item in by_recorder}
    labels = {item.fingerprint: (item.labels, item.annotations) for item in by_recorder}
    assert {
        item.fingerprint: (item.labels, item.annotations) for item in by_webhook
    }.items() <= labels.items()
    assert {item.fingerprint_from for item in by_recorder} == {"sender"}


@pytest.mark.parametrize("version", VERSIONS)
def test_what_recorder_and_webhook_tell_of_one_alert_is_one_episode_and_then_another(version: str) -> None:
    webhook = iter([item for item in notified(version) if item.fingerprint == SLOW])
    state, made = alert.NOTHING, list[str]()
    for line in recorded(version).splitlines():
        delivery = heard(line)
        # The webhook spoke when the recorder says that it was notified.
        spoken = [next(webhook) for item in delivery.remarks if told_of(item, "notified")]
        for found in (*delivery.signals, *spoken):
            if found.fingerprint == SLOW:
                for fact in alert.decide(state, received(found), context()):
                    state = alert.after(state, (fact,), NOW)
                    made.append(fact.status if isinstance(fact, SignalReceived) else "again")
    assert next(webhook, None) is None
    assert [item.status for item in state.episodes] == ["resolved", "firing"]
    # Created, grouped, notified; ended, notified, resolved; then grouped and notified once more.
    assert made == ["firing", "again", "again", "resolved", "again", "again", "firing", "again"]


@pytest.mark.parametrize("version", VERSIONS)
def test_an_alert_that_fires_again_is_told_where_alertmanager_tells_it(version: str) -> None:
    events = [json.loads(line)["data"] for line in recorded(version).splitlines()]
    names = [item["alertCreated"]["alert"]["name"] for item in events if "alertCreated" in item]
    assert names.count("CheckoutSlow") == 1
    firing = {
        item.starts_at
        for item in heard(recorded(version)).signals
        if (item.fingerprint, item.status) == (SLOW, "firing")
    }
    assert len(firing) == 2


def test_one_event_is_read_whole() -> None:
    line = recorded("0.33.1").splitlines()[3]
    assert b"alertCreated" in line
    assert heard(line) == Delivery(
        source="am",
        format=FORMAT,
        signals=(
            Signal(
                source="am",
                fingerprint=SLOW,
                fingerprint_from="sender",
                status="firing",
                starts_at="2026-03-01T02:10:00.123456789Z",
                ends_at=None,
                labels=(("alertname", "CheckoutSlow"), ("service", "checkout"), ("severity", "critical")),
                annotations=(("summary", "Checkout answers slowly"),),
            ),
        ),
    )


@given(st.sampled_from(VERSIONS), st.integers(min_value=0), st.binary(min_size=1, max_size=3))
def test_bytes_broken_in_what_was_recorded_raise_nothing_else(version: str, at: int, bad: bytes) -> None:
    body = recorded(version)
    at %= len(body)
    checked(body[:at] + bad + body[at + len(bad) :])
