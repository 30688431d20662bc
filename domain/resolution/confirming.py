"""The commander's word that it is over, and what is to be done after it (R-TRN-12, R-HND-10)."""

from __future__ import annotations

from domain.context import Context
from domain.crew.manning import unknown_person
from domain.gates.evaluating import case_of
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident
from domain.moment import milliseconds
from domain.prose import Prose, prose
from domain.recorded_at import recorded_at
from domain.refusal import Refusal
from domain.resolution.commands import ConfirmResolution, RecordActionItem
from domain.resolution.facts import ActionItemRecorded, ResolutionConfirmed
from domain.resolution.restored import lacking, recovered_at
from domain.text import code


def confirm(
    state: Incident, command: ConfirmResolution, context: Context
) -> tuple[IncidentFact, ...] | Refusal:
    """Return that it is over, and how long it was; a refusal names all that is missing."""
    missing = (*lacking(case_of(state, context)), *(("not_halted",) if state.standing.halted else ()))
    if missing:
        return Refusal(
            code="NOT_STABLE_OR_COMMS_UNSENT",
            message="nobody confirms the resolution before all of these hold",
            expected="gates 1 and 3, service levels, alerts, a stable window and notices as they must be",
            found="missing: " + ", ".join(missing),
        )
    resolved = resolved_at(state, recorded_at(state, context))
    return (
        ResolutionConfirmed(
            kind=command.kind,
            summary=prose(command.summary),
            resolved_at=resolved,
            incident_duration_ms=duration_ms(state, resolved),
            restored_version=None if command.restored_version is None else code(command.restored_version),
        ),
    )


def resolved_at(state: Incident, at: str) -> str:
    """Return when it was resolved: when recovery was validated (R-WF-35)."""
    return recovered_at(state) or at


def duration_ms(state: Incident, resolved: str) -> int:
    """Return the milliseconds from the first alert, or what was seen first, to the recovery (R-WF-35)."""
    began = state.intake.earliest_fired_at or state.intake.detected_at
    return 0 if began is None else milliseconds(began, resolved)


def record_item(
    state: Incident, command: RecordActionItem, context: Context
) -> tuple[IncidentFact, ...] | Refusal:
    """Return a new item, or the latest word on one: what the command does not say stays as it was."""
    known = None if command.item is None else state.resolution.items.get(command.item)
    if command.item is not None and known is None:
        return Refusal(
            code="ACTION_ITEM_UNKNOWN",
            message="there is no such action item",
            place="item",
            expected="one of " + (", ".join(state.resolution.items) or "none yet"),
            found=command.item,
        )
    title = _title(command, known)
    if title is None:
        return Refusal(
            code="TITLE_MISSING",
            message="say what is to be done",
            place="title",
            expected="the title of a new action item",
            found="none",
        )
    if command.owner is not None and (refusal := unknown_person(command.owner, "owner", state, context)):
        return refusal
    due_on = None if command.due_on is None else command.due_on.isoformat()
    return (
        ActionItemRecorded(
            item_id=f"ai{len(state.resolution.items) + 1}" if known is None else known.item_id,
            status=command.status or ("open" if known is None else known.status),
            title=title,
            owner=command.owner or (None if known is None else known.owner),
            due_on=due_on or (None if known is None else known.due_on),
        ),
    )


def _title(command: RecordActionItem, known: ActionItemRecorded | None) -> Prose | None:
    if command.title is not None:
        return prose(command.title)
    return None if known is None else known.title
