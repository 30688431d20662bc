"""When the service cannot do what is asked: every failure is a problem that says what to do about it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from structlog.testing import capture_logs

from api.codes import CODES
from api.limits import Limits
from api.problems import TABLE, of_exception
from domain.context import Principal
from ledger.append import AppendRequest, Receipt
from ledger.errors import (
    CommitInDoubt,
    EntryTooLarge,
    IntegrityError,
    LedgerError,
    QueueFull,
    ReadOnly,
    StoreBusy,
    StoreError,
    StoreFull,
)
from tests.support.engines import COMMANDER, INTAKE, OPENING, RATIONALE, Client, client_in

DURATIONS = "tallystick_http_request_duration_seconds"
SECRET = "the patient's name is Ada"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with client_in(tmp_path_factory.mktemp("faults") / "home") as found:
        found.open()
        yield found


def _failing(error: Exception) -> Any:
    def submit(request: AppendRequest) -> Future[Receipt]:
        future: Future[Receipt] = Future()
        future.set_exception(error)
        return future

    return submit


@pytest.mark.req("R-SVC-12")
@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (EntryTooLarge("event", 70_000, 65_535), 413, "ENTRY_TOO_LARGE"),
        (QueueFull(10_000), 429, "QUEUE_FULL"),
        (ReadOnly("promised 7, has 5. Ways out: `tallystick recover`"), 503, "READ_ONLY"),
        (StoreBusy("lock: another process holds it, nothing was written"), 503, "STORE_BUSY"),
        (StoreFull("event: disk full, nothing was written"), 503, "STORE_FULL"),
        (StoreError("state unknown", fatal=True), 503, "STORE_UNAVAILABLE"),
        (CommitInDoubt(StoreError("I/O error")), 503, "STORE_UNAVAILABLE"),
        (IntegrityError("entry 3", "aa", "bb"), 500, "EVIDENCE_BROKEN"),
    ],
)
def test_what_the_ledger_says_reaches_the_caller(
    client: Client, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, code: str
) -> None:
    monkeypatch.setattr(client.engine.writer, "submit", _failing(error))
    size = client.engine.store.head().size
    answer = client.post("/v1/incidents", OPENING)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["detail"] == str(error)
    assert answer.headers["content-type"] == "application/problem+json"
    assert client.engine.store.head().size == size


def test_every_row_of_the_table_is_reached_by_its_own_exception() -> None:
    samples: dict[type[Exception], Exception] = {
        type(error): error
        for error in (QueueFull(1), ReadOnly("r"), StoreBusy("b"), StoreFull("f"), StoreError("e"))
    }
    for kind, code in TABLE:
        if kind in samples:
            assert of_exception(samples[kind]).problem.code == code
    assert of_exception(CommitInDoubt(StoreError("d"))).problem.code == "STORE_UNAVAILABLE"
    assert of_exception(LedgerError("other")).problem.code == "INTERNAL"


def test_a_service_that_only_reads_says_the_way_out_and_goes_on_reading(tmp_path: Any) -> None:
    with client_in(tmp_path / "home") as client:
        incident = client.open()
        way_out = "entries 5 to 6 are missing. Ways out: `tallystick recover --from DIR|URL`"
        client.engine.writer.freeze(ReadOnly(way_out))
        for path, body in (
            ("/v1/incidents", OPENING),
            (f"/v1/incidents/{incident}/actions/declare", {"rationale": RATIONALE}),
        ):
            answer = client.post(path, body)
            assert (answer.status_code, answer.json()["code"]) == (503, "READ_ONLY")
            assert way_out in answer.json()["detail"]
        alert = client.post("/v1/signals/alertmanager", {"alerts": []}, token=INTAKE)
        assert (alert.status_code, alert.json()["code"]) == (503, "READ_ONLY")
        assert client.get(f"/v1/incidents/{incident}").status_code == 200
        assert client.get("/log/checkpoint", token=None).status_code == 200
        assert "only reads" in client.get("/", token=None).text
        ready = client.get("/readyz", token=None)
        assert (ready.status_code, ready.json()["code"]) == (503, "NOT_READY")
        assert ready.json()["errors"][0]["pointer"] == "writer"
        assert way_out in ready.json()["errors"][0]["found"]
        assert client.get("/healthz", token=None).status_code == 200
        assert "tallystick_read_only 1.0" in client.get("/metrics", token=None).text


def test_an_answered_request_is_answered_again_even_when_nothing_is_written_any_more(tmp_path: Any) -> None:
    with client_in(tmp_path / "home") as client:
        headers = {"Idempotency-Key": "lost-answer"}
        first = client.post("/v1/incidents", OPENING, headers=headers)
        client.engine.writer.freeze(ReadOnly("frozen"))
        again = client.post("/v1/incidents", OPENING, headers=headers)
        assert (again.status_code, again.content) == (201, first.content)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "NOT_FOUND"),
        ("GET", "/v1/incidents/INC-1/nothing", 404, "NOT_FOUND"),
        ("GET", "/static/../app.py", 404, "NOT_FOUND"),
        ("GET", "/static/app.py", 404, "NOT_FOUND"),
        ("POST", "/v1/incidents/INC-1/actions/erase", 404, "NOT_FOUND"),
        ("POST", "/v1/nowhere/unheard-of", 404, "NOT_FOUND"),
        ("DELETE", "/v1/incidents", 405, "METHOD_NOT_ALLOWED"),
        ("PUT", "/v1/incidents/INC-1", 405, "METHOD_NOT_ALLOWED"),
        ("POST", "/log/checkpoint", 405, "METHOD_NOT_ALLOWED"),
        ("BREW", "/", 405, "METHOD_NOT_ALLOWED"),
    ],
)
def test_what_the_framework_refuses_is_a_problem_too(
    client: Client, method: str, path: str, status: int, code: str
) -> None:
    answer = client.ask(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status


def test_a_refused_method_names_those_there_are(client: Client) -> None:
    assert set(client.ask("DELETE", "/v1/incidents").headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}
    assert client.ask("POST", "/log/checkpoint").headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "REQUEST_MALFORMED"), (413, "BODY_TOO_LARGE"), (418, "REQUEST_MALFORMED"), (502, "INTERNAL")],
)
def test_every_status_of_the_framework_has_a_code(status: int, code: str) -> None:
    problem = of_exception(HTTPException(status)).problem
    assert problem.code == code
    assert problem.status == CODES[code].status


def test_a_mistake_of_ours_is_a_problem_that_says_nothing_and_a_line_in_the_log_that_does(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(digest: bytes) -> Principal | None:
        raise ZeroDivisionError(f"with {len(digest)} bytes")

    monkeypatch.setattr(client.http.app.state.service.tokens, "of_digest", broken)  # type: ignore[attr-defined]  # FastAPI's
    body = json.dumps({**OPENING, "summary": SECRET}).encode()
    with capture_logs() as lines:
        answer = client.post("/v1/incidents", body)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (500, "INTERNAL")
    assert "ZeroDivisionError" not in answer.text
    assert "32 bytes" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    failures = [line for line in lines if line["event"] == "request failed"]
    assert len(failures) == 1
    assert "ZeroDivisionError: with 32 bytes" in failures[0]["traceback"]
    assert COMMANDER not in str(lines)
    assert SECRET not in str(lines)


def test_the_log_says_what_was_asked_and_no_secret(client: Client) -> None:
    with capture_logs() as lines:
        client.post(f"/v1/signals/alertmanager/{INTAKE}", {"alerts": []}, token=None)
        client.get("/v1/stream?ticket=a-ticket-that-nobody-issued", token=None)
        client.post("/v1/incidents", {**OPENING, "summary": SECRET})
    requests = [line for line in lines if line["event"] == "request"]
    assert [(line["route"], line["status"]) for line in requests] == [
        ("/v1/signals/alertmanager/{source_key}", 200),
        ("/v1/stream", 401),
        ("/v1/incidents", 201),
    ]
    assert requests[2]["principal"] == "p-commander"
    text = str(lines)
    assert all(secret not in text for secret in (INTAKE, COMMANDER, "nobody-issued", SECRET))


def test_a_request_has_one_id_in_the_answer_and_in_the_problem(client: Client) -> None:
    given = "0192f000-0000-7000-8000-000000000007"
    answer = client.get("/nowhere", headers={"X-Request-ID": given})
    assert answer.headers["x-request-id"] == given
    assert answer.json()["instance"] == f"urn:uuid:{given}"
    other = client.get("/nowhere", headers={"X-Request-ID": 'forged" line'})
    assert other.headers["x-request-id"] != 'forged" line'


@pytest.mark.parametrize("path", ["/", "/docs", "/v1/incidents", "/log/checkpoint", "/nowhere", "/healthz"])
def test_every_response_carries_the_security_headers(client: Client, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "server" not in headers


def test_readiness_notices_that_nothing_gets_published(tmp_path: Any) -> None:
    with client_in(tmp_path / "home", Limits(behind_seconds=0.0)) as client:
        assert client.get("/readyz", token=None).status_code == 200
        client.open()
        problem = client.get("/readyz", token=None).json()
        assert (problem["code"], problem["errors"][0]["pointer"]) == ("NOT_READY", "publisher")
        client.publish()
        assert client.get("/readyz", token=None).json() == {"status": "ready", "size": 2, "published": 2}


def test_the_numbers_say_how_the_log_is_doing(tmp_path: Any) -> None:
    with client_in(tmp_path / "home") as client:
        client.open()
        client.get("/nowhere")
        text = client.get("/metrics", token=None).text
    for line in (
        "tallystick_facts_total 2.0",
        "tallystick_published_facts 1.0",
        "tallystick_publish_lag_facts 1.0",
        "tallystick_writer_queue_length 0.0",
        "tallystick_read_only 0.0",
        'tallystick_follower_lag_facts{follower="incidents"} 0.0',
        f'{DURATIONS}_count{{method="POST",route="/v1/incidents",status="201"}} 1.0',
        f'{DURATIONS}_count{{method="GET",route="none",status="404"}} 1.0',
    ):
        assert line in text.splitlines()
