"""``tallystick gates``: each gate of an incident, its criteria, and what would help."""

from __future__ import annotations

from collections.abc import Iterator

from application.incident_views import GatesView
from projections.gate_board import GateCard
from projections.verdicts import CriterionShown, Evaluation
from projections.waivers import WaiverShown
from tallystick.cli.desks import open_desk
from tallystick.cli.moments import past
from tallystick.cli.options import HomeOption, IncidentArgument, JsonOption, TimeOption, VersionOption
from tallystick.cli.output import say, say_json, say_table, shown

MARKS = {"yes": "ok", "no": "FAIL", "warning": "warning", "not_applicable": "n/a"}


def gates(
    incident: IncidentArgument,
    *,
    at_version: VersionOption = None,
    at: TimeOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Show the gates of an incident, now or as they were.

    A gate that is not open also shows what evaluating it would give, so that nobody has to fail it to find
    out why; that is no verdict and opens nothing.
    """
    with open_desk(home) as desk:
        found = desk.gates(incident, past(at_version, at))
    say_json(found) if json else say_gates(found)


def say_gates(found: GatesView) -> None:
    """Print the gates with their criteria."""
    say(f"{found.number} at version {found.version}")
    for card in found.gates:
        say(f"\nGate {card.number}, {card.title}: {light(card)}; guards {card.guards}")
        for line in _remarks(card):
            say(f"  {shown(line)}")
        evaluation = card.preview or card.evaluation
        if evaluation is not None:
            say_criteria(evaluation)


def say_criteria(evaluation: Evaluation) -> None:
    """Print the criteria of a verdict or a preview."""
    say_table(
        ("", "criterion", "expected", "found", "what helps"),
        ((MARKS[c.passed], c.id, c.expected, c.found, _help(c)) for c in evaluation.criteria),
    )


def light(card: GateCard) -> str:
    """Return a gate's state in one word, with what nobody may overlook."""
    return card.state + " (violated)" * card.violated


def _remarks(card: GateCard) -> Iterator[str]:
    for verdict in card.history:
        kind = verdict.mode if verdict.authoritative else f"{verdict.mode}, not authoritative"
        yield (
            f"{verdict.evaluation_id} {verdict.result} ({kind}) at {verdict.evaluated_at} "
            f"by {verdict.by}, engine {verdict.engine}, policy {verdict.policy_sha256[:16]}"
        )
    yield from map(_waiver, card.waivers)
    if card.preview is not None:
        yield f"evaluated now it would {card.preview.result}; this is no verdict"
    if card.next_waiver.possible:
        yield (
            f"can be waived (request-waiver) with a {card.next_waiver.requires} "
            f"by {', '.join(card.next_waiver.approvers)} for {card.next_waiver.ttl_hours} h"
        )


def _help(criterion: CriterionShown) -> str:
    return f"{criterion.remedy} ({criterion.owner})" if criterion.passed in ("no", "warning") else ""


def _waiver(waiver: WaiverShown) -> str:
    waits = f", waits for {', '.join(waiver.waits_for)}" if waiver.status == "pending" else ""
    about = ", ".join(waiver.criteria)
    return f"waiver {waiver.waiver_id} {waiver.status} until {waiver.expires_at}: {about}{waits}"
