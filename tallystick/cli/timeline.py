"""``tallystick timeline``: what happened in an incident, in the order in which it happened."""

from __future__ import annotations

from application.tables import ENTRIES, csv_of, jsonl_of
from application.views import TimelineView
from domain.artifacts import TIMELINE
from projections.timeline import Entry
from tallystick.cli.desks import open_desk
from tallystick.cli.moments import past
from tallystick.cli.options import (
    CanonicalOption,
    CsvOption,
    HomeOption,
    IncidentArgument,
    JsonLinesOption,
    JsonOption,
    TimeOption,
    VersionOption,
    one_form,
)
from tallystick.cli.output import say, say_json, shown, write


def timeline(
    incident: IncidentArgument,
    *,
    at_version: VersionOption = None,
    at: TimeOption = None,
    canonical: CanonicalOption = False,
    home: HomeOption = None,
    json: JsonOption = False,
    jsonl: JsonLinesOption = False,
    csv: CsvOption = False,
) -> None:
    """Print an incident's timeline, now or as it was."""
    moment = past(at_version, at)
    one_form(canonical=canonical, json=json, jsonl=jsonl, csv=csv)
    with open_desk(home) as desk:
        if canonical:
            write(desk.artifact(incident, TIMELINE, moment))
            return
        found = desk.timeline(incident, moment)
    if csv or jsonl:
        write(csv_of(ENTRIES, found.entries) if csv else jsonl_of(found.entries))
    else:
        say_json(found) if json else say_timeline(found)


def say_timeline(found: TimelineView) -> None:
    """Print the entries, a line each, under the days on which they happened."""
    say(f"{found.number} at version {found.version}")
    day = ""
    for entry in found.entries:
        if entry.time[:10] != day:
            day = entry.time[:10]
            say(f"\n{day}")
        say(f"  {line(entry)}")
    if found.unknown:
        say(f"\n{found.unknown} facts of types that this program does not know are left out.")


def line(entry: Entry) -> str:
    """Return an entry in one line: when, what kind, what, and what became of it."""
    remarks = [f"recorded {entry.recordedtime[:19]}Z"] * entry.reported_late
    remarks += [f"corrects version {entry.corrects}"] if entry.corrects else []
    remarks += [f"corrected by version {n}" for n in entry.corrected_by]
    note = f"  [{'; '.join(remarks)}]" if remarks else ""
    ident = f"  ({entry.entry_id})" if entry.entry_id else ""
    return f"{entry.time[11:19]}Z  {entry.category:<13} {shown(entry.text)}{ident}{note}"
