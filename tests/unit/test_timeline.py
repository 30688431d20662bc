"""The timeline: what happened, in order, corrections shown, nothing forged, as of any version or time."""

from __future__ import annotations

from datetime import timedelta

import pytest
import yaml
from markdown_it import MarkdownIt

from domain.facts import Fact
from domain.intake.facts import IncidentOpened, SignalAttached
from domain.prose import prose
from domain.recorded import UnknownFact
from domain.timeline.facts import TimelineEntryRecorded
from projections.artifacts.banners import DRILL, SOLO
from projections.artifacts.renderer import RENDERER
from projections.placeholder import reveal
from projections.timeline import timeline
from projections.until import until
from tests.support.documents import body
from tests.support.meaning import ALERT, NOW, Seals, fresh_id, recorded
from tests.support.rendered import as_read, rendered
from tests.support.story import ATTACHED, CLEARED, CORRECTED, ENTRY, FACTS, OPENED

CORRECTION = "Correction: Moved to region C. Reason: wrong region (by p-commander)"
HOSTILE = (
    "x\n## Forged\n\n02:11 UTC - all is well <b onclick=a>[y](javascript:z) ![i](http://j) &lt; **k** `l`"
)

DIALECTS = (MarkdownIt("commonmark"), MarkdownIt("gfm-like", {"linkify": False}))
TEXT_ONLY = {"heading_open", "heading_close", "paragraph_open", "paragraph_close", "inline", "text"}


def document(*facts: Fact | UnknownFact, seals: Seals | None = None) -> str:
    """Return the artifact of one incident made of ``facts``."""
    made = rendered(recorded(facts, seals=seals))
    assert made is not None
    return made.decode()


def kinds(text: str) -> set[str]:
    """Return the kinds of tokens in a document, those inside lines too, in both dialects."""
    return {
        token.type
        for dialect in DIALECTS
        for outer in dialect.parse(text)
        for token in (outer, *(outer.children or ()))
    }


def lines(text: str) -> list[str]:
    """Return the texts of headings and paragraphs as a reader sees them."""
    return [
        "".join(token.content for token in outer.children or ())
        for outer in DIALECTS[0].parse(text)
        if outer.type == "inline"
    ]


def test_entries_are_in_the_order_in_which_things_happened() -> None:
    view = timeline(recorded(FACTS))
    assert [entry.version for entry in view.entries] == [2, 1, 3, 4, 5, 6, 7]
    assert [entry.category for entry in view.entries] == [
        "alert",
        "alert",
        "decision",
        "decision",
        "command",
        "note",
        "alert",
    ]
    assert view.entries[0].position == 11
    assert view.entries[0].type == "tallystick.signal-attached.v1"


def test_entries_read_as_sentences_with_sealed_text_left_out() -> None:
    seals = Seals()
    view = timeline(recorded(FACTS, seals=seals))
    assert [reveal(entry.text, seals.disclosed) for entry in view.entries] == [
        "Alert HighLatency on checkout (production) fires",
        "Candidate incident opened by an alert: HighLatency on checkout (production)",
        "Alerts judged real by p-commander. Reason: confirmed by hand",
        "Incident declared by p-commander as incident_commander. Reason: confirmed by hand",
        "Moved to region B (command, by p-commander)",
        "Correction: Moved to region C. Reason: wrong region (by p-commander)",
        "Alert HighLatency ended",
    ]
    assert not any("region" in entry.text for entry in view.entries)


@pytest.mark.req("R-EVT-18")
def test_a_correction_and_what_it_corrects_name_each_other() -> None:
    view = timeline(recorded((*FACTS, CORRECTED)))
    by_version = {entry.version: entry for entry in view.entries}
    assert by_version[5].corrected_by == (6, 8)
    assert by_version[6].corrects == by_version[8].corrects == 5
    assert by_version[5].entry_id == fresh_id(5)


def test_a_correction_of_an_entry_that_is_not_there_stands_alone() -> None:
    view = timeline(recorded((OPENED, CORRECTED)))
    assert [entry.corrects for entry in view.entries] == [None, None]


@pytest.mark.req("R-WF-35")
@pytest.mark.parametrize(("delay_s", "late"), [(120, False), (121, True)])
def test_what_is_recorded_late_is_marked(delay_s: int, late: bool) -> None:
    at = (NOW - timedelta(seconds=delay_s)).strftime("%Y-%m-%dT%H:%M:%S.000000Z")
    entry = TimelineEntryRecorded(entry_id=fresh_id(5), category="note", text=prose("x"), at=at)
    assert [entry.reported_late for entry in timeline(recorded((entry,))).entries] == [late]


@pytest.mark.req("R-EVT-03")
def test_facts_of_unknown_types_are_counted() -> None:
    view = timeline(recorded((OPENED, UnknownFact(type="tallystick.from-tomorrow.v9", data={}))))
    assert (len(view.entries), view.unknown) == (1, 1)
    assert '"unknown_events": 1' in document(OPENED, UnknownFact(type="tallystick.from-tomorrow.v9", data={}))


@pytest.mark.req("R-WF-35")
def test_the_past_is_a_prefix_by_version_or_by_recorded_time() -> None:
    items = recorded(FACTS)
    assert until(items) == items
    assert until(items, at_version=3) == items[:3]
    assert until(items, at=items[3].recordedtime) == items[:4]
    assert until(items, at="2026-03-01T02:16:30.000000Z") == items[:2]
    assert until(items, at_version=1, at=items[3].recordedtime) == items[:1]
    assert until(items, at="2020-01-01T00:00:00.000000Z") == ()


@pytest.mark.req("R-ART-20", "R-ART-03")
def test_the_artifact_has_a_line_for_every_entry_grouped_by_date() -> None:
    late = TimelineEntryRecorded(
        entry_id=fresh_id(6), category="note", text=prose("It began"), at="2026-02-28T23:50:00.000000Z"
    )
    seals = Seals()
    canonical = document(OPENED, ATTACHED, ENTRY, CORRECTED, late, seals=seals)
    text = as_read(canonical.encode(), seals.disclosed)
    assert canonical.endswith("\n")
    assert "\r" not in canonical
    assert lines(text) == [
        "Incident timeline: HighLatency on checkout (production)",
        "2026-02-28",
        "23:50 UTC - It began (note, by p-commander) (reported late, at 2026-03-01 02:19 UTC)",
        "2026-03-01",
        "02:10 UTC - Alert HighLatency on checkout (production) fires (reported late, at 02:16 UTC)",
        "02:15 UTC - Candidate incident opened by an alert: HighLatency on checkout (production)",
        "02:17 UTC - Moved to region B (command, by p-commander) (corrected, see 02:18 UTC)",
        f"02:18 UTC - {CORRECTION} (of the entry of 02:17 UTC)",
    ]


@pytest.mark.req("R-ART-02")
def test_the_artifact_is_commonmark_of_headings_and_paragraphs_only() -> None:
    assert kinds(body(document(*FACTS))) == TEXT_ONLY


@pytest.mark.req("R-ART-02", "R-ART-01")
def test_the_front_matter_says_what_it_was_made_from() -> None:
    items = recorded(FACTS)
    made = rendered(items)
    assert made is not None
    fields = yaml.safe_load(made.decode().split("---\n")[1])
    assert fields == {
        "schema": "tallystick.incident-timeline",
        "schema_version": 1,
        "protocol_id": "17",
        "protocol_version": "2.0",
        "incident_id": items[-1].stream,
        "generated_at": items[-1].recordedtime,
        "generated_from": {
            "stream": items[-1].stream,
            "version": 7,
            "leaf": items[-1].leaf,
            "position": 16,
        },
        "policy_sha256": "a" * 64,
        "renderer": RENDERER,
        "banners": [],
        "incident_commander": None,
        "status": "assessing",
        "metrics": {"corrections": 1, "events": 7, "reported_late": 1, "unknown_events": 0},
        "data": {"drill": False, "profile": "team", "visibility": "open"},
    }
    assert list(fields) == sorted(fields)


@pytest.mark.req("R-ART-01")
def test_canonical_bytes_are_the_same_for_everyone_and_an_earlier_version_is_its_own_document() -> None:
    assert document(*FACTS) == document(*FACTS)
    assert rendered(until(recorded(FACTS), at_version=2)) == rendered(recorded(FACTS[:2]))


def test_facts_that_open_no_incident_have_no_timeline() -> None:
    assert rendered(()) is None
    assert rendered(recorded((CLEARED,))) is None


@pytest.mark.req("R-DRILL-01", "R-PROF-01")
def test_a_drill_and_a_solo_incident_say_so() -> None:
    solo = IncidentOpened(
        origin="person",
        why="manual",
        title=prose("Exercise"),
        services=(),
        detected_at="2026-03-01T02:10:00.123456Z",
        drill=True,
        visibility="open",
        profile="solo",
        policy_sha256="b" * 64,
    )
    assert DRILL in document(solo)
    assert SOLO in document(solo)
    assert DRILL not in document(*FACTS)
    assert SOLO not in document(*FACTS)


def test_hostile_names_and_texts_forge_neither_lines_nor_markup() -> None:
    seals = Seals()
    facts = (
        OPENED,
        SignalAttached(
            signal_id=fresh_id(7),
            alert=ALERT,
            alert_name=HOSTILE,
            episode="1",
            fired_at="2026-03-01T02:10:00.123456Z",
            why="x",
            service=HOSTILE,
            environment=HOSTILE,
        ),
        TimelineEntryRecorded(entry_id=fresh_id(5), category="note", text=prose(HOSTILE)),
    )
    canonical = document(*facts, seals=seals)
    readable = as_read(canonical.encode(), seals.disclosed)
    for text in (body(canonical), readable):
        assert kinds(text) == TEXT_ONLY
        assert len(lines(text)) == 2 + len(facts)
    assert " ".join(HOSTILE.split()) in lines(readable)[-1]


def test_the_front_matter_holds_nothing_that_markdown_would_read() -> None:
    made = document(*FACTS).split("---\n")[1]
    assert {"link_open", "html_inline", "html_block", "image"}.isdisjoint(kinds(made))
