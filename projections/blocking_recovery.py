"""What an execution and a recovery wait for: commands, checks, gate 3 (R-STEP-31, R-STEP-32, R-GATE-03)."""

from __future__ import annotations

from collections.abc import Iterable

from domain.crew.crew import COMMANDER
from domain.gates.facts import Gate
from domain.gates.table import GATES
from domain.recovery.checks import count, latest, required, validated_now
from projections.blocker import Blocker, blocker
from projections.look import Look
from projections.verdicts import preview

GATE: Gate = "recovery_validation"


def failed_commands(look: Look) -> Iterable[Blocker]:
    """Yield each command that failed: it is run again, or another plan is made."""
    for line, ran in sorted(look.incident.execution.ran.items()):
        if ran.fact.outcome == "failed":
            code = "" if ran.fact.exit_code is None else f" with exit code {ran.fact.exit_code}"
            yield blocker(
                look,
                "EXECUTION_FAILED",
                f"Command {line} failed{code}: run it again and record it, or go back to planning "
                "(re-enter-planning).",
                "record-command",
                line=line,
                exit_code=ran.fact.expected_exit_code,
            )


def unchecked(look: Look) -> Iterable[Blocker]:
    """Yield the required checks that nobody recorded since the mitigation, in one request."""
    missing = count(look.incident, look.policy).missing
    if missing:
        yield blocker(
            look,
            "RECOVERY_UNCHECKED",
            f"Not checked since the mitigation: {', '.join(missing)}.",
            "record-checks",
            checks=[{"check": name, "result": "pass"} for name in missing],
        )


def not_recovered(look: Look) -> Iterable[Blocker]:
    """Yield that the checks say no: they are made again, or another plan is."""
    known = validated_now(look.incident)
    if known is None or known.status == "success":
        return
    done = latest(look.incident)
    wanted = required(look.incident, look.policy)
    failing = [name for name in wanted if name in done and done[name].fact.result != "pass"]
    yield blocker(
        look,
        "RECOVERY_VALIDATION_FAILED",
        f"Recovery is {known.status}, {known.passed} of {known.required} checks passed "
        f"(not: {', '.join(failing)}): go back to planning, have the same plan executed again "
        "(start-execution with rerun), or record checks that pass.",
        "re-enter-planning",
        who=(COMMANDER,),
    )


def gate_3(look: Look) -> Iterable[Blocker]:
    """Yield each criterion of gate 3 that fails for another reason than the checks."""
    own = {"recovery_validation_success", "critical_failed", "recovery_validation.status"}
    remedies = {row.id: row for row in GATES[GATE].criteria}
    for criterion in preview(GATE, look.case).criteria:
        if criterion.passed == "no" and criterion.id not in own:
            row = remedies[criterion.id]
            yield blocker(
                look,
                "GATE_NOT_PASSED",
                f"Gate 3: {row.remedy} ({criterion.id})",
                "evaluate-gate",
                gate="recovery",
            )


def fallen_back(look: Look) -> Iterable[Blocker]:
    """Yield why gate 3, which had let the recovery through, does not hold any more."""
    if not look.incident.standing.gate_3:
        for find in (unchecked, not_recovered, gate_3):
            yield from find(look)
