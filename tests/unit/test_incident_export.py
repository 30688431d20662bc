"""The export of an incident holds what concerns it, proven, and nothing else."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from application.changing_people import PeopleRequest, change_people
from application.disclosing import opener
from application.engine import Engine
from application.export import export_ledger
from application.exporting import material
from application.exporttarget import whole_or_absent
from application.exportwish import Wish
from application.incident_export import export_incident
from application.people_asks import Ask
from application.stagedzip import StagedZip, sweep_staged
from application.steps import run
from domain.alert_facts import SignalDeduplicated
from domain.context import Principal
from domain.facts import NAMES, encode
from domain.intake.commands import OpenIncident
from domain.intake.facts import IncidentOpened
from domain.people_commands import AddPerson, ContactDetails
from ledger.append import AppendRequest, Part
from ledger.canonicalzip import CanonicalZip
from ledger.disclosure import Kind, check, parse_disclosure
from ledger.errors import IntegrityError, StoreError
from ledger.exportlayout import (
    parse_artifact_path,
    parse_blob_path,
    parse_policy_path,
    parse_proof_path,
    parse_readable_path,
    parse_stream_path,
)
from tests.support.directory import ADMIN
from tests.support.exports import content
from tests.support.incident_exports import Files, Read, export_again, exported, prepare
from tests.support.ledgers import draft
from tests.support.use_cases import (
    SteppingClock,
    a_story,
    an_alert,
    do,
    history,
    note,
    open_home,
    open_one,
    publish,
    stream_of,
)

DEDUPLICATED = NAMES[SignalDeduplicated]
LONG = "What the commander wrote down. " * 300
SINGLE = {"checkpoint", "completeness.json", "log.vkey", "VERIFY.md", "SHA256SUMS"}
PARSERS = {
    "streams": parse_stream_path,
    "proofs": parse_proof_path,
    "policy": parse_policy_path,
    "blobs": parse_blob_path,
    "artifacts": parse_artifact_path,
    "readable": parse_readable_path,
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A home with a story in it, and the stream of the story."""
    home, clock = tmp_path_factory.mktemp("told") / "home", SteppingClock()
    with open_home(home, clock) as engine:
        stream = a_story(engine, clock)
        do(engine, note(LONG), stream)
    return home, stream


@pytest.fixture
def home(told: tuple[Path, str], tmp_path: Path) -> Path:
    return Path(shutil.copytree(told[0], tmp_path / "home"))


@pytest.fixture
def story(told: tuple[Path, str]) -> str:
    return told[1]


@pytest.fixture
def clock() -> SteppingClock:
    clock = SteppingClock()
    clock.forward(days=1)
    return clock


@pytest.fixture
def engine(home: Path, clock: SteppingClock) -> Iterator[Engine]:
    with open_home(home, clock) as opened:
        yield opened


def folders(files: Files) -> set[str]:
    return {path.partition("/")[0] for path in files if "/" in path}


@pytest.mark.req("R-SVC-05", "R-SVC-14")
def test_a_stranger_finds_every_entry_proven_and_no_stream_cut(
    engine: Engine, home: Path, tmp_path: Path, story: str
) -> None:
    files = exported(engine, home, tmp_path / "out", story)
    read = Read(files, engine.vkey)

    assert set(read.streams) == {story, stream_of(an_alert()), "keys", "heads"}
    assert [event.id for event in read.events[story]] == [fact.id for fact in history(engine, story)]
    assert read.heads.size == read.positions["heads"][-1] == read.size - 1
    assert {path for path in files if "/" not in path} == SINGLE
    assert folders(files) == {"streams", "proofs", "policy", "blobs", "artifacts"}
    for path in files.keys() - SINGLE:
        PARSERS[path.partition("/")[0]](path)


def test_what_entries_name_is_there_and_nothing_else(
    engine: Engine, home: Path, tmp_path: Path, story: str
) -> None:
    files = exported(engine, home, tmp_path / "out", story)
    opened = history(engine, story)[0].fact
    assert isinstance(opened, IncidentOpened)

    assert [path for path in files if path.startswith("policy/")] == [f"policy/{opened.policy_sha256}"]
    named = [path for path in files if path.startswith(("policy/", "blobs/"))]
    assert len(named) == 2
    assert all(hashlib.sha256(files[path]).hexdigest() == path.rpartition("/")[2] for path in named)
    assert b"commander wrote" not in b"".join(files.values())

    without = exported(engine, home, tmp_path / "without", story, blobs=False)
    assert folders(without) == {"streams", "proofs", "policy", "artifacts"}
    Read(without, engine.vkey)


def test_artifacts_are_those_of_the_whole_ledger(
    engine: Engine, home: Path, tmp_path: Path, story: str
) -> None:
    files = exported(engine, home, tmp_path / "out", story)
    newest = engine.store.newest_publication()
    assert newest is not None
    export_ledger(engine.store, engine.blobs, tmp_path / "all", checkpoint=newest, vkey=engine.vkey)
    ledger = content(tmp_path / "all")

    mine = {path: data for path, data in files.items() if path.startswith("artifacts/")}
    assert mine
    assert mine == {path: data for path, data in ledger.items() if path.startswith(f"artifacts/{story}/")}
    assert files["checkpoint"] == ledger["checkpoint"]


@pytest.mark.req("R-BUN-03")
def test_exports_at_one_checkpoint_are_the_same(
    engine: Engine, home: Path, tmp_path: Path, story: str
) -> None:
    first = exported(engine, home, tmp_path / "one", story)
    do(engine, note("later"), story)
    export_again(engine, tmp_path / "two", story)
    export_again(engine, tmp_path / "three.zip", story)

    assert content(tmp_path / "two") == first
    with (tmp_path / "three.zip").open("rb") as file:
        found = CanonicalZip(file)
        assert {m.name: b"".join(found.chunks(m.name)) for m in found.members()} == first


def test_a_second_export_of_what_has_not_changed_adds_nothing_to_the_log(
    engine: Engine, home: Path, tmp_path: Path, story: str
) -> None:
    first = exported(engine, home, tmp_path / "one", story)
    assert exported(engine, home, tmp_path / "two", story) == first


def test_an_incident_can_be_exported_from_its_first_fact_on(
    engine: Engine, home: Path, tmp_path: Path
) -> None:
    stream = open_one(engine)
    read = Read(exported(engine, home, tmp_path / "out", stream), engine.vkey)

    assert set(read.streams) == {stream, "keys", "heads"}
    assert len(read.events[stream]) == 1


def test_what_came_after_the_heads_is_proven_but_not_claimed_to_be_all(
    engine: Engine, home: Path, tmp_path: Path, story: str
) -> None:
    prepare(engine, home)
    do(engine, note("after the heads"), story)
    publish(engine, home)
    done = export_again(engine, tmp_path / "out", story)
    read = Read(content(tmp_path / "out"), engine.vkey)

    assert read.positions[story][-1] > read.heads.size
    assert (done.complete_to, done.size) == (read.heads.size, read.positions[story][-1] + 1)


# --- texts ------------------------------------------------------------------------------------------------


def disclosed(files: Files) -> dict[str, Any]:
    lines = files["disclosures.jsonl"].decode().splitlines()
    found = [parse_disclosure(line.encode(), "line") for line in lines]
    assert [item.c for item in found] == sorted({item.c for item in found})
    assert all(check(item) or check(item, Kind.BLOB) for item in found)
    return {item.c: item.value for item in found}


@pytest.mark.req("R-EVT-04")
def test_texts_go_along_only_where_they_are_asked_for(
    engine: Engine, home: Path, tmp_path: Path, story: str
) -> None:
    files = exported(engine, home, tmp_path / "out", story, opens=opener(engine.vault, engine.blobs))
    values = disclosed(files).values()

    assert {"Moved to region B.", LONG, "wrong"} <= {value for value in values if isinstance(value, str)}
    assert any("p99 above 2 s" in str(value) for value in values), "what its alert said"
    path = f"{story}/incident-timeline.md"
    assert "Moved to region B" in files[f"readable/{path}"].decode()
    assert "Moved to region B" not in files[f"artifacts/{path}"].decode()
    assert {p[9:] for p in files if p.startswith("readable/")} == {
        p[10:] for p in files if p.startswith("artifacts/")
    }
    Read(files, engine.vkey)


def test_a_text_that_does_not_open_is_withheld(
    engine: Engine, home: Path, tmp_path: Path, story: str
) -> None:
    wrapped = opener(engine.vault, engine.blobs)
    everything = exported(engine, home, tmp_path / "one", story, opens=wrapped)
    (lost,) = [c for c, value in disclosed(everything).items() if value == "wrong"]
    engine.vault.change(lambda connection: connection.execute("DELETE FROM sealed WHERE c = ?", (lost,)))
    export_again(engine, tmp_path / "two", story, opens=wrapped)

    assert disclosed(content(tmp_path / "two")).keys() == disclosed(everything).keys() - {lost}


def add(engine: Engine, name: str) -> Principal:
    """Put somebody with an address into the directory, and return them."""
    contacts = (ContactDetails(channel="email", address=f"{name}@example.org"),)
    ask = Ask(action="add-person", body=AddPerson(name=name, contacts=contacts))
    run(change_people(engine, PeopleRequest(ask=ask, principal=ADMIN)))
    *_, who = engine.people.current().state.people
    return Principal(id=who, type="user", roles=("incident_commander",))


@pytest.mark.req("R-EVT-04")
def test_names_go_along_of_those_who_take_part_and_of_nobody_else_and_no_address(
    engine: Engine, home: Path, tmp_path: Path, story: str
) -> None:
    ada, _ = add(engine, "Ada"), add(engine, "Babbage")
    do(engine, note("Seen it too."), story, principal=ada)
    files = exported(engine, home, tmp_path / "out", story, opens=opener(engine.vault, engine.blobs))
    everything = b"".join(files.values())

    assert len(Read(files, engine.vkey).events["people"]) == 2
    assert "Ada" in disclosed(files).values()
    assert b"Babbage" not in everything
    assert b"@example.org" not in everything
    timeline = files[f"readable/{story}/incident-timeline.md"].decode()
    assert "Seen it too. (note, by Ada)" in timeline
    assert ada.id not in timeline
    assert ada.id in files[f"artifacts/{story}/incident-timeline.md"].decode()


@pytest.mark.req("R-VIS-01")
def test_an_alert_that_names_an_incident_the_reader_does_not_see_is_left_out(
    engine: Engine, home: Path, tmp_path: Path, story: str
) -> None:
    alert = stream_of(an_alert())
    hidden = open_one(engine, OpenIncident(title="A leak", environment="production", visibility="restricted"))
    fact = SignalDeduplicated(signal_id=alert, delivery_id=alert, duplicate_of=alert, count=1)
    found = draft(encode(fact), kind=DEDUPLICATED)
    engine.writer.append(AppendRequest((Part(alert, None, (replace(found, correlationid=hidden),)),)))

    for_some = exported(engine, home, tmp_path / "some", story, sees=lambda stream: stream != hidden)
    assert alert not in Read(for_some, engine.vkey).streams
    for_all = exported(engine, home, tmp_path / "all", story)
    assert alert in Read(for_all, engine.vkey).streams


# --- what goes wrong --------------------------------------------------------------------------------------


def test_without_heads_there_is_no_export(engine: Engine, home: Path, tmp_path: Path, story: str) -> None:
    publish(engine, home)
    with pytest.raises(StoreError, match="expected a heads fact among"):
        export_again(engine, tmp_path / "out", story)
    assert not (tmp_path / "out").exists()


def test_an_incident_that_is_not_published_yet_is_not_exported(
    engine: Engine, home: Path, tmp_path: Path, story: str
) -> None:
    prepare(engine, home)
    later = open_one(engine)
    with pytest.raises(StoreError, match=f"{later}: expected among the .* published entries"):
        export_again(engine, tmp_path / "out", later)


def test_before_anything_is_published_there_is_no_export(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(engine.store), "newest_publication", lambda _: None)
    with pytest.raises(StoreError, match="expected a published checkpoint, found none"):
        material(engine)


def test_heads_that_the_store_contradicts_are_refused(
    engine: Engine, home: Path, tmp_path: Path, story: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(engine, home)
    newest = type(engine.store).newest_rows
    monkeypatch.setattr(type(engine.store), "newest_rows", lambda self, *args: newest(self, *args)[:-1])
    with pytest.raises(IntegrityError, match=r"entry \d+, heads of \d+ entries"):
        export_again(engine, tmp_path / "out", story)


def test_a_tree_that_is_not_the_published_one_is_refused(
    engine: Engine, home: Path, tmp_path: Path, story: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(engine, home)
    read = type(engine.store).read_tile
    monkeypatch.setattr(type(engine.store), "read_tile", lambda self, tile: read(self, tile)[::-1])
    with pytest.raises(IntegrityError, match=r"entry \d+: expected root"):
        export_again(engine, tmp_path / "out", story)


def test_a_missing_blob_is_named_and_nothing_is_left(
    engine: Engine, home: Path, tmp_path: Path, story: str
) -> None:
    files = exported(engine, home, tmp_path / "one", story)
    (blob,) = [path for path in files if path.startswith("blobs/")]
    engine.blobs.delete(parse_blob_path(blob))
    for out in ("two", "two.zip"):
        with pytest.raises(IntegrityError, match=r"named by entry \d+: expected a file, found none"):
            export_again(engine, tmp_path / out, story)
    assert [path.name for path in tmp_path.iterdir() if "two" in path.name] == []


def test_a_blob_is_never_in_memory_as_a_whole(
    engine: Engine, home: Path, tmp_path: Path, story: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, get = list[str](), type(engine.blobs).get

    def noted(blobs: Any, sha256: str) -> bytes:
        whole.append(sha256)
        return get(blobs, sha256)

    monkeypatch.setattr(type(engine.blobs), "get", noted)
    files = exported(engine, home, tmp_path / "out", story)
    assert not {f"blobs/sha256/{name[:2]}/{name}" for name in whole} & files.keys()


def test_progress_is_told_of_every_entry(engine: Engine, home: Path, tmp_path: Path, story: str) -> None:
    prepare(engine, home)
    steps = list[tuple[str, int, int]]()
    with whole_or_absent(tmp_path / "out") as files:
        done = export_incident(
            material(engine), Wish(incident=story), files, lambda *step: steps.append(step)
        )
    assert ("entries", done.entries, done.entries) in steps
    assert ("sums", done.files - 1, done.files - 1) in steps


# --- on its way to somebody else --------------------------------------------------------------------------


def test_a_staged_zip_is_the_export_and_leaves_nothing(
    engine: Engine, home: Path, tmp_path: Path, story: str
) -> None:
    prepare(engine, home)
    export_again(engine, tmp_path / "out.zip", story)
    staged = StagedZip(material(engine), Wish(incident=story), home)
    data = b"".join(staged.chunks())
    assert data == (tmp_path / "out.zip").read_bytes()
    assert staged.size == len(data)
    staged.close()
    assert not list(home.glob(".export-*"))


def test_what_a_crash_leaves_of_an_export_is_swept(engine: Engine, home: Path, clock: SteppingClock) -> None:
    (home / ".export-x" / "streams").mkdir(parents=True)
    assert sweep_staged(home, clock()) == 0
    clock.forward(days=9_999)
    assert sweep_staged(home, clock()) == 1
    assert not list(home.glob(".export-*"))
