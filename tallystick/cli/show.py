"""``tallystick show``: the list of incidents, or one of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer

from application.incident_views import GatesView, NextView
from application.tables import INCIDENTS, csv_of, jsonl_of
from application.views import IncidentView
from tallystick.cli.completion import incidents
from tallystick.cli.desks import open_desk
from tallystick.cli.gates import light
from tallystick.cli.moments import past
from tallystick.cli.options import (
    CsvOption,
    HomeOption,
    JsonLinesOption,
    JsonOption,
    TimeOption,
    VersionOption,
    one_form,
)
from tallystick.cli.output import say, say_json, say_table, shown, write
from tallystick.cli.spelled import spelled


def show(
    incident: Annotated[
        str | None,
        typer.Argument(
            metavar="[INCIDENT]",
            help="Number or stream; without it, the list of all.",
            autocompletion=incidents,
        ),
    ] = None,
    *,
    at_version: VersionOption = None,
    at: TimeOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
    jsonl: JsonLinesOption = False,
    csv: CsvOption = False,
) -> None:
    """Show all incidents, or one, now or as it was."""
    one_form(json=json, jsonl=jsonl, csv=csv)
    if incident is not None and (jsonl or csv):
        raise typer.BadParameter("expected --csv and --jsonl for the list alone", param_hint="INCIDENT")
    if incident is None and (at_version is not None or at is not None):
        raise typer.BadParameter("expected an incident with --at-version or --at", param_hint="INCIDENT")
    moment = past(at_version, at)
    with open_desk(home) as desk:
        if incident is None:
            found = desk.incidents()
            if csv or jsonl:
                write(csv_of(INCIDENTS, found) if csv else jsonl_of(found))
            else:
                say_json(found) if json else say_list(found)
        else:
            one = desk.incident(incident, moment)
            if json:
                say_json(one)
            else:
                say_incident(one)
                say_process(desk.next(incident, moment), desk.gates(incident, moment))


def say_list(found: Iterable[IncidentView]) -> None:
    """Print incidents, a line each."""
    rows = [
        (
            i.number,
            i.state,
            i.severity or "",
            i.environment or "",
            i.opened_at[:16] + "Z",
            _alerts(i),
            "drill" * i.drill,
            i.title,
        )
        for i in found
    ]
    if rows:
        say_table(("number", "state", "severity", "environment", "opened", "alerts", "", "title"), rows)
    else:
        say("No incidents yet.")


def say_incident(found: IncidentView) -> None:
    """Print what is known of an incident, a line each."""
    lines = {
        "state": f"{found.state} at version {found.version}" + " (drill)" * found.drill,
        "severity": _severity(found),
        "phase": "none" if found.phase is None else f"{found.phase}, step {found.step}",
        "commander": found.commander or "nobody yet",
        "environment": found.environment or "not named",
        "services": ", ".join(found.services) or "none named",
        "detected": found.detected_at,
        "opened": found.opened_at,
        "declared": found.declared_at or "not yet",
        "alerts": _alerts(found),
        "visibility": found.visibility,
        "profile": f"{found.profile} (policy {found.policy_sha256[:16]})",
        "stream": found.incident,
    }
    say(f"{found.number}  {shown(found.title)}")
    for name, value in lines.items():
        say(_line(name, value))
    for link in found.alerts:
        say(f"  {'firing' if link.firing else 'cleared':<12} {link.alert}")


def say_process(found: NextView, gates: GatesView) -> None:
    """Print how the gates stand, what is next, and what is in the way, a line each."""
    say(_line("gates", ", ".join(f"{card.number} {light(card)}" for card in gates.gates)))
    for warning in found.warnings:
        say(_line("note", warning.what))
    missing = [item.id for item in found.prerequisites if item.blocks]
    if missing:
        say(_line("missing", f"{', '.join(missing)}; needed before anything is executed"))
    say(_line("next", found.next.what))
    if found.next.action is not None:
        say(_line("", spelled(found.number, found.next.action, found.next.example)))
    for blocker in found.blockers[1:]:
        people = f" ({', '.join(blocker.people)})" if blocker.people else ""
        say(_line("then", f"{blocker.what}{people}"))


def _line(name: str, value: str) -> str:
    return f"  {name:<12} {shown(value)}"


def _severity(found: IncidentView) -> str:
    if found.severity is None:
        return "not proposed yet"
    return found.severity if found.severity_agreed else f"{found.severity}, highest open vote"


def _alerts(found: IncidentView) -> str:
    return f"{found.alerts_firing} firing, {found.alerts_cleared} cleared"
