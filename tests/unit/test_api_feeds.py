"""Facts for subscribers over HTTP: in order, without gaps, to be resumed, by pull or as a stream."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import httpx2
import pytest

from api.app import create_app
from api.limits import Limits
from consumers.webhook import SOURCES
from tests.support.engines import AUDITOR, OPENING, RESPONDER, TOKENS, Client, client_in
from tests.support.serving import served

AUTHORIZATION = {"Authorization": f"Bearer {AUDITOR}"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with client_in(tmp_path_factory.mktemp("feeds") / "home") as found:
        for number in range(5):
            found.open(title=f"Incident {number}")
        yield found


@pytest.fixture(scope="module")
def address(client: Client) -> Iterator[str]:
    limits = Limits(heartbeat_seconds=0.2, streams=2)
    with served(create_app(client.engine, TOKENS, sources=SOURCES, version="0", limits=limits)) as found:
        yield found


def _rebuilt(item: dict[str, str], event: bytes) -> bytes:
    """Return the envelope, from what a subscriber has."""
    return (
        b'{"payload":"' + base64.b64encode(event) + b'","payloadType":"application/cloudevents+json",'
        b'"signatures":[{"keyid":"'
        + item["keyid"].encode()
        + b'","sig":"'
        + item["signature"].encode()
        + b'"}]}'
    )


def _events(answer: httpx2.Response) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer.json()["events"]
    return found


@pytest.mark.req("R-SVC-11")
def test_facts_come_in_order_and_from_where_the_reader_is(client: Client) -> None:
    size = client.engine.store.head().size
    cursor, positions = 0, []
    while True:
        page = client.get(f"/v1/events?after={cursor}&limit=2", token=AUDITOR).json()
        positions += [item["position"] for item in page["events"]]
        assert page["size"] == size
        if page["next"] == cursor:
            break
        cursor = page["next"]
    assert positions == list(range(size))


@pytest.mark.req("R-SVC-11")
def test_the_envelope_can_be_rebuilt_from_the_feed_byte_for_byte(client: Client) -> None:
    text = client.get("/v1/events", token=AUDITOR).text
    for row, item in zip(client.engine.store.rows(0, 100), json.loads(text)["events"], strict=True):
        # The event's bytes stand in the answer unchanged, not only the same JSON.
        event = base64.b64decode(json.loads(row.envelope)["payload"])
        assert event.decode() in text
        assert _rebuilt(item, event) == row.envelope
        assert hashlib.sha256(b"\0" + row.envelope).hexdigest() == item["leaf"]


def test_a_reader_who_has_more_than_the_log_is_told_so(client: Client) -> None:
    size = client.engine.store.head().size
    assert _events(client.get(f"/v1/events?after={size}")) == []
    problem = client.get(f"/v1/events?after={size + 1}").json()
    assert (problem["status"], problem["code"]) == (409, "CURSOR_AHEAD")
    assert (problem["expected"], problem["found"]) == (f"at most {size}", str(size + 1))


@pytest.mark.req("R-SVC-13")
@pytest.mark.parametrize("path", ["/v1/events", "/v1/stream"])
def test_feeds_are_for_auditors(client: Client, path: str) -> None:
    assert client.get(path, token=None).status_code == 401
    assert client.get(path, token=RESPONDER).status_code == 403


def _followed(lines: Iterator[str], count: int) -> list[dict[str, str]]:
    """Return the next ``count`` events of a stream."""
    found: list[dict[str, str]] = []
    event: dict[str, str] = {}
    for line in lines:
        if line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            event[name] = value
        elif "id" in event:
            found.append(event)
            event = {}
        if len(found) == count:
            return found
    return found


@pytest.mark.req("R-SVC-11")
def test_the_stream_starts_at_the_cursor_and_goes_on_with_what_is_recorded(
    client: Client, address: str
) -> None:
    size = client.engine.store.head().size
    with (
        httpx2.Client(base_url=address, headers=AUTHORIZATION, timeout=10) as http,
        http.stream("GET", f"/v1/stream?after={size - 2}") as response,
    ):
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-store"
        known = _followed(response.iter_lines(), 2)
    assert [event["id"] for event in known] == [str(size - 1), str(size)]
    assert {event["event"] for event in known} == {"fact"}
    with (
        httpx2.Client(base_url=address, headers={**AUTHORIZATION, "Last-Event-ID": known[-1]["id"]}) as http,
        http.stream("GET", f"/v1/stream?after={size - 2}") as response,
    ):
        client.open(title="While you watch")
        new = _followed(response.iter_lines(), 1)
    item = json.loads(new[0]["data"])
    assert (new[0]["id"], item["position"]) == (str(size + 1), size)
    assert item == _events(client.get(f"/v1/events?after={size}"))[0]


def test_without_a_cursor_the_stream_starts_now_and_stays_alive(client: Client, address: str) -> None:
    with (
        httpx2.Client(base_url=address, headers=AUTHORIZATION, timeout=10) as http,
        http.stream("GET", "/v1/stream") as response,
    ):
        lines = response.iter_lines()
        assert next(line for line in lines if line).startswith(": ping")
        position = client.post("/v1/incidents", OPENING).json()["positions"][0]
        assert next(line for line in lines if line.startswith("id")) == f"id: {position + 1}"


def test_facts_do_not_skip_or_repeat_over_many_batches(client: Client, address: str) -> None:
    incident = client.open()
    for number in range(120):
        client.post(f"/v1/incidents/{incident}/actions/add-timeline-entry", {"text": f"Note {number}."})
    size = client.engine.store.head().size
    with (
        httpx2.Client(base_url=address, headers=AUTHORIZATION, timeout=10) as http,
        http.stream("GET", "/v1/stream?after=0") as response,
    ):
        ids = [int(event["id"]) for event in _followed(response.iter_lines(), size)]
    assert ids[0] == 1
    assert all(later == earlier + 1 for earlier, later in pairwise(ids))


@pytest.mark.req("R-SVC-11")
def test_a_ticket_opens_the_stream_once(client: Client, address: str) -> None:
    with httpx2.Client(base_url=address, timeout=10) as http:
        issued = http.post("/v1/stream/tickets", headers=AUTHORIZATION)
        assert issued.status_code == 201
        ticket = issued.json()["ticket"]
        with http.stream("GET", f"/v1/stream?after=0&ticket={ticket}") as response:
            assert response.status_code == 200
            assert _followed(response.iter_lines(), 1)[0]["id"] == "1"
        assert http.get(f"/v1/stream?ticket={ticket}").status_code == 401
        # Nor does it open anything else.
        other = http.post("/v1/stream/tickets", headers=AUTHORIZATION).json()["ticket"]
        assert http.get(f"/v1/events?ticket={other}").status_code == 401


def test_no_more_readers_than_allowed_follow_at_once(client: Client, address: str) -> None:
    with (
        httpx2.Client(base_url=address, headers=AUTHORIZATION, timeout=10) as http,
        http.stream("GET", "/v1/stream?after=0") as one,
        http.stream("GET", "/v1/stream?after=0") as two,
    ):
        # Held until the end: a response whose lines nobody reads any more is closed.
        lines = one.iter_lines(), two.iter_lines()
        assert [len(_followed(each, 1)) for each in lines] == [1, 1]
        with http.stream("GET", "/v1/stream") as third:
            assert third.status_code == 429
            assert json.loads(third.read())["code"] == "STREAMS_EXCEEDED"


@pytest.mark.parametrize("given", ["x", "-1", "9" * 20])
def test_a_last_event_id_that_is_no_cursor_is_refused(client: Client, given: str) -> None:
    answer = client.get("/v1/stream", headers={"Last-Event-ID": given})
    assert (answer.status_code, answer.json()["code"]) == (400, "HEADER_MALFORMED")
    assert answer.json()["place"] == "header Last-Event-ID"


def test_a_stream_from_beyond_the_log_is_refused(client: Client) -> None:
    for path, headers in (("/v1/stream?after=100000", {}), ("/v1/stream", {"Last-Event-ID": "100000"})):
        answer = client.get(path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (409, "CURSOR_AHEAD")
