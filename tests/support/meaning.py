"""Values of the domain for tests: signals, contexts, sealed and recorded facts, all reproducible."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from application.configuration import parse_alert_rules
from domain.alert_facts import SignalReceived
from domain.classified import Status
from domain.context import Context, Principal
from domain.facts import Fact, happened_at, type_name
from domain.moment import timestamp
from domain.own_commands import ReceiveSignal
from domain.policy import Policy
from domain.prose import Prose, SealedRef, map_prose
from domain.recorded import Recorded, UnknownFact
from domain.rules import AlertRules, route
from domain.signal import Pairs, Signal
from projections.policyfile import parse_policy

F = TypeVar("F")

NOW = datetime(2026, 3, 1, 2, 15, tzinfo=UTC)
STREAM = "incident-0123456789abcdef0123456789abcdef"
ALERT = "alert-0123456789abcdef0123456789abcdef"
DELIVERY = "01957f3e-6c00-7000-8000-00000000de11"
POLICIES = {"team": "a" * 64, "solo": "b" * 64}
RULES: AlertRules = parse_alert_rules(
    (Path(__file__).parents[2] / "config" / "alert-rules.yaml").read_bytes(), "alert-rules.yaml"
)
TEAM: Policy = parse_policy(
    (Path(__file__).parents[2] / "config" / "protocol_gates" / "17.team.yaml").read_bytes(), "17.team.yaml"
)
COMMANDER = Principal(id="p-commander", type="user", roles=("incident_commander",))
AUDITOR = Principal(id="p-auditor", type="user", roles=("auditor",))
INTAKE = Principal(id="p-intake", type="service_account", roles=("signal_ingestor",))
LABELS: Pairs = (
    ("alertname", "HighLatency"),
    ("environment", "production"),
    ("service", "checkout"),
    ("severity", "critical"),
)


def fresh_id(number: int) -> str:
    """Return a UUIDv7 that is the same in every run."""
    return f"01957f3e-6c00-7000-8000-{number:012x}"


def context(**changes: Any) -> Context:
    """Return a commander's context at `NOW`, with ``changes``."""
    usual: dict[str, Any] = {
        "principal": COMMANDER,
        "now": NOW,
        "ids": (fresh_id(1), fresh_id(2)),
        "policies": POLICIES,
        "policy": TEAM,
    }
    return Context(**{**usual, **changes})


def signal(
    status: Status = "firing", starts_at: str = "2026-03-01T02:10:00.123456789Z", **changes: Any
) -> Signal:
    """Return a signal about the usual condition, with ``changes``."""
    usual: dict[str, Any] = {
        "source": "alertmanager",
        "fingerprint": "8a07086b74f3ba78",
        "fingerprint_from": "sender",
        "ends_at": "2026-03-01T02:14:00Z" if status == "resolved" else None,
        "labels": LABELS,
        "annotations": (("summary", "p99 above 2 s"),),
        "group": '{}:{alertname="HighLatency"}',
    }
    return Signal(status=status, starts_at=starts_at, **{**usual, **changes})


def received(told: Signal, rules: AlertRules = RULES) -> ReceiveSignal:
    """Return the command that intake makes of a signal."""
    return ReceiveSignal(delivery_id=DELIVERY, signal=told, route=route(told, rules))


def firing(**changes: Any) -> SignalReceived:
    """Return the usual firing as a fact, with ``changes``."""
    usual = SignalReceived(
        signal_id=fresh_id(7),
        delivery_id=DELIVERY,
        source="alertmanager",
        fingerprint="8a07086b74f3ba78",
        fingerprint_from="sender",
        status="firing",
        starts_at="2026-03-01T02:10:00.123456789Z",
        episode="1772331000123456789",
        fired_at="2026-03-01T02:10:00.123456Z",
        alert_name="HighLatency",
        service="checkout",
        environment="production",
        severity_hint="SEV-1",
        correlation="c" * 32,
        effect="open",
        why="rule:any-alert",
        labels=Prose(clear=LABELS),
    )
    return msgspec.structs.replace(usual, **changes)


class Seals:
    """Seals prose reproducibly and remembers what it sealed, by the placeholder's 16 digits."""

    def __init__(self) -> None:
        self.disclosed: dict[str, str] = {}

    def seal(self, text: Prose) -> Prose:
        """Return the sealed form of ``text``; the commitment is only a hash of the value here."""
        if text.c is not None:
            return text
        c = hashlib.sha256(msgspec.json.encode(text.clear)).hexdigest()
        self.disclosed[c[:16]] = text.clear if isinstance(text.clear, str) else repr(text.clear)
        return Prose(sealed=SealedRef(c=c, kid="d" * 32))

    def fact(self, fact: F) -> F:
        """Return ``fact`` with all its prose sealed."""
        return map_prose(fact, self.seal)


def recorded(
    facts: Iterable[Fact | UnknownFact],
    stream: str = STREAM,
    first_position: int = 10,
    start: datetime = NOW,
    seals: Seals | None = None,
) -> tuple[Recorded[Fact | UnknownFact], ...]:
    """Return ``facts`` as one stream recorded them, a minute apart, sealed."""
    using = seals or Seals()
    return tuple(
        _recorded(using.fact(fact), stream, first_position + i, i + 1, start + timedelta(minutes=i))
        for i, fact in enumerate(facts)
    )


def _recorded(
    fact: Fact | UnknownFact, stream: str, position: int, version: int, at: datetime
) -> Recorded[Fact | UnknownFact]:
    known = None if isinstance(fact, UnknownFact) else happened_at(fact)
    return Recorded(
        fact=fact,
        type=fact.type if isinstance(fact, UnknownFact) else type_name(fact),
        position=position,
        stream=stream,
        version=version,
        leaf=hashlib.sha256(f"{stream} {version}".encode()).hexdigest(),
        id=fresh_id(1000 + position),
        time=known or timestamp(at),
        recordedtime=timestamp(at),
        authtype="user",
        authid="p-commander",
        authroles=("incident_commander",),
    )
