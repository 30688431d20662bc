"""The log over HTTP as C2SP tlog-tiles has it: what anybody may read, what only auditors may, and no more."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from api.heads import Heads
from ledger.bundle import decode_bundle
from ledger.checkpoint import open_checkpoint
from ledger.merkle import leaf_hash, root
from ledger.note import parse_vkey
from ledger.proof import parse_proof, verify_proof
from ledger.tile import parse_tile_path, tile_path, tile_reader, tiles_of
from tests.support.engines import AUDITOR, RESPONDER, Client, client_in

PUBLIC = ("/log/vkey", "/log/checkpoint", "/log/checkpoint.unwitnessed", "/log/tile/0/000.p/1")
AUDITED = ("/log/tile/entries/000.p/1", "/log/proof/0")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with client_in(tmp_path_factory.mktemp("log") / "home") as found:
        incident = found.open()
        for number in range(300):
            found.post(f"/v1/incidents/{incident}/actions/add-timeline-entry", {"text": f"Note {number}."})
        found.publish()
        yield found


def test_the_root_can_be_rebuilt_from_what_anybody_may_read(client: Client) -> None:
    vkey = parse_vkey(client.get("/log/vkey", token=None).text.strip())
    checkpoint = open_checkpoint(client.get("/log/checkpoint", token=None).content, vkey)
    assert checkpoint.size == client.engine.store.head().size > 256

    paths = {tile: f"/log/{tile_path(tile)}" for tile in tiles_of(checkpoint.size)}
    tiles = {tile: client.get(path, token=None).content for tile, path in paths.items()}
    assert root(checkpoint.size, tile_reader(tiles.__getitem__, checkpoint.size)) == checkpoint.root


def test_entries_are_the_envelopes_themselves(client: Client) -> None:
    answer = client.get("/log/tile/entries/000", token=AUDITOR)
    rows = client.engine.store.rows(0, 256)
    assert decode_bundle(answer.content, "bundle") == tuple(row.envelope for row in rows)
    hashes = client.get("/log/tile/0/000", token=None).content
    assert hashes == b"".join(leaf_hash(row.envelope) for row in rows)


@pytest.mark.parametrize("position", [0, 1, 255, 256, 300])
def test_a_proof_holds_against_the_pinned_key(client: Client, position: int) -> None:
    proof = parse_proof(client.get(f"/log/proof/{position}", token=AUDITOR).content)
    leaf = client.engine.store.rows(position, 1)[0].leaf_hash
    assert proof.index == position
    verify_proof(proof, leaf, parse_vkey(client.engine.vkey))


def test_content_types_are_those_of_the_specification(client: Client) -> None:
    for path in PUBLIC[:3]:
        assert client.get(path, token=None).headers["content-type"] == "text/plain; charset=utf-8"
    for path in ("/log/tile/0/000", "/log/tile/entries/000"):
        assert client.get(path).headers["content-type"] == "application/octet-stream"


def test_what_cannot_change_may_be_kept_for_ever_and_what_can_may_not(client: Client) -> None:
    assert client.get("/log/tile/0/000").headers["cache-control"] == "public, max-age=31536000, immutable"
    assert client.get("/log/tile/0/001.p/2").headers["cache-control"] == "public, max-age=31536000, immutable"
    # Incidents must not be kept by caches that others share.
    assert (
        client.get("/log/tile/entries/000").headers["cache-control"] == "private, max-age=31536000, immutable"
    )
    assert client.get("/log/checkpoint").headers["cache-control"] == "public, max-age=1"


@pytest.mark.req("R-SVC-13")
def test_hashes_are_public_and_incidents_are_not(client: Client) -> None:
    for path in PUBLIC:
        assert client.get(path, token=None).status_code == 200
    for path in AUDITED:
        assert client.get(path, token=None).status_code == 401
        refused = client.get(path, token=RESPONDER)
        assert (refused.status_code, refused.json()["code"]) == (403, "ROLE_MISSING")
        assert (refused.json()["expected"], refused.json()["found"]) == ("one of auditor", "responder")


def test_nothing_beyond_the_newest_signed_size_is_served(client: Client) -> None:
    newest = client.engine.store.newest_checkpoint()
    assert newest is not None
    client.open()
    size, width = newest.size, newest.size - 256
    assert client.engine.store.head().size > size
    for path in (f"/log/tile/0/001.p/{width}", f"/log/tile/entries/001.p/{width}", "/log/tile/1/000.p/1"):
        assert client.get(path).status_code == 200
    beyond = (
        f"/log/tile/0/001.p/{width + 1}",
        f"/log/tile/entries/001.p/{width + 1}",
        "/log/tile/0/001",
        "/log/tile/1/000.p/2",
        "/log/tile/2/000.p/1",
        "/log/tile/63/000.p/1",
        f"/log/proof/{size}",
    )
    for path in beyond:
        answer = client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_SIGNED_YET"), path


@pytest.mark.parametrize(
    "path", ["0/1", "0/000.p/0", "0/000.p/256", "0/000.p/01", "00/000", "64/000", "0/x000/000", "0/000/", "x"]
)
def test_a_tile_has_one_spelling(client: Client, path: str) -> None:
    answer = client.get(f"/log/tile/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
    with pytest.raises(Exception, match="tile path"):
        parse_tile_path(f"tile/{path}")


@pytest.mark.parametrize("position", ["-1", "x", "1e3", "9" * 30])
def test_a_proof_of_no_position_is_not_found(client: Client, position: str) -> None:
    assert client.get(f"/log/proof/{position}").status_code == 404


def test_a_head_request_sends_no_body_whatever_the_server_does_with_one() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["method"] == "GET"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"content", "more_body": True})
        await send({"type": "http.response.body", "body": b"more"})

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise AssertionError("nobody asks for a body")

    asyncio.run(Heads(app)({"type": "http", "method": "HEAD"}, receive, send))
    assert [message["body"] for message in sent[1:]] == [b"", b""]
    assert sent[1]["more_body"] is True


def test_a_head_request_gets_the_same_head_and_no_body(client: Client) -> None:
    head = client.ask("HEAD", "/log/checkpoint", token=None)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == client.get("/log/checkpoint").headers["content-length"]
