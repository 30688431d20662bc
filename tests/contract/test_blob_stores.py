"""What every blob store promises: a directory, S3, and the one that tests make to fail."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from application.blobs import Blobs
from application.local_blobs import LocalBlobs
from application.s3_blobs import PART, S3Blobs
from ledger.errors import IntegrityError, StoreError
from tests.support.faulty_blobs import FaultyBlobs
from tests.support.processes import Children
from tests.support.s3 import S3, start_s3

CONTENT = b"schema: 17\n"
NAME = hashlib.sha256(CONTENT).hexdigest()
STORES = ("directory", "S3", "faulty")


class Kept(msgspec.Struct, frozen=True):
    """A store, and a way to change what it keeps behind its back."""

    blobs: Blobs
    overwrite: Callable[[str, bytes], None]


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    children = Children(tmp_path_factory.mktemp("s3") / "children")
    try:
        yield start_s3(children)
    finally:
        children.stop()


@pytest.fixture(params=STORES)
def kept(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kept:
    match request.param:
        case "directory":
            local = LocalBlobs(tmp_path / "blobs")
            return Kept(local, lambda name, data: overwrite_file(local, name, data))
        case "S3":
            server: S3 = request.getfixturevalue("s3")
            for name, value in server.environment.items():
                monkeypatch.setenv(name, value)
            url = server.url()
            there = S3Blobs(url, plain_http=True)
            return Kept(there, lambda name, data: server.overwrite(url, f"sha256/{name[:2]}/{name}", data))
        case _:
            faulty = FaultyBlobs()
            return Kept(faulty, faulty.stored.__setitem__)


def overwrite_file(blobs: LocalBlobs, name: str, content: bytes) -> None:
    (blobs.root / "sha256" / name[:2] / name).write_bytes(content)


@pytest.fixture
def blobs(kept: Kept) -> Blobs:
    return kept.blobs


def whole(chunks: Iterator[bytes] | None) -> bytes | None:
    return None if chunks is None else b"".join(chunks)


@pytest.mark.req("R-STO-04")
def test_a_blob_is_found_under_its_sha256(blobs: Blobs) -> None:
    assert blobs.put(CONTENT) == NAME
    assert blobs.get(NAME) == blobs.find(NAME) == whole(blobs.chunks(NAME)) == CONTENT
    assert blobs.size(NAME) == len(CONTENT)
    assert blobs.holds(NAME)


def test_an_empty_blob_is_a_blob(blobs: Blobs) -> None:
    name = blobs.put(b"")
    assert (blobs.get(name), blobs.size(name)) == (b"", 0)
    blobs.put_chunks(name, lambda: ())
    assert blobs.get(name) == b""


@pytest.mark.parametrize("size", [PART - 1, PART, 2 * PART + 1])
def test_a_large_blob_goes_in_and_comes_out_in_pieces(blobs: Blobs, size: int) -> None:
    content = os.urandom(1024) * (size // 1024) + b"x" * (size % 1024)
    name = hashlib.sha256(content).hexdigest()
    step = 1024 * 1024
    blobs.put_chunks(name, lambda: (content[i : i + step] for i in range(0, size, step)))
    assert whole(blobs.chunks(name)) == content
    assert blobs.size(name) == size


@pytest.mark.req("R-STO-04")
def test_the_same_bytes_again_change_nothing(blobs: Blobs) -> None:
    for _ in range(2):
        assert blobs.put(CONTENT) == NAME
        blobs.put_chunks(NAME, lambda: (CONTENT,))
        assert blobs.get(NAME) == CONTENT


@pytest.mark.req("R-STO-04")
@pytest.mark.parametrize("content", [b"", CONTENT[:-1], b"x" * (2 * PART)], ids=["none", "less", "others"])
def test_other_bytes_than_the_name_says_are_not_taken(blobs: Blobs, content: bytes) -> None:
    with pytest.raises(IntegrityError, match=f"blob {NAME}: expected bytes with that SHA-256"):
        blobs.put_chunks(NAME, lambda: (content,))
    assert blobs.size(NAME) is None


def test_what_fails_half_way_leaves_no_blob_and_can_be_repeated(blobs: Blobs) -> None:
    content = b"y" * (2 * PART)
    name = hashlib.sha256(content).hexdigest()

    def cut_off() -> Iterator[bytes]:
        yield content[: PART + 1]
        raise StoreError("the source has gone")

    with pytest.raises(StoreError, match="the source has gone"):
        blobs.put_chunks(name, cut_off)
    assert blobs.size(name) is None
    blobs.put_chunks(name, lambda: (content,))
    assert blobs.holds(name)


def test_a_missing_blob_is_none_or_an_error(blobs: Blobs) -> None:
    assert (blobs.find(NAME), blobs.chunks(NAME), blobs.size(NAME)) == (None, None, None)
    assert not blobs.holds(NAME)
    with pytest.raises(IntegrityError, match="expected a file, found none"):
        blobs.get(NAME)


@pytest.mark.req("R-STO-04")
@pytest.mark.parametrize("found", [b"", CONTENT[:-1], CONTENT + b"\n", b"x" * len(CONTENT)])
def test_a_blob_that_somebody_changed_is_never_given_out(kept: Kept, found: bytes) -> None:
    kept.blobs.put(CONTENT)
    kept.overwrite(NAME, found)
    for ask in (kept.blobs.find, kept.blobs.get, lambda name: whole(kept.blobs.chunks(name))):
        with pytest.raises(IntegrityError, match=f"blob {NAME}: expected bytes with that SHA-256"):
            ask(NAME)
    assert not kept.blobs.holds(NAME)


def test_putting_the_true_bytes_again_heals_a_blob(kept: Kept) -> None:
    for put in (kept.blobs.put, lambda data: kept.blobs.put_chunks(NAME, lambda: (data,))):
        kept.blobs.put(CONTENT)
        kept.overwrite(NAME, b"rot")
        put(CONTENT)
        assert kept.blobs.get(NAME) == CONTENT


@pytest.mark.req("R-STO-04")
@pytest.mark.parametrize(
    "name", ["", "../" + NAME, "/etc/passwd", NAME.upper(), NAME + "\n", NAME[:-1], "a/../b"]
)
def test_a_name_that_is_no_sha256_reaches_nothing(blobs: Blobs, name: str) -> None:
    for ask in (
        *(blobs.find, blobs.get, blobs.chunks, blobs.size, blobs.delete),
        lambda name: blobs.put_chunks(name, lambda: ()),
    ):
        with pytest.raises(IntegrityError, match="64 lower-case hexadecimal"):
            ask(name)


def test_a_deleted_blob_is_gone_and_deleting_it_again_is_no_error(blobs: Blobs) -> None:
    blobs.put(CONTENT)
    for _ in range(2):
        blobs.delete(NAME)
        assert blobs.find(NAME) is None


def test_a_sweep_touches_no_whole_blob(blobs: Blobs) -> None:
    blobs.put(CONTENT)
    assert blobs.sweep(datetime.now(UTC)) == 0
    assert blobs.holds(NAME)


def test_many_threads_put_the_same_and_different_blobs(blobs: Blobs) -> None:
    def put(thread: int) -> None:
        for i in range(5):
            blobs.put(f"{i if thread % 2 else (thread, i)}".encode())

    threads = [threading.Thread(target=put, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for content in [f"{i}" for i in range(5)] + [f"{(n, i)}" for n in (0, 2) for i in range(5)]:
        assert blobs.holds(hashlib.sha256(content.encode()).hexdigest())


def test_a_server_that_does_not_answer_is_a_store_error(monkeypatch: pytest.MonkeyPatch, s3: S3) -> None:
    for name, value in {**s3.environment, "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}.items():
        monkeypatch.setenv(name, value)
    gone = S3Blobs("s3://evidence/blobs", plain_http=True)
    for ask in (gone.find, gone.chunks, gone.size, gone.delete, lambda _: gone.put(CONTENT)):
        with pytest.raises(StoreError, match="blob "):
            ask(NAME)
