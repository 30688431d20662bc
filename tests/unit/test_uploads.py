"""Uploaded files: encrypted, given out only whole, named only where they belong, collected if never named."""

from __future__ import annotations

import hashlib
import resource
import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from application.blobs import blob_name
from application.datakeys import DataKeyMoved
from application.engine import Engine
from application.evidence import condition, named_blobs, open_blob, open_stored
from application.recording import Decided, Item, Recording, record
from application.spool import Spool
from application.steps import run
from application.unsealing import open_content, open_values, states
from application.upload_check import stored_blobs, unfit_upload
from application.uploads import ATTEMPTS, Upload
from application.vault import Vault
from domain.prose import BlobRef
from domain.refusal import Refusal
from domain.stored_blob import StoredBlob, blob_prose
from domain.timeline.facts import TimelineEntryRecorded
from ledger.disclosure import State
from ledger.errors import IntegrityError, StoreError, StoreFull
from tallystick.housekeeping import tidy
from tests.support.faulty_blobs import FaultyBlobs
from tests.support.meaning import COMMANDER
from tests.support.use_cases import SteppingClock, open_home, open_one

LOG = b"02:11 connection refused\n" * 100


class Naming(msgspec.Struct, frozen=True):
    """A command that names files."""

    what: str
    output: StoredBlob | None = None
    more: tuple[StoredBlob, ...] = ()


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def engine(home: Path, clock: SteppingClock) -> Iterator[Engine]:
    with open_home(home, clock) as opened:
        opened.vault._clock = clock
        yield opened


def upload(engine: Engine, stream: str, content: bytes = LOG) -> StoredBlob:
    """Upload a file in three pieces."""
    arriving = Upload(engine.spools)
    try:
        third = len(content) // 3
        for piece in (content[:third], b"", content[third:]):
            arriving.write(piece)
        assert arriving.size == len(content)
        return arriving.keep(stream, engine.vault, engine.blobs)
    finally:
        arriving.close()


def named(engine: Engine, stream: str, blob: StoredBlob) -> BlobRef:
    """Record a fact that names the file."""
    fact = TimelineEntryRecorded(entry_id=engine.new_id(), category="note", text=blob_prose(blob))
    part = Decided(stream=stream, version=None, items=(Item(fact=fact, id=engine.new_id()),))
    run(record(engine, Recording(parts=(part,), principal=COMMANDER, roles=(), now=engine.clock())))
    return ref(blob)


def ref(blob: StoredBlob) -> BlobRef:
    found = blob_prose(blob).blob
    assert found is not None
    return found


def content(spool: Spool) -> bytes:
    try:
        return b"".join(spool.chunks())
    finally:
        spool.close()


def path_of(home: Path, blob: StoredBlob) -> Path:
    return home / "blobs" / blob_name(blob.sha256)


@pytest.mark.req("R-MAN-06", "R-CMP-14")
def test_an_uploaded_file_is_stored_as_every_encrypted_blob_is(engine: Engine, home: Path) -> None:
    blob = upload(engine, open_one(engine))
    stored = path_of(home, blob).read_bytes()
    assert (hashlib.sha256(stored).hexdigest(), len(stored)) == (blob.sha256, blob.size)
    assert stat.S_IMODE(path_of(home, blob).stat().st_mode) == 0o600
    assert LOG[:20] not in stored
    assert open_content(ref(blob), engine.vault, engine.blobs).content == LOG
    assert states([ref(blob)], engine.vault, engine.blobs) == {blob.c: State.DISCLOSED}


@pytest.mark.parametrize("size", [0, 1, 1024 * 1024, 3_000_001])
def test_what_comes_out_is_what_was_uploaded(engine: Engine, size: int) -> None:
    given = hashlib.shake_128(b"x").digest(size)
    blob = upload(engine, open_one(engine), given)
    assert blob.size == size + 60
    assert content(open_blob(ref(blob), engine.vault, engine.blobs, engine.spools)) == given
    stored = content(open_stored(ref(blob), engine.blobs, engine.spools))
    assert hashlib.sha256(stored).hexdigest() == blob.sha256


@pytest.mark.req("R-MAN-06")
def test_the_same_file_twice_shows_nobody_that_it_is_the_same(engine: Engine) -> None:
    stream = open_one(engine)
    first, second = upload(engine, stream), upload(engine, stream)
    assert first.kid == second.kid
    assert (first.c == second.c, first.sha256 == second.sha256) == (False, False)


@pytest.mark.req("R-STO-04")
def test_bytes_changed_on_disk_are_found_and_never_given_out(engine: Engine, home: Path) -> None:
    blob = upload(engine, open_one(engine))
    path = path_of(home, blob)
    whole = path.read_bytes()
    for found in (whole[:-1], whole + b"\0", whole[:700] + b"\0" + whole[701:], b""):
        path.write_bytes(found)
        assert condition(ref(blob), engine.blobs) == "damaged"
        assert states([ref(blob)], engine.vault, engine.blobs) == {blob.c: State.BROKEN}
        with pytest.raises(IntegrityError, match=f"blob {blob.sha256}: expected bytes with that SHA-256"):
            open_blob(ref(blob), engine.vault, engine.blobs, engine.spools)
        with pytest.raises(IntegrityError):
            open_stored(ref(blob), engine.blobs, engine.spools)
    path.unlink()
    assert condition(ref(blob), engine.blobs) == "missing"
    assert states([ref(blob)], engine.vault, engine.blobs) == {blob.c: State.LOST}
    with pytest.raises(IntegrityError, match="expected a file, found none"):
        open_blob(ref(blob), engine.vault, engine.blobs, engine.spools)


def test_a_fact_that_states_another_size_does_not_hold(engine: Engine) -> None:
    other = msgspec.structs.replace(ref(upload(engine, open_one(engine))), size=7)
    assert states([other], engine.vault, engine.blobs) == {other.c: State.BROKEN}


def test_a_file_whose_key_is_gone_does_not_open(engine: Engine) -> None:
    other = msgspec.structs.replace(ref(upload(engine, open_one(engine))), kid="0" * 32)
    with pytest.raises(IntegrityError, match="expected its data key, found none"):
        open_blob(other, engine.vault, engine.blobs, engine.spools)


def test_the_facts_of_an_incident_say_which_files_are_its(engine: Engine) -> None:
    stream, other = open_one(engine), open_one(engine)
    first, second = upload(engine, stream), upload(engine, stream)
    assert list(named_blobs(engine.store, stream)) == []
    named(engine, stream, first)
    named(engine, stream, second)
    assert [item.ref for item in named_blobs(engine.store, stream)] == [ref(first), ref(second)]
    assert [item.ref for item in named_blobs(engine.store, stream, second.sha256)] == [ref(second)]
    assert list(named_blobs(engine.store, other)) == []
    assert list(named_blobs(engine.store, stream, stream.removeprefix("incident-") * 2)) == []


def test_every_file_that_a_command_names_is_found_with_its_place(engine: Engine) -> None:
    one, two, three = (upload(engine, open_one(engine), b"x") for _ in range(3))
    assert list(stored_blobs(Naming("x"))) == []
    assert list(stored_blobs(Naming("x", one, (two, three)))) == [
        ("output", one),
        ("more[0]", two),
        ("more[1]", three),
    ]


@pytest.mark.req("R-MAN-06")
def test_a_command_names_only_what_was_uploaded_to_its_incident(engine: Engine, home: Path) -> None:
    stream, other = open_one(engine), open_one(engine)
    blob, foreign = upload(engine, stream), upload(engine, other)
    change = msgspec.structs.replace
    assert unfit_upload(engine, stream, Naming("x", blob)) is None
    for wrong in (
        foreign,
        change(blob, size=blob.size - 1),
        change(blob, kid="0" * 32),
        change(blob, c=foreign.c),
        change(blob, sha256=foreign.sha256),
        change(blob, c="0" * 64),
    ):
        refusal = refused(engine, stream, wrong)
        assert (refusal.code, refusal.place) == ("BLOB_UNKNOWN", "more[0]")
        assert refusal.found == f"{wrong.size} bytes named {wrong.sha256}"
    path_of(home, blob).unlink()
    assert refused(engine, stream, blob).code == "BLOB_UNKNOWN"


def refused(engine: Engine, stream: str, blob: StoredBlob) -> Refusal:
    found = unfit_upload(engine, stream, Naming("x", None, (blob,)))
    assert found is not None
    return found


def test_what_was_sealed_about_somebody_is_no_upload(engine: Engine) -> None:
    stream = open_one(engine)
    arriving = Upload(engine.spools)
    engine.vault.put((), (key := engine.vault.data_key(stream, "p-somebody"),))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine.vault, "data_key", lambda *_: key)
        blob = arriving.keep(stream, engine.vault, engine.blobs)
    arriving.close()
    assert refused(engine, stream, blob).code == "BLOB_UNKNOWN"


@pytest.mark.req("R-MAN-06")
def test_what_nobody_names_in_time_cannot_be_named_and_is_collected(
    engine: Engine, home: Path, clock: SteppingClock
) -> None:
    stream = open_one(engine)
    kept, forgotten = upload(engine, stream), upload(engine, stream)
    named(engine, stream, kept)
    tidy(engine)
    clock.forward(hours=22, minutes=59)
    assert unfit_upload(engine, stream, Naming("x", forgotten)) is None
    clock.forward(minutes=1)
    refusal = refused(engine, stream, forgotten)
    assert (refusal.code, refusal.place) == ("BLOB_EXPIRED", "more[0]")
    # What is on record stays and can be named again.
    assert unfit_upload(engine, stream, Naming("x", kept)) is None
    clock.forward(hours=2)
    tidy(engine)
    assert path_of(home, kept).exists()
    assert not path_of(home, forgotten).exists()
    assert refused(engine, stream, forgotten).code == "BLOB_UNKNOWN"


def test_no_view_reads_a_large_file_as_if_it_were_a_text(engine: Engine) -> None:
    blob = upload(engine, open_one(engine))
    large = msgspec.structs.replace(ref(blob), size=1 << 30)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine.blobs, "find", lambda _: pytest.fail("read"))
        assert open_values([large], engine.vault, engine.blobs) == {}


@pytest.mark.parametrize("kept", [False, True], ids=["failed and lost", "failed and kept"])
def test_an_upload_that_fails_leaves_a_row_at_most_and_can_be_repeated(engine: Engine, *, kept: bool) -> None:
    stream, blobs = open_one(engine), FaultyBlobs()
    arriving = Upload(engine.spools)
    arriving.write(LOG)
    blobs.fail("put_chunks", kept=kept)
    with pytest.raises(StoreError, match="injected"):
        arriving.keep(stream, engine.vault, blobs)
    # The row came first: whatever became of the file, it is somebody's to collect.
    assert all(count_rows(engine, name) == 1 for name in blobs.stored)
    blob = arriving.keep(stream, engine.vault, blobs)
    arriving.close()
    assert content(open_blob(ref(blob), engine.vault, blobs, engine.spools)) == LOG


def count_rows(engine: Engine, sha256: str) -> int:
    ((count,),) = engine.vault.select("SELECT count(*) FROM sealed WHERE sha256 = ?", sha256)
    return int(count)


def test_no_file_is_there_before_its_row_is(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    blobs = FaultyBlobs()

    def fail(*_: object) -> None:
        raise StoreFull("injected")

    monkeypatch.setattr(engine.vault, "put", fail)
    arriving = Upload(engine.spools)
    with pytest.raises(StoreFull):
        arriving.keep("incident-a", engine.vault, blobs)
    arriving.close()
    assert blobs.stored == {}


def test_an_upload_takes_the_key_of_whoever_was_first_with_it(engine: Engine, home: Path) -> None:
    stream = "incident-" + "5" * 32
    engine.vault.data_key(stream)
    second = Vault(home / "vault.db", engine.vault._master)
    second.put((), (theirs := second.data_key(stream),))
    second.close()
    blob = upload(engine, stream)
    assert blob.kid == theirs.kid
    assert content(open_blob(ref(blob), engine.vault, engine.blobs, engine.spools)) == LOG


def test_an_upload_gives_up_when_others_are_always_first(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    key = engine.vault.data_key("incident-a")

    def moved(*_: object) -> None:
        asked.append(1)
        raise DataKeyMoved(key)

    monkeypatch.setattr(engine.vault, "put", moved)
    arriving = Upload(engine.spools)
    with pytest.raises(DataKeyMoved):
        arriving.keep("incident-a", engine.vault, engine.blobs)
    arriving.close()
    assert len(asked) == ATTEMPTS


def test_what_is_on_its_way_is_never_in_clear_on_disk_and_has_no_name(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.write(LOG)
    list(spool.chunks())
    raw = Path(f"/proc/self/fd/{spool._file.fileno()}").read_bytes()
    assert len(raw) == len(LOG)
    assert b"connection" not in raw
    assert list(tmp_path.iterdir()) == []
    spool.close()


def test_a_spool_on_a_full_disk_is_a_store_error(tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    spool = Spool(tmp_path)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(StoreError, match=r"spool: .*File too large"):
            spool.write(b"x" * 200_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        spool.close()
    with pytest.raises(StoreError, match="spool"):
        Spool(tmp_path / "nowhere")
