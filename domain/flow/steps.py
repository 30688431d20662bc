"""The steps of the protocol as rows: what each is, whether it must be, what halts it (R-STEP-11 to 43)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

Need = Literal["MUST", "GUIDELINE"]


class Step(Struct, frozen=True):
    """One step: its name, whether it can be skipped, what is announced, and the codes of its halts."""

    title: str
    need: Need
    announcement: str
    halt_codes: tuple[str, ...] = ()

    @property
    def skippable(self) -> bool:
        """Whether it may be skipped with a reason (R-DEC-25)."""
        return self.need == "GUIDELINE"


STEPS: Mapping[str, Step] = {
    "1.1": Step(
        "Monitor Active Alerts",
        "MUST",
        "Monitoring production alerts for incident signals...",
        ("ALERT_VALIDITY_UNCONFIRMED",),
    ),
    "1.2": Step(
        "Classify Incident Severity",
        "MUST",
        "Assessing incident severity and affected services...",
        ("SEVERITY_NO_CONSENSUS",),
    ),
    "1.3": Step(
        "Notify Stakeholders",
        "GUIDELINE",
        "Notifying stakeholders according to the severity communication plan...",
    ),
    "2.1": Step(
        "Identify Mitigation Options",
        "MUST",
        "Identifying mitigation strategy for incident containment...",
        ("MITIGATION_UNCLEAR",),
    ),
    "2.2": Step(
        "Validate Rollback Feasibility",
        "MUST",
        "Validating rollback readiness and dependencies...",
        ("ROLLBACK_PREREQ_UNMET",),
    ),
    "2.3": Step("Align Decision Makers", "GUIDELINE", "Aligning decision makers on the recovery strategy..."),
    "3.1": Step(
        "Execute Mitigation or Rollback",
        "MUST",
        "Executing approved mitigation/rollback actions...",
        ("EXECUTION_FAILED", "EXECUTION_UNEXPECTED"),
    ),
    "3.2": Step(
        "Validate System Recovery",
        "MUST",
        "Validating post-mitigation system health...",
        ("RECOVERY_VALIDATION_FAILED",),
    ),
    "3.3": Step("Maintain Incident Timeline", "GUIDELINE", "Updating incident timeline..."),
    "4.1": Step(
        "Confirm Incident Resolution",
        "MUST",
        "Confirming incident resolution and notifying stakeholders...",
        ("NOT_STABLE_OR_COMMS_UNSENT",),
    ),
    "4.2": Step(
        "Capture Root Cause Inputs",
        "MUST",
        "Capturing root cause evidence for retrospective...",
        ("CRITICAL_EVIDENCE_MISSING",),
    ),
    "4.3": Step("Generate Incident Report Draft", "GUIDELINE", "Drafting incident report..."),
}
"""Step -> what it is, in the order of the protocol; the phase is the number before the dot."""
