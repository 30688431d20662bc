"""Files over HTTP: in pieces, within limits, encrypted, and out again only whole and to whom they may go."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from starlette.requests import Request

from api.bodies import PIECE, body_pieces
from api.limits import Limits
from api.problems import ProblemError
from application.blobs import blob_name
from application.recording import Decided, Item, Recording, record
from application.steps import run
from domain.prose import Prose
from domain.stored_blob import StoredBlob, blob_prose
from domain.timeline.facts import TimelineEntryRecorded
from ledger.errors import ReadOnly, StoreFull
from tests.support.engines import (
    ADMIN,
    AUDITOR,
    COMMANDER,
    INTAKE,
    NOBODY,
    RATIONALE,
    RESPONDER,
    Client,
    client_in,
)
from tests.support.meaning import COMMANDER as PERSON

LIMIT = 3 * PIECE
LOG = b"<script>alert(1)</script> 02:11 refused\n" * 50_000


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    limits = Limits(upload_bytes=LIMIT, transfers=2)
    with client_in(tmp_path_factory.mktemp("blobs") / "home", limits) as found:
        yield found


@pytest.fixture(scope="module")
def incident(client: Client) -> str:
    return client.open()


def upload(client: Client, incident: str, content: Any = LOG, **options: Any) -> Any:
    headers = {"Content-Type": "text/html", **options.pop("headers", {})}
    return client.ask("POST", f"/v1/incidents/{incident}/blobs", content=content, headers=headers, **options)


def uploaded(client: Client, incident: str, content: bytes = LOG) -> StoredBlob:
    answer = upload(client, incident, content)
    assert answer.status_code == 201, answer.text
    return msgspec.json.decode(answer.content, type=StoredBlob)


def name(client: Client, incident: str, text: Prose) -> None:
    """Record a fact that names a file."""
    engine = client.engine
    fact = TimelineEntryRecorded(entry_id=engine.new_id(), category="note", text=text)
    part = Decided(stream=incident, version=None, items=(Item(fact=fact, id=engine.new_id()),))
    run(record(engine, Recording(parts=(part,), principal=PERSON, roles=(), now=engine.clock())))


def named(client: Client, incident: str, content: bytes = LOG) -> StoredBlob:
    blob = uploaded(client, incident, content)
    name(client, incident, blob_prose(blob))
    return blob


def download(client: Client, incident: str, sha256: str, query: str = "", **options: Any) -> Any:
    return client.get(f"/v1/incidents/{incident}/blobs/{sha256}{query}", **options)


def stored(client: Client, blob: StoredBlob) -> Path:
    return client.home / "blobs" / blob_name(blob.sha256)


def kept(client: Client) -> set[Path]:
    return {path for path in client.home.rglob("*") if path.is_file() and path.parent.name != "home"}


@pytest.mark.req("R-MAN-06", "R-CMP-14")
def test_an_upload_is_kept_encrypted_and_comes_back_as_it_was(client: Client, incident: str) -> None:
    blob = named(client, incident)
    ciphertext = stored(client, blob).read_bytes()
    assert (hashlib.sha256(ciphertext).hexdigest(), len(ciphertext)) == (blob.sha256, blob.size)
    assert b"script" not in ciphertext

    answer = download(client, incident, blob.sha256)
    assert (answer.status_code, answer.content) == (200, LOG)
    assert answer.headers["content-length"] == str(len(LOG))
    encrypted = download(client, incident, blob.sha256, "?stored=true")
    assert encrypted.content == ciphertext


def test_whatever_a_file_is_no_browser_shows_it(client: Client, incident: str) -> None:
    answer = download(client, incident, named(client, incident).sha256)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == "attachment"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_the_head_of_a_file_says_how_large_it_is(client: Client, incident: str) -> None:
    blob = named(client, incident)
    answer = client.ask("HEAD", f"/v1/incidents/{incident}/blobs/{blob.sha256}")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(LOG))


@pytest.mark.parametrize("size", [0, 1, PIECE, PIECE + 1, LIMIT])
def test_a_body_of_any_length_declared_or_not_is_taken(client: Client, incident: str, size: int) -> None:
    content = hashlib.shake_128(b"x").digest(size)
    for body in (content, iter([content[:100], content[100:]])):
        answer = upload(client, incident, body)
        blob = msgspec.json.decode(answer.content, type=StoredBlob)
        assert blob.size == size + 60
        name(client, incident, blob_prose(blob))
        assert download(client, incident, blob.sha256).content == content


def test_a_larger_body_is_refused_and_nothing_of_it_is_kept(client: Client, incident: str) -> None:
    before = kept(client)
    for body in (b"x" * (LIMIT + 1), iter([b"x" * LIMIT, b"x"])):
        problem = upload(client, incident, body).json()
        assert (problem["status"], problem["code"]) == (413, "BODY_TOO_LARGE")
        assert problem["expected"] == f"at most {LIMIT} bytes"
    assert kept(client) == before
    # Other bodies keep their own, smaller limit.
    path = f"/v1/incidents/{incident}/actions/add-timeline-entry"
    assert client.post(path, b"x" * (2 * PIECE)).json()["code"] == "BODY_TOO_LARGE"


@pytest.mark.req("R-SVC-13", "R-VIS-01")
def test_whoever_may_record_facts_uploads_and_readers_download(client: Client, incident: str) -> None:
    for token in (COMMANDER, RESPONDER, ADMIN):
        assert upload(client, incident, b"x", token=token).status_code == 201
    for token in (NOBODY, INTAKE, AUDITOR):
        problem = upload(client, incident, b"x", token=token).json()
        assert (problem["status"], problem["code"]) == (403, "ROLE_MISSING")
    assert upload(client, incident, b"x", token=None).status_code == 401

    blob = named(client, incident)
    for token in (RESPONDER, AUDITOR):
        assert download(client, incident, blob.sha256, token=token).content == LOG
    for token in (NOBODY, INTAKE):
        assert download(client, incident, blob.sha256, token=token).json()["code"] == "ROLE_MISSING"


@pytest.mark.req("R-VIS-01")
def test_the_files_of_a_restricted_incident_are_not_there_for_others(client: Client) -> None:
    secret = client.open(visibility="restricted")
    blob = named(client, secret)
    hidden = client.get(f"/v1/incidents/incident-{'0' * 32}/blobs", token=RESPONDER).json()
    for answer in (
        upload(client, secret, b"x", token=RESPONDER),
        download(client, secret, blob.sha256, token=RESPONDER),
        client.get(f"/v1/incidents/{secret}/blobs", token=RESPONDER),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
        assert answer.json()["detail"].replace(secret, "") == hidden["detail"].replace(hidden["found"], "")
    assert download(client, secret, blob.sha256, token=AUDITOR).content == LOG


@pytest.mark.req("R-MAN-06")
def test_only_a_file_that_a_fact_of_the_incident_names_is_given_out(client: Client, incident: str) -> None:
    unnamed, other = uploaded(client, incident), client.open()
    blob = named(client, incident)
    policy = client.engine.policies["team"]
    for stream, sha256 in ((incident, unnamed.sha256), (other, blob.sha256), (incident, policy)):
        problem = download(client, stream, sha256).json()
        assert (problem["status"], problem["code"], problem["found"]) == (404, "NOT_FOUND", sha256)
    for wrong in ("x", "..%2F..%2Fadmin.token", blob.sha256.upper()):
        assert download(client, incident, wrong).status_code == 404


def test_the_files_of_an_incident_are_listed_with_the_facts_that_name_them(client: Client) -> None:
    stream = client.open()
    assert client.get(f"/v1/incidents/{stream}/blobs").json() == {"blobs": []}
    blob = named(client, stream)
    (found,) = client.get(f"/v1/incidents/{stream}/blobs").json()["blobs"]
    assert msgspec.convert(found["blob"], StoredBlob) == blob
    assert (found["version"], found["type"]) == (2, "tallystick.timeline-entry-recorded.v1")
    assert found["by"] == PERSON.id


@pytest.mark.req("R-STO-04")
def test_bytes_changed_on_disk_are_never_sent(client: Client, incident: str) -> None:
    blob = named(client, incident)
    path = stored(client, blob)
    whole = path.read_bytes()
    for damaged in (whole[:-1], whole[:-1] + bytes([whole[-1] ^ 1]), b""):
        path.write_bytes(damaged)
        for query in ("", "?stored=true"):
            answer = download(client, incident, blob.sha256, query)
            assert (answer.status_code, answer.json()["code"]) == (500, "EVIDENCE_BROKEN")
            assert answer.json()["place"] == f"blob {blob.sha256}"
    path.unlink()
    assert download(client, incident, blob.sha256).json()["found"] == "none"


def test_a_ledger_that_only_reads_takes_no_file(
    client: Client, incident: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = kept(client)
    monkeypatch.setattr(client.engine.writer, "_refusal", ReadOnly("restored"), raising=True)
    problem = upload(client, incident).json()
    assert (problem["status"], problem["code"]) == (503, "READ_ONLY")
    assert kept(client) == before


@pytest.mark.parametrize(
    "step", ["application.spool.Spool.write", "application.local_blobs.LocalBlobs.put_chunks"]
)
def test_a_full_disk_is_said_and_nothing_is_left_behind(
    client: Client, incident: str, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def full(*_: object) -> None:
        raise StoreFull("spool: no space left; free some room and try again")

    before = kept(client)
    with monkeypatch.context() as patch:
        patch.setattr(step, full)
        problem = upload(client, incident).json()
    assert (problem["status"], problem["code"]) == (503, "STORE_FULL")
    assert kept(client) == before
    assert upload(client, incident).status_code == 201


def test_only_so_many_files_are_on_their_way_at_once(client: Client, incident: str) -> None:
    transfers = client.http.app.state.service.transfers  # type: ignore[attr-defined]  # Starlette's own
    blob = named(client, incident)
    with transfers.one(), transfers.one():
        for answer in (upload(client, incident), download(client, incident, blob.sha256)):
            assert (answer.status_code, answer.json()["code"]) == (429, "TRANSFERS_EXCEEDED")
            assert answer.headers["retry-after"] == "5"
    # Whatever became of the transfers so far, each has given its place back.
    for _ in range(5):
        assert download(client, incident, blob.sha256).status_code == 200
        assert download(client, incident, "0" * 64).status_code == 404
        assert upload(client, incident, b"x" * (LIMIT + 1)).status_code == 413
    assert transfers._running == 0


def test_parameters_that_nobody_knows_are_refused(client: Client, incident: str) -> None:
    path = f"/v1/incidents/{incident}/blobs"
    assert client.ask("POST", f"{path}?kind=log", content=b"x").json()["code"] == "QUERY_INVALID"
    assert client.get(f"{path}?kind=log").json()["code"] == "QUERY_INVALID"
    assert download(client, incident, "0" * 64, "?stored=maybe").json()["code"] == "QUERY_INVALID"


def trickle(*pieces: tuple[float, bytes], left: bool = False) -> Request:
    """Return a request whose body comes in pieces, each after so many seconds."""
    coming = iter(pieces)

    async def receive() -> dict[str, Any]:
        if (found := next(coming, None)) is None:
            return {"type": "http.disconnect"} if left else {"type": "http.request", "body": b""}
        await asyncio.sleep(found[0])
        return {"type": "http.request", "body": found[1], "more_body": True}

    return Request({"type": "http", "method": "POST"}, receive)


def pieces_of(request: Request, timeout_s: float) -> list[bytes]:
    async def gather(pieces: AsyncIterator[bytes]) -> list[bytes]:
        return [piece async for piece in pieces]

    return asyncio.run(gather(body_pieces(request, timeout_s)))


def test_small_pieces_are_gathered_and_large_ones_passed_on() -> None:
    parts = [(0.0, b"x" * (PIECE // 2))] * 5
    assert [len(piece) for piece in pieces_of(trickle(*parts), 5)] == [PIECE, PIECE, PIECE // 2]
    assert pieces_of(trickle(), 5) == [b""]


def test_who_sends_too_slowly_or_leaves_is_told_so() -> None:
    with pytest.raises(ProblemError, match="bytes a second") as slow:
        pieces_of(trickle((0.0, b"x"), (5.0, b"x")), 0.05)
    assert (slow.value.problem.code, slow.value.headers["Connection"]) == ("BODY_TOO_SLOW", "close")
    with pytest.raises(ProblemError, match="the client left") as gone:
        pieces_of(trickle((0.0, b"x"), left=True), 5)
    assert gone.value.problem.code == "REQUEST_MALFORMED"
    # What has come buys time for what is still to come.
    assert len(b"".join(pieces_of(trickle((0.0, b"x" * PIECE), (0.2, b"x")), 0.05))) == PIECE + 1


@pytest.mark.req("R-MAN-06")
def test_an_action_names_what_was_uploaded_to_its_incident_and_nothing_else(client: Client) -> None:
    ours, theirs = client.open(), client.open()
    assert client.post(f"/v1/incidents/{ours}/actions/declare", {"rationale": RATIONALE}).status_code == 200
    path = f"/v1/incidents/{ours}/actions/capture-evidence"
    body = {"kind": "log", "title": "The proxy's log"}
    foreign, blob = named(client, theirs), uploaded(client, ours)
    size = client.engine.store.head().size
    for wrong in (foreign, msgspec.structs.replace(blob, size=blob.size + 1)):
        problem = client.post(path, {**body, "blob": msgspec.to_builtins(wrong)}).json()
        assert (problem["status"], problem["code"], problem["place"]) == (422, "BLOB_UNKNOWN", "blob")
        assert problem["expected"] == "the answer to an upload to this incident"
        assert problem["found"] == f"{wrong.size} bytes named {wrong.sha256}"
    assert client.engine.store.head().size == size
    answer = client.post(path, {**body, "blob": msgspec.to_builtins(blob)})
    assert answer.status_code == 200, answer.text
    assert download(client, ours, blob.sha256).content == LOG


def test_the_same_request_again_is_answered_though_its_file_is_gone(client: Client) -> None:
    incident = client.open()
    client.post(f"/v1/incidents/{incident}/actions/declare", {"rationale": RATIONALE})
    blob = uploaded(client, incident)
    path = f"/v1/incidents/{incident}/actions/capture-evidence"
    body = {"kind": "log", "title": "The proxy's log", "blob": msgspec.to_builtins(blob)}
    first = client.post(path, body, headers={"Idempotency-Key": "once"})
    stored(client, blob).unlink()
    again = client.post(path, body, headers={"Idempotency-Key": "once"})
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.content == first.content
