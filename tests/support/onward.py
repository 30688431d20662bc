"""What somebody asks for next where an incident stands, so that random examples get to its end as well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from domain import incident
from domain.context import Principal
from domain.crew.commands import CoverRole
from domain.flow.transitions import State
from domain.incident import IncidentCommand
from domain.notices.commands import AttestNotice
from domain.own_commands import RecordVerification
from domain.report.commands import SectionTold, WriteReport
from domain.rootcause.commands import CaptureEvidence
from tests.support import scenes
from tests.support.playing import ALICE, BOB, NOTIFIER, Play

Asked = tuple[Principal, IncidentCommand]

NEXT_STEPS = WriteReport(status="draft", sections=(SectionTold(name="next_steps", text="Alert earlier."),))
FOUND = RecordVerification(found=tuple((f"ev{n}", "ok") for n in range(1, 9)))
OVER = AttestNotice(roles=scenes.TOLD.roles, channel="phone", purpose="resolution")
COVER = CoverRole(role="performance_engineer", by=BOB.id, rationale=scenes.WHY)
PIECES = tuple(
    CaptureEvidence(kind=kind, title=f"A {kind}", content="02:10 the pool is exhausted")
    for kind in scenes.EVIDENCE
)

ONWARD: Mapping[State, tuple[Asked, ...]] = {
    "none": ((ALICE, scenes.OPEN),),
    "detecting": ((ALICE, scenes.DECLARE),),
    "assessing": ((ALICE, scenes.PROPOSE), (ALICE, scenes.SCOPE)),
    "notifying": ((ALICE, scenes.TOLD),),
    "planning": ((ALICE, scenes.PLAN),),
    "aligning": (
        (ALICE, scenes.START),
        *((who, scenes.approve(revision)) for who in (ALICE, BOB) for revision in (1, 2)),
    ),
    "executing": ((ALICE, scenes.DONE),),
    "validating_recovery": ((BOB, scenes.CHECKED),),
    "confirming_resolution": ((ALICE, scenes.CONFIRM), (ALICE, scenes.ALL_WELL), (ALICE, OVER)),
    "capturing_rca": ((ALICE, scenes.ARCHIVE), (NOTIFIER, FOUND), *((BOB, piece) for piece in PIECES)),
    "drafting_report": ((ALICE, scenes.COMPLETE), (BOB, NEXT_STEPS)),
    "documented": (
        (ALICE, scenes.CLOSE),
        (ALICE, scenes.SEAL),
        (ALICE, scenes.REVIEW),
        (BOB, scenes.REVIEW),
        (ALICE, COVER),
    ),
    "closed": ((ALICE, scenes.BUNDLE), (ALICE, scenes.SEAL), (ALICE, scenes.REOPEN)),
}
"""State -> what leads out of it, and what may have to come before that."""


def onward(play: Play, pick: int) -> Asked:
    """Return what leads on where the rules allow it, else what may have to come before, by ``pick``."""
    return next(_allowed(play, pick), (ALICE, scenes.SCOPE))


def _allowed(play: Play, pick: int) -> Iterator[Asked]:
    first, *rest = ONWARD.get(play.state.state, ((ALICE, scenes.SCOPE),))
    at = pick % len(rest) if rest else 0
    for who, command in (first, *rest[at:], *rest[:at]):
        answer = incident.decide(play.state, command, play.context(command, who))
        if isinstance(answer, tuple) and answer:
            yield who, command
