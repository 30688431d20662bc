"""An incident played by the rules alone: people with roles, a clock to move, no disk (domain only)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from domain import incident
from domain.classified import Profile
from domain.context import Chosen, Context, Principal
from domain.documents import Documents, Listing, Packed
from domain.incident import IncidentCommand
from domain.incident_state import NOTHING, Incident, evolve
from domain.own_commands import RecordVerification
from domain.plan_template import PlanTemplate
from domain.policy import Policy
from domain.recorded import Pending
from domain.recorded_at import recorded_at
from domain.refusal import OnRecord, Refusal
from domain.roles import Held
from domain.rootcause.facts import Found
from domain.roster import Roster
from projections.policyfile import parse_policy
from projections.strictyaml import parse
from tests.support.meaning import Seals, fresh_id

CONFIG = Path(__file__).parents[2] / "config"
FILES: Mapping[Profile, str] = {"strict": "17.yaml", "team": "17.team.yaml", "solo": "17.solo.yaml"}
POLICY_IDS: Mapping[Profile, str] = {"strict": "1" * 64, "team": "2" * 64, "solo": "3" * 64}
START = datetime(2026, 3, 1, 2, 15, tzinfo=UTC)

DOCUMENTS = Documents(
    renderer=2,
    report="5" * 64,
    manifest=Listing(sha256="6" * 64, listed=24, required=24),
    bundle=Packed(sha256="7" * 64, size_bytes=4_711, log_size=99),
)
"""What a use case would have rendered; the rules never see more of it."""

ALICE = Principal(id="p-alice", type="user", roles=("on_call_lead", "sre_on_call"))
BOB = Principal(id="p-bob", type="user", roles=("product_owner", "release_manager"))
CAROL = Principal(id="p-carol", type="user", roles=("responder",))
DAVE = Principal(id="p-dave", type="user", roles=("security_compliance",))
EVERYBODY = (ALICE, BOB, CAROL, DAVE)
PROGRAM = Principal(id="p-ci", type="service_account", roles=("ci",))
NOTIFIER = Principal(id="p-notifier", type="system", roles=("notifier",))


@cache
def policy(profile: Profile) -> Policy:
    """Return a shipped policy."""
    file = CONFIG / "protocol_gates" / FILES[profile]
    return parse_policy(file.read_bytes(), file.name)


@cache
def template(name: str) -> Chosen:
    """Return a shipped plan template."""
    file = CONFIG / "plans" / f"{name}.yaml"
    return Chosen(template=parse(file.read_bytes(), PlanTemplate, file.name), sha256="4" * 64)


class Play:
    """One incident, its people and its clock; what is decided is sealed and folded as the ledger would."""

    def __init__(self, profile: Profile = "team", people: tuple[Principal, ...] = EVERYBODY) -> None:
        self.state: Incident = NOTHING
        self.now = START
        self.profile = profile
        self.people = people
        self.facts: list[Any] = []
        self.items: list[Pending[Any]] = []
        self._seals = Seals()
        self._ids = 100

    def ask(
        self, command: IncidentCommand, who: Principal = ALICE, **context: Any
    ) -> tuple[Any, ...] | Refusal | OnRecord:
        """Return what the rules answer, after recording what there is to record; a second passes."""
        self.now += timedelta(seconds=1)
        told = self.context(command, who, **context)
        answer = incident.decide(self.state, command, told)
        self.record(answer.facts if isinstance(answer, OnRecord) else answer, told)
        return answer

    def compare(self, **found: Found) -> tuple[Any, ...]:
        """Return what was found of the bytes of all evidence: as they should be, unless told otherwise."""
        pieces = self.state.rootcause.evidence
        words = tuple((name, found.get(name, "ok")) for name in pieces)
        return self.do(RecordVerification(found=words), NOTIFIER)

    def do(self, command: IncidentCommand, who: Principal = ALICE, **context: Any) -> tuple[Any, ...]:
        """Return the facts of a command that the rules allow."""
        answer = self.ask(command, who, **context)
        assert isinstance(answer, tuple), answer
        return answer

    def refused(self, command: IncidentCommand, who: Principal = ALICE, **context: Any) -> Refusal:
        """Return the refusal of a command."""
        answer = self.ask(command, who, **context)
        assert not isinstance(answer, tuple), answer
        return answer.refusal if isinstance(answer, OnRecord) else answer

    def forward(self, **by: float) -> None:
        """Let time pass."""
        self.now += timedelta(**by)

    def context(self, command: IncidentCommand, who: Principal, **changes: Any) -> Context:
        """Return what a use case would tell the decision."""
        self._ids += 2
        usual = Context(
            principal=who,
            now=self.now,
            ids=(fresh_id(self._ids), fresh_id(self._ids + 1)),
            policies=POLICY_IDS,
            profile=self.profile,
            policy=policy(getattr(command, "profile", None) or self.state.intake.profile),
            roster=self.roster(),
            held=self.held(who),
            template=self._template(command),
            documents=DOCUMENTS,
        )
        return msgspec.structs.replace(usual, **changes)

    def roster(self) -> Roster:
        """Return who can be told in which role; everybody has a phone and nothing that we deliver to."""
        roles = sorted({role for person in self.people for role in person.roles})
        return Roster(
            holders={role: tuple(p.id for p in self.people if role in p.roles) for role in roles},
            channels={person.id: ("phone",) for person in self.people},
            known=frozenset(person.id for person in self.people),
        )

    def held(self, who: Principal) -> Mapping[str, Held]:
        """Return how somebody holds roles: all granted a day ago by one administrator."""
        return {
            role: Held(role=role, granted_by="p-admin", granted_at="2026-02-28T02:15:00.000000Z")
            for role in who.roles
        }

    def record(self, facts: Any, told: Context) -> None:
        """Record facts as they were decided."""
        if isinstance(facts, Refusal):
            return
        at = recorded_at(self.state, told)
        for fact in facts:
            sealed = self._seals.fact(fact)
            item = Pending(
                fact=sealed,
                version=self.state.version + 1,
                authid=told.principal.id,
                time=at,
                recordedtime=at,
            )
            self.facts.append(sealed)
            self.items.append(item)
            self.state = evolve(self.state, item)

    def kinds(self, facts: Any = None) -> list[str]:
        """Return the names of the types of facts, of all of them by default."""
        return [type(fact).__name__ for fact in (self.facts if facts is None else facts)]

    def _template(self, command: IncidentCommand) -> Chosen | None:
        name = getattr(command, "template", None)
        known = (CONFIG / "plans" / f"{name}.yaml").exists() if name else False
        return template(name) if known and isinstance(name, str) else None
