"""PagerDuty's own paths: its answers, its key in the body, and that key nowhere afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.limits import Limits
from application.reading import recorded
from application.unsealing import open_content, open_values
from domain.alert_facts import AlertRemarked, SignalReceived
from domain.prose import proses
from domain.source_facts import ChangeReported, DeliveryReceived, SignalRejected
from domain.streams import alert_stream
from ledger.append import AppendRequest
from ledger.errors import IntegrityError, QueueFull, StoreError, StoreFull
from tests.support.engines import COMMANDER, INTAKE, Client, client_in

EVENTS, CHANGES = "/v2/enqueue", "/v2/change/enqueue"
PAYLOAD = {"summary": "Disk of db-1 is full", "source": "db-1", "severity": "critical"}
CHANGE = {"routing_key": INTAKE, "payload": {"summary": "Search 4.2.0 is live"}}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with client_in(tmp_path_factory.mktemp("pagerduty") / "home") as found:
        yield found


def an_event(key: str | None, action: str = "trigger", **changes: Any) -> dict[str, Any]:
    """Return an event of an alert."""
    named = {} if key is None else {"dedup_key": key}
    return {"routing_key": INTAKE, "event_action": action, "payload": PAYLOAD, **named, **changes}


def sent(client: Client, body: Any, path: str = EVENTS) -> tuple[int, dict[str, Any]]:
    """Return the answer to a body that is sent as PagerDuty's senders do: without any token in a header."""
    answer = client.post(path, body, token=None)
    return answer.status_code, answer.json()


def facts(client: Client, stream: str) -> list[Any]:
    """Return all facts of a stream."""
    return [recorded(row).fact for row in client.engine.store.stream_rows(stream)]


def size(client: Client) -> int:
    """Return how many entries the log has."""
    return client.engine.store.head().size


def test_an_event_is_accepted_as_pagerduty_accepts_it(client: Client) -> None:
    assert sent(client, an_event("a/1")) == (
        202,
        {"status": "success", "message": "Event processed", "dedup_key": "a/1"},
    )
    (told,) = facts(client, alert_stream("pagerduty", "a/1"))
    assert isinstance(told, SignalReceived)
    assert (told.status, told.effect, told.severity_hint) == ("firing", "open", "SEV-1")


def test_an_alert_lives_from_trigger_to_resolve(client: Client) -> None:
    for action in ("trigger", "trigger", "acknowledge", "resolve", "trigger"):
        assert sent(client, an_event("b/1", action))[0] == 202
    first, repeated, noted, ended, again = facts(client, alert_stream("pagerduty", "b/1"))
    assert (first.status, ended.status, ended.effect, again.status) == (
        "firing",
        "resolved",
        "clear",
        "firing",
    )
    assert repeated.duplicate_of == first.signal_id
    assert isinstance(noted, AlertRemarked)
    assert again.episode != first.episode


def test_an_acknowledgement_with_a_time_of_its_own_is_recorded(client: Client) -> None:
    timed = {**PAYLOAD, "timestamp": "2026-03-01T03:10:00.5+0100"}
    assert sent(client, an_event("b/2", "acknowledge", payload=timed))[0] == 202
    (noted,) = facts(client, alert_stream("pagerduty", "b/2"))
    assert noted.at == "2026-03-01T03:10:00.5+01:00"


def test_a_generated_key_is_answered_and_ends_the_alert(client: Client) -> None:
    _, told = sent(client, an_event(None))
    assert sent(client, an_event(None)) == (202, told)
    assert sent(client, an_event(told["dedup_key"], "resolve"))[1] == told
    first, again, ended = facts(client, alert_stream("pagerduty", told["dedup_key"]))
    assert (again.duplicate_of, ended.status) == (first.signal_id, "resolved")


def test_a_change_is_a_fact_and_opens_nothing(client: Client) -> None:
    before = size(client)
    assert sent(client, CHANGE, CHANGES) == (202, {"status": "success", "message": "Event processed"})
    came, told = facts(client, "source-pagerduty-change")[-2:]
    assert isinstance(came, DeliveryReceived)
    assert isinstance(told, ChangeReported)
    assert (told.delivery_id, size(client)) == (came.delivery_id, before + 2)
    sent(client, CHANGE, CHANGES)
    assert facts(client, "source-pagerduty-change")[-1].change_id == told.change_id


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (an_event("c", "close"), "event_action: expected trigger, acknowledge or resolve (status-unknown)"),
        (an_event(None, "resolve"), "dedup_key: expected the key of the alert (wrong-shape)"),
        (an_event("c", payload=None), "payload: expected an object (wrong-shape)"),
    ],
)
def test_an_event_that_is_none_is_recorded_as_rejected(
    client: Client, event: dict[str, Any], expected: str
) -> None:
    assert sent(client, event) == (
        400,
        {"status": "invalid event", "message": "Event object is invalid", "errors": [expected]},
    )
    came, why = facts(client, "source-pagerduty")[-2:]
    assert (came.rejected, came.masked, isinstance(why, SignalRejected)) == (1, 1, True)


def test_numbers_may_be_longer_than_any_number_is(client: Client) -> None:
    body = json.dumps(an_event("i", note=0)).replace('"note": 0', f'"note": {"7" * 10_000}')
    assert sent(client, body.encode())[0] == 202


@pytest.mark.parametrize("path", [EVENTS, CHANGES])
@pytest.mark.parametrize("key", ["unknown", "", None, 7, [INTAKE], COMMANDER])
def test_a_key_that_may_not_deliver_is_refused_and_leaves_nothing(
    client: Client, path: str, key: object
) -> None:
    before = size(client)
    refused = {"status": "invalid event", "message": "Invalid routing key", "errors": ["Invalid routing key"]}
    assert sent(client, an_event("d", routing_key=key), path) == (400, refused)
    assert size(client) == before


def test_a_token_in_a_header_is_no_routing_key(client: Client) -> None:
    body = {"event_action": "trigger", "payload": PAYLOAD}
    assert client.post(EVENTS, body, token=INTAKE).status_code == 400


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b"[" * 100_000, b"1" * 5_000])
def test_what_is_no_object_is_not_recognised(client: Client, body: bytes) -> None:
    before = size(client)
    status, told = sent(client, body)
    assert (status, told["status"], told["errors"]) == (400, "Unrecognized object", ["JSON parse error"])
    assert size(client) == before


def test_a_mistake_that_leaves_the_key_readable_is_recorded(client: Client) -> None:
    body = json.dumps(an_event("e", summary="x")).replace('"summary": "x"', '"event_action": "trigger"')
    status, told = sent(client, b"\xef\xbb\xbf" + body.encode())
    assert (status, told["errors"]) == (400, ["$: expected each key of an object once (duplicate-key)"])


@pytest.mark.parametrize(
    ("path", "token", "event"),
    [
        (EVENTS, None, an_event(f"f-{INTAKE}")),
        (EVENTS, None, an_event("f", INTAKE)),
        (CHANGES, None, {**CHANGE, "note": INTAKE}),
        ("/v1/signals/pagerduty", INTAKE, an_event("f")),
        ("/v1/signals/pagerduty", INTAKE, b'{"routing_key": "' + INTAKE.encode()),
    ],
)
def test_the_routing_key_is_neither_in_facts_nor_in_what_is_kept_nor_in_the_log(
    client: Client, path: str, token: str | None, event: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = client.post(path, event, token=token)
    source = "source-pagerduty-change" if path == CHANGES else "source-pagerduty"
    *_, came = (fact for fact in facts(client, source) if isinstance(fact, DeliveryReceived))
    assert came.raw.blob is not None
    kept = open_content(came.raw.blob, client.engine.vault, client.engine.blobs).content
    assert b"[masked]" in kept
    told = capsys.readouterr()
    rows = client.engine.store.rows(0, size(client))
    sealed = [part.sealed for row in rows for part in proses(recorded(row).fact) if part.sealed]
    texts = open_values(sealed, client.engine.vault, client.engine.blobs)
    for place in (kept, answer.text, told.out, told.err, texts, [recorded(row) for row in rows]):
        assert INTAKE not in repr(place)
    assert texts


@pytest.mark.parametrize(
    ("error", "status", "word"),
    [
        (QueueFull(10), 429, "throttle exceeded"),
        (StoreFull("disk full"), 503, "unavailable"),
        (StoreError("disk I/O error"), 503, "unavailable"),
    ],
)
def test_when_nothing_was_recorded_the_sender_is_told_to_send_again(
    client: Client, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, word: str
) -> None:
    def submit(request: AppendRequest) -> Any:
        raise error

    before = size(client)
    monkeypatch.setattr(client.engine.writer, "submit", submit)
    for path, body in ((EVENTS, an_event("g")), (CHANGES, CHANGE)):
        found, told = sent(client, body, path)
        assert (found, told["status"]) == (status, word)
        assert told.keys() == {"status", "message", "errors"}
    assert size(client) == before


def test_what_pagerduty_has_no_answer_for_is_a_problem(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def submit(request: AppendRequest) -> Any:
        raise IntegrityError("entry 7", "its hash", "another")

    monkeypatch.setattr(client.engine.writer, "submit", submit)
    status, told = sent(client, an_event("j"))
    assert (status, told["code"]) == (500, "EVIDENCE_BROKEN")


def test_beyond_the_rate_the_answer_is_429(tmp_path: Path) -> None:
    with client_in(tmp_path / "home", Limits(requests_per_second=0.001, burst=1)) as client:
        assert sent(client, an_event("h"))[0] == 202
        answer = client.post(EVENTS, an_event("h"), token=None)
        assert (answer.status_code, answer.json()["status"]) == (429, "throttle exceeded")
        assert answer.headers["retry-after"] == "1"


def test_what_keeps_a_body_from_arriving_is_a_problem(tmp_path: Path) -> None:
    with client_in(tmp_path / "home", Limits(body_bytes=100)) as client:
        status, told = sent(client, b" " * 101)
        assert (status, told["code"]) == (413, "BODY_TOO_LARGE")
