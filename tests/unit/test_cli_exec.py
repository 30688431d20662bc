"""``tallystick exec``: what was approved runs here, and what it did is on record with all its output."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from domain.context import Principal
from domain.decisions.commands import ApprovePlan
from domain.execution.commands import StartExecution
from domain.execution.facts import MitigationCommandExecuted
from domain.intake.commands import DeclareIncident, OpenIncident
from domain.notices.commands import AttestNotice
from domain.planning.commands import DependencyTold, OptionTold, ProposePlan
from domain.severity.commands import ConfirmScope, ProposeSeverity
from tallystick.desk import Unreachable
from tallystick.desk_local import LocalDesk
from tallystick.execution import is_same
from tests.support.commandline import Ran, run
from tests.support.use_cases import do, history, make_home, open_home

WHY = "So that it is on record, and why."
ADMIN = Principal(id="p-admin", type="user", roles=("on_call_lead", "sre_on_call", "ledger_admin"))
SAYS = (sys.executable, "-c", "import sys; print('rolled back'); print('slowly', file=sys.stderr)")
FAILS = (sys.executable, "-c", "raise SystemExit(3)")
SHELL = "echo one && echo two"
MISSING = ("/nowhere/rollback.sh", "1.2.3")
LINES = (f'{SAYS[0]} -c "{SAYS[2]}"', SHELL, f"{FAILS[0]} -c '{FAILS[2]}'", " ".join(MISSING))
STEPS = (
    DeclareIncident(rationale=WHY),
    ProposeSeverity(severity="SEV-3", rationale=WHY),
    ConfirmScope(services=("checkout",), regulated_data=False, customer_notification=False),
    AttestNotice(roles=("incident_commander", "sre_on_call"), channel="phone"),
    ProposePlan(
        template="rollback",
        to_version="1.2.3",
        options=(
            OptionTold(
                option_id="A",
                kind="rollback",
                title="Step by step",
                commands=LINES,
                dependencies=(DependencyTold(name="the build"),),
            ),
            OptionTold(option_id="B", kind="other", title="Wait"),
        ),
        select="A",
        fallback="B",
    ),
    ApprovePlan(revision=1, rationale=WHY),
    StartExecution(),
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home in which one person carries out four commands."""
    home = make_home(tmp_path_factory.mktemp("exec") / "home")
    with open_home(home) as engine:
        opened = OpenIncident(title="Checkout is slow", environment="production", profile="solo")
        stream = do(engine, opened, principal=ADMIN).rows[0].stream
        for command in STEPS:
            do(engine, command, stream, principal=ADMIN)
    return home


@pytest.fixture
def place(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return such a home, in an empty folder in which commands run."""
    shutil.copytree(template, tmp_path / "home")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


def execute(home: Path, *argv: str) -> Ran:
    return run("exec", "INC-1", "--home", home, "--", *argv)


def recorded(home: Path) -> list[MitigationCommandExecuted]:
    with open_home(home) as engine:
        engine.follower.catch_up()
        stream = engine.index.stream(1)
        assert stream is not None
        facts = [item.fact for item in history(engine, stream)]
    return [fact for fact in facts if isinstance(fact, MitigationCommandExecuted)]


@pytest.mark.req("R-STEP-31", "R-AUT-29", "R-EVT-17")
def test_an_approved_command_runs_and_its_output_is_stored_and_its_code_recorded(place: Path) -> None:
    ran = execute(place, *SAYS)
    assert (ran.code, ran.out) == (0, "rolled back\n")
    assert ran.err.splitlines()[0] == "slowly"
    assert "Command 1 is on record: INC-1" in ran.err
    (fact,) = recorded(place)
    assert (fact.seq, fact.exit_code, fact.outcome, fact.source) == (1, 0, "success", "exec")
    assert fact.stdout is not None
    assert fact.stdout.blob is not None
    out = place.parent / "out"
    run("evidence", "get", "INC-1", fact.stdout.blob.sha256, "--out", out, "--home", place).fine()
    assert out.read_text() == "rolled back\n"


@pytest.mark.req("R-AUT-29")
def test_what_a_command_returns_is_returned_and_halts_the_step(place: Path) -> None:
    assert execute(place, *FAILS).code == 3
    (fact,) = recorded(place)
    assert (fact.seq, fact.outcome, fact.exit_code, fact.stdout) == (3, "failed", 3, None)
    shown = run("show", "INC-1", "--home", place)
    assert "EXECUTION_FAILED" in shown.out


def test_a_line_for_a_shell_is_run_by_one(place: Path) -> None:
    ran = execute(place, "sh", "-c", SHELL)
    assert (ran.code, ran.out) == (0, "one\ntwo\n")
    assert recorded(place)[0].seq == 2


def test_a_command_that_is_not_there_is_recorded_as_a_shell_would_say(place: Path) -> None:
    assert execute(place, *MISSING).code == 127
    (fact,) = recorded(place)
    assert (fact.exit_code, fact.outcome, fact.stderr is not None) == (127, "failed", True)


@pytest.mark.req("R-STEP-31")
def test_nothing_runs_that_was_not_approved_or_is_done(place: Path, tmp_path: Path) -> None:
    refused = execute(place, "touch", str(tmp_path / "touched"))
    assert refused.code == 1
    assert "expected one of the approved commands" in refused.err
    assert not (tmp_path / "touched").exists()
    execute(place, *SAYS)
    assert "COMMAND_DONE" in execute(place, *SAYS).err
    assert len(recorded(place)) == 1


def test_what_ran_and_could_not_be_recorded_is_kept_and_recorded_later(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: Any) -> Any:
        raise Unreachable("the service is away")

    with monkeypatch.context() as patch:
        patch.setattr(LocalDesk, "upload", gone)
        ran = execute(place, *SAYS)
    assert (ran.code, ran.out) == (69, "rolled back\n")
    (kept,) = place.parent.glob("tallystick-exec-*.json")
    assert f"tallystick act INC-1 record-command @{kept.name}" in ran.err
    assert json.loads(kept.read_text())["exit_code"] == 0
    assert kept.with_suffix(".stdout").read_text() == "rolled back\n"
    assert kept.with_suffix(".stderr").stat().st_mode & 0o777 == 0o600
    run("act", "INC-1", "record-command", f"@{kept}", "--home", place).fine()
    assert [fact.seq for fact in recorded(place)] == [1]


@pytest.mark.parametrize(
    ("text", "argv", "same"),
    [
        ("./go.sh 1.2.3", ("./go.sh", "1.2.3"), True),
        ("./go.sh '1 2'", ("./go.sh", "1 2"), True),
        ("./go.sh 1.2.3", ("./go.sh", "1.2.4"), False),
        ("./go.sh 1.2.3", ("./go.sh",), False),
        ("a | b", ("bash", "-c", "a | b"), True),
        ("it's", ("it's",), False),
    ],
)
def test_a_command_is_the_approved_line_word_by_word(text: str, argv: tuple[str, ...], *, same: bool) -> None:
    assert is_same(text, argv) is same
