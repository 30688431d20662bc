"""What a person or a program may ask for: one definition for API, OpenAPI, CLI, consumers and tests.

The discriminator is ``action``; each command stands with its noun. Limits that JSON Schema can state are
stated there; rules that need the state are in the deciders. Texts are normalised once, at the edge
(`domain.text.nfc`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from domain.archive import commands as archive
from domain.crew import commands as crew
from domain.decisions import commands as decisions
from domain.execution import commands as execution
from domain.flow import commands as flow
from domain.gates import commands as gates
from domain.intake import commands as intake
from domain.notices import commands as notices
from domain.planning import commands as planning
from domain.readiness import commands as readiness
from domain.recovery import commands as recovery
from domain.report import commands as report
from domain.resolution import commands as resolution
from domain.rootcause import commands as rootcause
from domain.severity import commands as severity
from domain.timeline import commands as timeline

Command = (
    intake.OpenIncident
    | intake.DeclareIncident
    | intake.DismissIncident
    | intake.AttachAlert
    | intake.MitigationIsNotRequired
    | intake.MergeIncident
    | intake.LinkIncident
    | intake.TightenProfile
    | timeline.AddTimelineEntry
    | timeline.CorrectTimelineEntry
    | crew.JoinIncident
    | crew.LeaveIncident
    | crew.OfferCommand
    | crew.TakeCommand
    | crew.GrantRole
    | crew.RevokeRole
    | crew.CoverRole
    | severity.ProposeSeverity
    | severity.VoteSeverity
    | severity.ReassessSeverity
    | severity.ConfirmScope
    | notices.AttestNotice
    | notices.RequestNotice
    | notices.Acknowledge
    | planning.ProposePlan
    | planning.SelectOption
    | planning.VerifyItem
    | decisions.ApprovePlan
    | decisions.RejectPlan
    | readiness.EvaluatePrerequisites
    | readiness.OverridePrerequisites
    | gates.EvaluateGate
    | gates.RequestWaiver
    | gates.DecideWaiver
    | execution.StartExecution
    | execution.RecordCommand
    | execution.ReenterPlanning
    | execution.RecordOutOfBand
    | resolution.VerifyRestoration
    | resolution.ConfirmResolution
    | resolution.RecordActionItem
    | rootcause.CaptureEvidence
    | rootcause.RecordFinding
    | rootcause.ArchiveEvidence
    | recovery.RecordChecks
    | report.WriteReport
    | archive.Seal
    | archive.ReviewManifest
    | resolution.CloseIncident
    | resolution.ReopenIncident
    | flow.MarkStep
    | flow.Escalate
)

COMMANDS: Mapping[str, type[Command]] = {str(kind.__struct_config__.tag): kind for kind in get_args(Command)}
"""Action -> type. ``open`` makes a new stream; all others act on an existing one."""

ACTIONS: Mapping[type[Command], str] = {kind: action for action, kind in COMMANDS.items()}
"""Type -> action."""

_NOUNS = (
    intake,
    timeline,
    crew,
    severity,
    notices,
    planning,
    decisions,
    readiness,
    gates,
    execution,
    resolution,
    rootcause,
    recovery,
    report,
    archive,
    flow,
)

EXAMPLES: Mapping[str, Command] = {
    ACTIONS[type(example)]: example for noun in _NOUNS for example in noun.EXAMPLES
}
"""One valid example of each action, shown in the API's description and run by the tests."""
