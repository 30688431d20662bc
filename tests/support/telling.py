"""People to be told, incidents of which they are told, and channels that do as a test says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from application.changing_people import Changed, PeopleRequest, change_people
from application.channels.contract import Delivered, Message, Undelivered
from application.engine import Engine
from application.notifier import Notifier
from application.outbox import waiting_in
from application.people_asks import Ask
from application.steps import run
from domain.context import Principal
from domain.intake.commands import DeclareIncident, OpenIncident
from domain.people_commands import AddPerson, ContactDetails, PersonChange
from domain.role_names import RoleId
from domain.severity.commands import ConfirmScope, ProposeSeverity
from projections.outbox import Waiting
from tests.support.directory import ADMIN, WHY
from tests.support.use_cases import do, open_one

TITLE = "Checkout answers slowly"
SECRET = "http://127.0.0.1:9/hooks/secret-path?token=tok-secret"
ACCEPTED, LOCALLY = Delivered(proof="accepted"), Delivered(proof="recorded_locally")
LATER, NEVER = Undelivered(error="not now"), Undelivered(error="never", permanent=True)

Answer = Delivered | Undelivered | Exception | Callable[[Message], Delivered | Undelivered]


class FakeChannel:
    """Answers as it is told, the last answer for ever, and keeps what it was given."""

    def __init__(self, *answers: Answer) -> None:
        self.answers, self.messages = list(answers), list[Message]()

    @property
    def told(self) -> list[str]:
        """The ids of the notices, in order."""
        return [message.content.notification_id for message in self.messages]

    def deliver(self, message: Message) -> Delivered | Undelivered:
        self.messages.append(message)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer(message) if callable(answer) else answer


def asked(engine: Engine, ask: Ask) -> str:
    """Return the principal about whom something was recorded."""
    outcome = run(change_people(engine, PeopleRequest(ask=ask, principal=ADMIN)))
    assert isinstance(outcome, Changed), outcome
    return outcome.person


def person(engine: Engine, name: str, *roles: RoleId, webhook: str | None = SECRET) -> Principal:
    """Return somebody who is in the directory now, reached by a webhook unless that is None."""
    contacts = () if webhook is None else (ContactDetails(channel="webhook", address=webhook),)
    ask = Ask(action="add-person", body=AddPerson(name=name, contacts=contacts, roles=roles), who=None)
    return Principal(id=asked(engine, ask), type="user", roles=tuple(sorted(roles)))


def change(engine: Engine, who: Principal, **fields: Any) -> None:
    """Change somebody in the directory."""
    asked(engine, Ask(action="change-person", body=PersonChange(rationale=WHY, **fields), who=who.id))


def crew(engine: Engine, **options: Any) -> tuple[Principal, Principal]:
    """Return a commander who is on call too, and a product owner: all who must be told of a SEV-1."""
    ada = person(engine, "Ada", "on_call_lead", "sre_on_call", **options)
    return ada, person(engine, "Bob", "product_owner", **options)


def severe(engine: Engine, commander: Principal, **fields: Any) -> str:
    """Return an incident in which SEV-1 was agreed a moment ago."""
    usual: Mapping[str, Any] = {"environment": "production", "services": ("checkout",)}
    opening = OpenIncident(title=TITLE, **{**usual, **fields})
    stream = open_one(engine, opening, principal=commander)
    do(engine, DeclareIncident(rationale="Confirmed by hand."), stream, principal=commander)
    scope = ConfirmScope(services=("checkout",), regions=("eu-1",), regulated_data=False)
    do(engine, scope, stream, principal=commander)
    severity = ProposeSeverity(severity="SEV-1", rationale="A third of payments fail.")
    do(engine, severity, stream, principal=commander)
    return stream


def notifier(engine: Engine, webhook: FakeChannel, file: FakeChannel | None = None) -> Notifier:
    """Return a notifier with channels that a test made."""
    return Notifier(engine, {"webhook": webhook, "file": file or FakeChannel(LOCALLY)})


def waiting(engine: Engine, stream: str) -> Waiting:
    """Return the first notice of an incident that waits."""
    return waiting_in(engine.store, stream)[0]
