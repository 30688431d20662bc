"""A refusal on record stays one, whatever the asker may do when the request is sent again (R-WF-32)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from application.engine import Engine
from application.replaying import Refused
from domain.commands import Command
from domain.context import Principal
from domain.execution.commands import StartExecution
from domain.gates.commands import RequestWaiver
from domain.intake.commands import DeclareIncident
from domain.planning.commands import ProposePlan
from domain.severity.commands import ProposeSeverity
from tests.support.playing import ALICE
from tests.support.use_cases import ask, do, kinds, open_home, open_one

pytestmark = pytest.mark.req("R-WF-32")

WHY = "There is no time to tell everybody."
ASKER = Principal(id="p-erin", type="user", roles=("sre_team",))
COMMANDS: tuple[tuple[Command, str], ...] = (
    (RequestWaiver(gate="severity", justification=WHY), "WAIVER_NOT_PERMITTED"),
    (StartExecution(), "SAFETY_PRECONDITION_UNMET"),
    (ProposePlan(template="rollback", to_version="1.2.3"), "GATE_NOT_PASSED"),
)


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    with open_home(home) as opened:
        yield opened


@pytest.mark.parametrize(("command", "code"), COMMANDS)
@pytest.mark.parametrize("roles", [("sre_team",), (), ("auditor",)])
def test_the_same_request_again_gets_the_same_refusal(
    engine: Engine, command: Command, code: str, roles: tuple[str, ...]
) -> None:
    stream = open_one(engine)
    do(engine, DeclareIncident(rationale=WHY), stream, principal=ALICE)
    first = ask(engine, command, stream, key="k", principal=ASKER)
    assert isinstance(first, Refused)
    assert first.refusal.code == code
    do(engine, ProposeSeverity(severity="SEV-2", rationale=WHY), stream, principal=ALICE)
    before = kinds(engine, stream)
    later = msgspec.structs.replace(ASKER, roles=roles)
    again = ask(engine, command, stream, key="k", principal=later)
    assert isinstance(again, Refused)
    assert (again.refusal, again.receipt.rows) == (first.refusal, first.receipt.rows)
    assert again.receipt.replayed
    assert kinds(engine, stream) == before
