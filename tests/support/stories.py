"""Stories of incidents, told over HTTP by people with tokens of their own, and checked offline at the end.

A `World` is a running service: a process on loopback, or the application in this process where a process
adds nothing (then with a clock to move). A `Story` counts what people ask for; `World.finish` exports the
ledger and has it verified under the pinned key.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from fastapi import FastAPI
from starlette.testclient import TestClient

from application.engine import Engine
from domain.classified import Profile
from ledger.publisher import run_publisher
from tallystick.publishing import own_publisher
from tallystick.service import build_app
from tallystick.settings import load_settings
from tests.support.commandline import run
from tests.support.documents import check_documents
from tests.support.processes import Children, wait_until
from tests.support.schemas import check_artifacts
from tests.support.service import Answer, Service
from tests.support.use_cases import SteppingClock, an_alert, make_home, open_home

Send = Callable[[str, str, bytes | None, Mapping[str, str]], Answer]
"""Method, path, body and headers of a request, to the answer whatever its status."""

JSON = {"Content-Type": "application/json"}
WHY = "Because the graphs and the customers say so."
ALL_ROLES = ["incident_commander", "sre_on_call", "product_owner"]
SCOPE: dict[str, Any] = {"services": ["checkout"], "regulated_data": False, "customer_notification": False}
PLAN: dict[str, Any] = {"template": "rollback", "to_version": "1.2.3"}
APPROVE: dict[str, Any] = {"revision": 1, "rationale": "Version 1.2.3 ran for two weeks without trouble."}
CHECKS = ("api_health", "primary_user_journey", "data_integrity", "error_rate", "smoke_test")
WELL = "half an hour in which nothing happens"
SEEN_WELL: dict[str, Any] = {
    "slos": [{"slo_id": "latency-p99", "objective": "800", "observed": "310", "met": True}],
    "alerts": {"cleared": True},
    "stability": {"breaches": 0},
}
ITEMS = ("script", "backup", "prerequisite", "dependency", "credential", "rehearsal")
PATIENCE = 400
"""How often a twentieth of a second is waited for a checkpoint; a service publishes every second."""
ROLES = {
    "alice": ("on_call_lead", "sre_on_call"),
    "bob": ("product_owner", "release_manager"),
    "carol": ("responder",),
    "dave": ("security_compliance",),
}


class Person(NamedTuple):
    """Somebody of the directory and the token they act with."""

    name: str
    id: str
    token: str


class Cast(NamedTuple):
    """The usual people."""

    alice: Person
    bob: Person
    carol: Person
    dave: Person


class Told(NamedTuple):
    """A recorded fact as the API shows it."""

    kind: str
    data: Any
    stream: str
    version: int
    authid: str
    authroles: str
    time: str
    recordedtime: str


class Done(NamedTuple):
    """A receipt and the facts in it."""

    answer: Answer
    facts: tuple[Told, ...]

    @property
    def kinds(self) -> list[str]:
        return [fact.kind for fact in self.facts]

    @property
    def version(self) -> int:
        return int(self.answer.json["version"])

    def of(self, kind: str) -> list[Told]:
        """Return the facts of a kind."""
        return [fact for fact in self.facts if fact.kind == kind]

    def data(self, kind: str) -> Any:
        """Return the data of the last fact of a kind."""
        return self.of(kind)[-1].data


class World:
    """A running service on the home at ``home``, and the tokens that the home keeps."""

    def __init__(
        self, send: Send, home: Path, clock: SteppingClock | None = None, app: FastAPI | None = None
    ) -> None:
        self._send, self.home, self.clock, self.app = send, home, clock, app
        self.admin = Person("admin", "p-admin", (home / "admin.token").read_text().strip())
        self.intake = Person("intake", "p-intake", (home / "intake.token").read_text().strip())

    def ask(
        self,
        who: Person | None,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Return the answer to a request; the service never fails."""
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {} if data is None else dict(JSON)
        if who is not None:
            given["Authorization"] = f"Bearer {who.token}"
        answer = self._send(method, path, data, {**given, **(headers or {})})
        assert answer.status < 500, f"{method} {path}: {answer.status} {answer.body.decode()}"
        return answer

    def answered(self, who: Person, path: str) -> Answer:
        """Return the answer to a question, which may be that what is stored does not hold."""
        return self._send("GET", path, None, {"Authorization": f"Bearer {who.token}"})

    def add(self, name: str, *roles: str, kind: str = "user") -> Person:
        """Return somebody who is new in the directory, with a token of theirs."""
        body = {"name": name, "kind": kind, "roles": roles}
        added = self.ask(self.admin, "POST", "/v1/people", body)
        assert added.status == 201, added.body
        who = added.json["principal"]
        issued = self.ask(self.admin, "POST", f"/v1/people/{who}/tokens")
        assert issued.status == 201, issued.body
        return Person(name, who, issued.json["token"])

    def cast(self) -> Cast:
        """Return the usual people, new in the directory."""
        return Cast(*(self.add(name, *roles) for name, roles in ROLES.items()))

    def story(self) -> Story:
        """Return a story in which nothing was asked yet."""
        return Story(self)

    def another(self, word: str) -> str:
        """Return a name that nothing else in this world has, nor had before the service was killed."""
        return f"{word}-{uuid4().hex[:12]}"

    def facts(self, stream: str | None = None) -> list[Told]:
        """Return what the feed has, of one stream or of all."""
        found: list[Told] = []
        after, size = 0, 1
        while after < size:
            page = self.ask(self.admin, "GET", f"/v1/events?after={after}&limit=1000").json
            found += [_told(item["event"]) for item in page["events"]]
            after, size = page["next"], page["size"]
        return [fact for fact in found if stream in (None, fact.stream)]

    @property
    def engine(self) -> Engine:
        """The ledger of a service in this process."""
        assert self.app is not None
        engine: Engine = self.app.state.service.engine
        return engine

    def finish(self) -> None:
        """Export all of the ledger, verify it as an auditor would with the key pinned at first."""
        self._published()
        out = self.home.parent / self.another("export")
        run("export", "--ledger", "--out", out, "--home", self.home).fine()
        run("verify", out, "--log-key", self.home / "log.vkey").fine()
        if any(fact.kind == "incident-opened" for fact in self.facts()):
            check_artifacts(out)
            check_documents(out)

    def _published(self) -> None:
        """Return when a checkpoint covers all that is recorded: no export holds more than that."""
        size = self.ask(self.admin, "GET", "/v1/events?limit=1").json["size"]
        for _ in range(PATIENCE):
            checkpoint = self.answered(self.admin, "/log/checkpoint")
            if checkpoint.status == 200 and int(checkpoint.body.split(b"\n")[1]) >= size:
                return
            time.sleep(0.05)
        raise AssertionError(f"{size} entries are recorded, and not all of them published")


class Story:
    """What some people ask of a service, counted: ``requests``, and bytes ``sent`` and ``received``."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.requests = self.sent = self.received = 0
        self.askers: set[str] = set()

    def ask(self, who: Person, path: str, body: Any, headers: Mapping[str, str] | None = None) -> Answer:
        """Return the answer to a write, counted."""
        answer = self.world.ask(who, "POST", path, body, headers)
        self._count(who, len(json.dumps(body)), answer)
        return answer

    def _count(self, who: Person, sent: int, answer: Answer) -> None:
        self.requests += 1
        self.sent += sent
        self.received += len(answer.body)
        self.askers.add(who.id)

    def upload(self, who: Person, incident: Incident, content: bytes) -> Any:
        """Return the reference of a file that somebody uploads, counted."""
        answer = self.world.ask(who, "POST", f"/v1/incidents/{incident.stream}/blobs", content)
        assert answer.status == 201, answer.body
        self._count(who, len(content), answer)
        return answer.json

    def open(self, who: Person, **fields: Any) -> Incident:
        """Return an incident that somebody opens by hand."""
        body = {"title": "Checkout answers slowly", "environment": "production", "services": ["checkout"]}
        answer = self.ask(who, "/v1/incidents", {**body, **fields})
        assert answer.status == 201, answer.body
        return Incident(self, answer.json["incident"])

    def fires(self, group: str | None = None, **alert: Any) -> Incident:
        """Return the incident that an alert opens, or joins; each group has one of its own."""
        return Incident(self, self.delivered(group or self.world.another("group"), **alert)[0])

    def delivered(self, group: str, **alert: Any) -> list[str]:
        """Return the incidents that a delivery of Alertmanager concerns; its request is not a person's."""
        body = {"version": "4", "groupKey": group, "alerts": [an_alert(**{"pod": group, **alert})]}
        answer = self.world.ask(self.world.intake, "POST", "/v1/signals/alertmanager", body)
        assert answer.status == 200, answer.body
        return list(answer.json["incidents"])

    def __str__(self) -> str:
        size = f"{self.sent:,} bytes sent and {self.received:,} received"
        return f"{self.requests} requests by {len(self.askers)} people, {size}"

    def finish(self) -> None:
        """Have everything so far verified offline."""
        self.world.finish()


class Incident:
    """One incident of a story."""

    def __init__(self, story: Story, stream: str) -> None:
        self.story, self.stream = story, stream

    def ask(
        self, who: Person, action: str, /, headers: Mapping[str, str] | None = None, **fields: Any
    ) -> Answer:
        """Return the answer to an action."""
        path = f"/v1/incidents/{self.stream}/actions"
        return self.story.ask(who, path, {"action": action, **fields}, headers)

    def do(
        self, who: Person, action: str, /, headers: Mapping[str, str] | None = None, **fields: Any
    ) -> Done:
        """Return what an action recorded that the rules allow."""
        answer = self.ask(who, action, headers, **fields)
        assert answer.status == 200, f"{who.name} {action}: {answer.body.decode()[:600]}"
        return Done(answer, receipt_facts(answer.json))

    def refused(
        self, who: Person, action: str, code: str, /, headers: Mapping[str, str] | None = None, **fields: Any
    ) -> Any:
        """Return the problem that an action meets, which has this code."""
        answer = self.ask(who, action, headers, **fields)
        found = answer.json if answer.status >= 400 else {"code": answer.status}
        assert found["code"] == code, f"{who.name} {action}: {found | {'receipt': ...}}"
        return found

    def view(self, who: Person | None = None) -> Any:
        """Return how somebody sees it, the administrator by default."""
        answer = self.story.world.ask(who or self.story.world.admin, "GET", f"/v1/incidents/{self.stream}")
        assert answer.status == 200, answer.body
        return answer.json

    @property
    def state(self) -> str:
        return str(self.view()["state"])

    @property
    def facts(self) -> list[Told]:
        return self.story.world.facts(self.stream)

    @property
    def kinds(self) -> list[str]:
        return [fact.kind for fact in self.facts]

    @property
    def texts(self) -> list[str]:
        """What the timeline says."""
        world = self.story.world
        answer = world.ask(world.admin, "GET", f"/v1/incidents/{self.stream}/timeline")
        return [entry["text"] for entry in answer.json["entries"]]

    def quiet(self) -> Incident:
        """Return the incident once every notice has found its way and is recorded."""

        def waiting() -> set[str]:
            facts = self.facts
            asked = {
                f.data["notification_id"] for f in facts if f.kind == "stakeholder-notification-requested"
            }
            told = {f.data.get("notification_id") for f in facts if f.kind == "stakeholder-notified"}
            return asked - told

        wait_until(lambda: not waiting(), 30, "everybody is told")
        return self

    def verdict(self, gate: str) -> Any:
        """Return the latest authoritative verdict of a gate."""
        verdicts = [fact.data for fact in self.facts if fact.kind == "gate-evaluated"]
        return next(x for x in reversed(verdicts) if x["gate"] == gate and x["authoritative"])

    def until(self, state: str, cast: Cast) -> Incident:
        """Bring it along the happy path until it stands at ``state``, or has gone past it."""
        if state == "detecting":
            return self
        for who, action, fields, reached in HAPPY:
            self.do(getattr(cast, who), action, **fields)
            if reached == state:
                break
        return self


HAPPY: tuple[tuple[str, str, dict[str, Any], str], ...] = (
    ("alice", "declare", {"rationale": "A third of the payments fail, seen by hand."}, "assessing"),
    ("alice", "propose-severity", {"severity": "SEV-1", "rationale": WHY}, "agreed"),
    ("alice", "confirm-scope", SCOPE, "notifying"),
    ("alice", "attest-notice", {"roles": ALL_ROLES, "channel": "meeting"}, "planning"),
    ("alice", "propose-plan", PLAN, "aligning"),
    ("alice", "approve", APPROVE, "half"),
    ("bob", "approve", {"revision": 1, "rationale": "The build is there, the schema fits."}, "approved"),
    ("alice", "start-execution", {}, "executing"),
)
"""Who does what on the way to an executed rollback, and what that reaches: a state, or a word for less."""

TO_THE_END: tuple[tuple[str, str, dict[str, Any], str], ...] = (
    ("alice", "record-command", {"exit_code": 0}, "validating"),
    ("bob", "record-checks", {"checks": [{"check": name, "result": "pass"} for name in CHECKS]}, "told"),
    ("alice", "attest-notice", {"roles": ALL_ROLES, "channel": "phone", "purpose": "resolution"}, WELL),
    ("bob", "verify-restoration", SEEN_WELL, "confirming_resolution"),
    ("alice", "confirm-resolution", {"kind": "rollback", "summary": WHY}, "capturing_rca"),
    *(
        ("bob", "capture-evidence", {"kind": kind, "title": f"A {kind}", "content": WHY}, "captured")
        for kind in ("log", "contributing_factor", "dashboard")
    ),
    ("alice", "archive-evidence", {}, "drafting_report"),
    ("bob", "action-item", {"title": "Alert on the length of the queue"}, "followed"),
    ("bob", "write-report", {"status": "complete"}, "documented"),
    ("bob", "seal", {"what": "manifest"}, "sealed"),
    ("alice", "cover-role", {"role": "performance_engineer", "by": "bob", "rationale": WHY}, "covered"),
    ("alice", "review", {"verdict": "approved", "rationale": WHY}, "half reviewed"),
    ("bob", "review", {"verdict": "approved", "rationale": WHY}, "reviewed"),
    ("alice", "close", {"rationale": WHY}, "closed"),
)
"""The same from there to the closed incident, opened by hand; before `WELL` half an hour passes."""

DETOURS: Mapping[str, tuple[str, str, dict[str, Any]]] = {
    "dismissed": ("detecting", "dismiss", {"rationale": "The probe had lost its network."}),
    "verifying_rollback": (
        "planning",
        "propose-plan",
        {**PLAN, "checklist": [{"item_id": name, "category": name} for name in ITEMS]},
    ),
    "validating_recovery": (
        "planning",
        "mitigation-not-required",
        {"kind": "self_recovered", "rationale": "The provider repaired it."},
    ),
    "halted": ("notifying", "mark-step", {"mark": "halted", "rationale": "The dashboards disagree."}),
    "waiver asked for": (
        "verifying_rollback",
        "request-waiver",
        {"gate": "mitigation", "justification": WHY, "risk_assessment": "Ten minutes more than rehearsed."},
    ),
}
"""What is not on the happy path: from which state, and what Alice does there."""


def standing(story: Story, cast: Cast, state: str) -> Incident:
    """Return a new incident that stands at ``state``: one of the path, of `DETOURS`, or merged."""
    if state == "merged":
        incident = story.fires().until("assessing", cast)
        incident.do(cast.alice, "merge", into=story.fires().stream, rationale=WHY)
        return incident
    if state in [row[3] for row in TO_THE_END]:
        return _at_the_end(story, cast, state)
    if state not in DETOURS:
        return story.fires().until(state, cast)
    before, action, fields = DETOURS[state]
    incident = standing(story, cast, before)
    if action == "request-waiver":
        incident.do(cast.alice, "evaluate-gate", gate="mitigation")
    incident.do(cast.alice, action, **fields)
    return incident


def _at_the_end(story: Story, cast: Cast, state: str) -> Incident:
    """Return an incident without an alert that stands where what was executed has been done."""
    incident = story.open(cast.alice).until("executing", cast)
    for who, action, fields, reached in TO_THE_END:
        by = {"by": cast.bob.id} if action == "cover-role" else {}
        incident.do(getattr(cast, who), action, **{**fields, **by})
        if reached == WELL:
            assert story.world.clock is not None, "only a world with a clock to move waits"
            story.world.clock.forward(minutes=31)
        if reached == state:
            break
    return incident


def receipt_facts(receipt: Any) -> tuple[Told, ...]:
    """Return the facts of a receipt, read from the signed envelopes themselves."""
    payloads = (json.loads(entry["envelope"])["payload"] for entry in receipt["entries"])
    return tuple(_told(json.loads(base64.b64decode(payload))) for payload in payloads)


def _told(event: Any) -> Told:
    return Told(
        kind=event["type"].removeprefix("tallystick.").removesuffix(".v1"),
        data=event["data"],
        stream=event["subject"],
        version=event["streamversion"],
        authid=event["authid"],
        authroles=event.get("authroles", ""),
        time=event["time"],
        recordedtime=event["recordedtime"],
    )


def served_by(service: Service) -> World:
    """Return the world of a service that runs as a process."""

    def send(method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        return service.request(method, path, body, headers=dict(headers))

    return World(send, service.home)


@contextmanager
def in_process(home: Path, profile: Profile = "team", *, stepping: bool = False) -> Iterator[World]:
    """The application on a home of its own in this process, with a clock to move if ``stepping``."""
    make_home(home)
    (home / "tallystick.toml").write_text(f'profile = "{profile}"\n')
    clock = SteppingClock() if stepping else None
    with open_home(home, clock) as engine, ExitStack() as stack:
        app = build_app(load_settings(home=home), engine)
        stack.enter_context(_publishing(home, engine))
        http = stack.enter_context(TestClient(app, follow_redirects=False))

        def send(method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
            found = http.request(method, path, content=body, headers=dict(headers))
            return Answer(found.status_code, dict(found.headers), found.content)

        yield World(send, home, clock, app)


@contextmanager
def _publishing(home: Path, engine: Engine) -> Iterator[None]:
    """Publish what is recorded, from a thread as the service does, until the end of the block."""
    stop, failed = threading.Event(), list[Exception]()
    publisher = own_publisher(load_settings(home=home), engine)
    assert publisher is not None
    loop = partial(run_publisher, publisher, engine.commits, stop, on_error=failed.append, interval_s=0.02)
    thread = threading.Thread(target=loop, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    assert not failed, failed


@contextmanager
def serving(folder: Path) -> Iterator[World]:
    """A service as a process of its own, on a home in ``folder``; ended with the block."""
    children = Children(folder / "children")
    try:
        yield served_by(Service(children, folder / "home"))
    finally:
        children.stop()
