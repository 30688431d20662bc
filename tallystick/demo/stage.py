"""Where the demonstration is played: a home of its own, a clock that the script moves, people with roles."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import datetime, timedelta
from functools import reduce

from msgspec.structs import replace

from application.acting import ActRequest, act
from application.changing_people import Changed, PeopleRequest, change_people
from application.engine import Engine
from application.people_asks import Ask
from application.replaying import Refused
from application.steps import run
from application.uploads import Upload
from consumers.alertmanager import fingerprint
from consumers.webhook import SOURCES
from domain.commands import Command
from domain.context import Principal
from domain.directory import roles_of
from domain.incident_state import NOTHING, Incident
from domain.intake.commands import AttachAlert
from domain.people_commands import AddPerson
from domain.refusal import Refusal
from domain.streams import alert_stream
from ledger.errors import LedgerError
from ledger.store.contract import Row
from tallystick.demo.steps import Alert, Attach, Deed, Step, WithFile
from tallystick.notices import notify_now
from tallystick.publishing import publish_before, publish_now
from tallystick.settings import Settings
from tallystick.tokens import INTAKE, OPERATOR

LABELS = {
    "alertname": "HighLatency",
    "service": "checkout-api",
    "environment": "production",
    "severity": "critical",
    "drill": "true",
}
SUMMARY = "p99 latency of checkout-api is 1.9 s, above 800 ms for two minutes"
SOURCE = "alertmanager"
NEVER = "0001-01-01T00:00:00Z"


class DemoRefused(LedgerError):
    """The rules refused a step of the demonstration: a bug of ours."""


class DemoClock:
    """A clock that stands where the script put it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Return the moment that the script is at."""
        return self.now


class Stage:
    """One incident on a ledger of its own; ``began`` is when its alert began to fire."""

    def __init__(self, engine: Engine, settings: Settings, clock: DemoClock) -> None:
        self._engine, self._settings, self._clock = engine, settings, clock
        self.began = clock.now
        self._people: dict[str, str] = {}
        self.stream: str | None = None

    def cast(self, person: AddPerson) -> None:
        """Add somebody to the directory."""
        ask = Ask(action="add-person", body=person)
        outcome = run(change_people(self._engine, PeopleRequest(ask=ask, principal=OPERATOR)))
        if not isinstance(outcome, Changed):
            raise DemoRefused(f"{person.name}: {outcome.message}")
        self._people[person.name] = outcome.person

    def play(self, step: Step) -> tuple[Row, ...]:
        """Return what a step recorded, at its time, with everybody told whom it concerns."""
        self._clock.now = self.began + timedelta(minutes=step.at)
        publish_before(self._settings, self._engine, step.deed)
        rows = self._done(step.deed, step.who)
        publish_now(self._settings, self._engine)
        notify_now(self._settings, self._engine, rows)
        return rows

    def state(self) -> Incident:
        """Return the state of the incident, that of nothing before it is opened."""
        return NOTHING if self.stream is None else self._engine.states.incident(self.stream).state

    def named(self, text: str) -> str:
        """Return a text with the people in it by their names."""
        return reduce(lambda text, it: text.replace(it[1], it[0]), self._people.items(), text)

    def _done(self, deed: Deed, who: str) -> tuple[Row, ...]:
        match deed:
            case Alert():
                delivered = run(SOURCES[SOURCE](self._engine, self._message(deed), {}, INTAKE))
                return tuple(delivered.receipt.rows)
            case Attach():
                alert = alert_stream(SOURCE, fingerprint(LABELS.items()))
                return self._asked(AttachAlert(alert=alert, why=deed.rationale), who)
            case WithFile():
                reference = self._uploaded(deed.content.encode())
                return self._asked(replace(deed.command, **{deed.field: reference}), who)
            case _:
                return self._asked(deed, who)

    def _asked(self, command: Command, who: str) -> tuple[Row, ...]:
        request = ActRequest(command=command, stream=self.stream, principal=self._principal(who))
        outcome = run(act(self._engine, request))
        if isinstance(outcome, Refusal | Refused):
            refusal = outcome if isinstance(outcome, Refusal) else outcome.refusal
            raise DemoRefused(f"{who}: {refusal.message}; expected {refusal.expected}, found {refusal.found}")
        self.stream = self.stream or outcome.rows[0].stream
        return tuple(outcome.rows)

    def _principal(self, who: str) -> Principal:
        person = self._people[who]
        held = roles_of(self._engine.people.current().state, person)
        return Principal(id=person, type="user", roles=tuple(sorted(held)))

    def _uploaded(self, content: bytes) -> object:
        if self.stream is None:
            raise DemoRefused("a file belongs to an incident, and none is open")
        with closing(Upload(self._engine.spools)) as arriving:
            arriving.write(content)
            return arriving.keep(self.stream, self._engine.vault, self._engine.blobs)

    def _message(self, alert: Alert) -> bytes:
        """Return what Alertmanager sends (docs/signals.md)."""
        told = {
            "status": "firing" if alert.firing else "resolved",
            "labels": LABELS,
            "annotations": {"summary": SUMMARY},
            "startsAt": f"{self.began:%Y-%m-%dT%H:%M:%SZ}",
            "endsAt": NEVER if alert.firing else f"{self._clock.now:%Y-%m-%dT%H:%M:%SZ}",
        }
        return json.dumps({"version": "4", "groupKey": "demo", "alerts": [told]}).encode()
