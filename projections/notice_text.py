"""What a notice says: a function of the incident's facts up to the request, and of the request (R-DEC-34).

Canonical: sealed texts are placeholders, people are principal ids. `projections.placeholder.reveal` puts the
texts in for delivery alone. The subject is one line, and so is every line of the text: no foreign word can
add a line of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce

from msgspec import Struct

from domain.facts import Fact
from domain.flow.transitions import PLACES
from domain.notices.facts import StakeholderNotificationRequested
from domain.protocol import PROTOCOL_ID
from domain.recorded import Recorded, UnknownFact
from domain.sentence import Foreign, Sentence, listed, told
from projections.artifacts.banners import SOLO
from projections.incident_list import Row, after
from projections.notice_gates import failed_gates
from projections.placeholder import plain

DRILL = "DRILL"


class Template(Struct, frozen=True):
    """How a notice opens, and what it asks of whom it tells; both in words of ours."""

    opens: str
    asks: str


TEMPLATES: Mapping[str, Template] = {
    "initial.v1": Template(
        "Severity is agreed and you are told because of your role.",
        "Please acknowledge, and do what your role does in this incident.",
    ),
    "update.v1": Template(
        "This is an update on an incident of which you were told because of your role.",
        "Please read it; nothing else is asked of you unless it says so.",
    ),
    "gate_failed.v1": Template(
        "A quality gate failed; you are told because you can help it pass.",
        "Please look at what fails, and at what helps: tallystick gates shows both.",
    ),
    "resolution.v1": Template(
        "The incident is being brought to its end: the service has recovered and is watched.",
        "Please say so if it is not over for you; else nothing is asked of you.",
    ),
    "escalation.v1": Template(
        "This incident was escalated to you.", "Please acknowledge, and take part in it now."
    ),
}
"""Template -> its words. A change of them needs a new version beside the old one."""

UNKNOWN = Template("You are told of an incident because of your role.", "Please acknowledge.")
"""For a template that this program does not know: somebody is better told in these words than not at all."""


class NoticeText(Struct, frozen=True, kw_only=True):
    """The canonical text of a notice, and whether it is about a drill."""

    subject: str
    text: str
    drill: bool


def notice_text(
    recorded: Sequence[Recorded[Fact | UnknownFact]],
    request: StakeholderNotificationRequested,
    sender: str,
    number: str,
) -> NoticeText | None:
    """Return what ``request`` says, None if ``recorded``, the stream up to it, opens no incident.

    ``number`` is how people call the incident, ``sender`` the principal behind the request.
    """
    row = reduce(lambda row, item: after(row, item, 1), recorded, _none())
    if row is None:
        return None
    sentences = _lines(row, recorded, request, sender, number)
    return NoticeText(
        subject=plain(_subject(row, request, number)),
        text="".join(f"{plain(sentence)}\n" for sentence in sentences),
        drill=row.drill,
    )


def _none() -> Row | None:
    return None


def _subject(row: Row, request: StakeholderNotificationRequested, number: str) -> Sentence:
    drill = f"{DRILL} " if row.drill else ""
    unheld = () if request.recipient else ("nobody holds ", *listed(request.roles), ": ")
    return f"{drill}[PROTOCOL {PROTOCOL_ID}] {request.severity} ", Foreign(number), ": ", *unheld, row.title


def _lines(
    row: Row,
    recorded: Sequence[Recorded[Fact | UnknownFact]],
    request: StakeholderNotificationRequested,
    sender: str,
    number: str,
) -> Iterator[Sentence]:
    template = TEMPLATES.get(request.template_id, UNKNOWN)
    if row.drill:
        yield (f"{DRILL}: this incident is an exercise.",)
    if request.recipient is None:
        yield "Nobody reachable holds ", *listed(request.roles), ". Somebody has to tell them by hand."
    yield (template.opens,)
    if request.purpose == "gate_failed":
        yield from failed_gates(recorded)
    yield from _facts(row, request, number)
    yield from _from_sender(request, sender)
    yield (template.asks,)
    yield "Acknowledge with: tallystick act ", Foreign(number), f" acknowledge id={request.notification_id}"
    if row.profile == "solo":
        yield (SOLO,)


def _facts(row: Row, request: StakeholderNotificationRequested, number: str) -> Iterator[Sentence]:
    place, scope = PLACES.get(row.state), row.assessment.scope
    where = "" if place is None else f", phase {place.phase}, step {place.step}"
    yield "Incident: ", Foreign(number), ", ", row.title
    yield (f"Severity: {request.severity}, round {request.round}",)
    yield "Services: ", *listed(row.services if scope is None else scope.fact.services)
    yield "Regions: ", *listed(() if scope is None else scope.fact.regions, "not known yet")
    yield "Environment: ", Foreign(row.environment or "not known")
    yield (f"State: {row.state}{where}",)
    yield (f"Commander: {row.commander or 'nobody yet'}",)
    yield "Told: ", Foreign(request.recipient or "nobody"), " as ", *listed(request.roles)


def _from_sender(request: StakeholderNotificationRequested, sender: str) -> Iterator[Sentence]:
    if request.text is not None:
        yield (f"From {sender}", *told(": ", request.text))
