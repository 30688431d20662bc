"""From entries to the state of an incident, its timeline, and the list of incidents."""

from __future__ import annotations

import orjson

from application.artifact_files import artifact_file
from application.follower import Follower
from application.incident_index import IncidentIndex
from application.reading import stream_facts
from application.states import States
from application.views import timeline_view
from benchmarks.homes import fill_incident, filled
from benchmarks.measure import rate, ratio, shown
from benchmarks.table import Table
from domain.artifacts import TIMELINE
from ledger.dsse import parse_envelope
from projections.timeline import timeline

FACTS = 2_000


def measure() -> Table:
    """Return the section on reading."""
    with filled(20_000) as (settings, engine):
        stream = fill_incident(engine, FACTS)
        rows = engine.store.stream_rows(stream)
        bare = rate(FACTS, lambda: [orjson.loads(parse_envelope(row.envelope, "x").payload) for row in rows])
        facts = stream_facts(engine.store, stream)

        def rebuilt() -> None:
            path = settings.place.path / "rebuilt.db"
            path.unlink(missing_ok=True)
            index = IncidentIndex(path)
            Follower(engine.store, index).catch_up()
            index.close()

        size = engine.store.head().size
        cases = [
            (
                "facts of one stream, verified against their rows",
                rate(FACTS, lambda: stream_facts(engine.store, stream)),
            ),
            (
                "state of an incident, from nothing",
                rate(FACTS, lambda: States(engine.store).incident(stream)),
            ),
            ("timeline, fold alone", rate(FACTS, lambda: timeline(facts))),
            ("timeline file, canonical", rate(FACTS, lambda: artifact_file(engine, stream, TIMELINE))),
            ("timeline view, every text opened", rate(FACTS, lambda: timeline_view(engine, stream))),
            ("list of incidents, rebuilt from the log", rate(size, rebuilt)),
        ]
    rows_shown = [(case, shown(value), ratio(value, bare)) for case, value in cases]
    return Table(
        "Rehydration",
        f"Facts a second. The baseline only parses envelopes and their JSON: {shown(bare)}.",
        ("case", "facts a second", "ratio to bare parsing"),
        rows_shown,
    )
