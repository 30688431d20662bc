"""Bad input over HTTP: each is a problem with a stable code that names place, expected and found."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from api.bodylimit import BodyLimit
from api.limits import Limits
from domain.commands import COMMANDS
from tests.support.engines import OPENING, RATIONALE, Client, client_in

LIMIT = 4_096


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with client_in(tmp_path_factory.mktemp("bodies") / "home", Limits(body_bytes=LIMIT)) as found:
        yield found


@pytest.fixture(scope="module")
def incident(client: Client) -> str:
    return client.open()


def _refused(client: Client, body: Any, path: str = "/v1/incidents", **options: Any) -> dict[str, Any]:
    """Return the problem a body leads to; nothing is recorded."""
    size = client.engine.store.head().size
    answer = client.post(path, body, **options)
    assert answer.headers["content-type"] == "application/problem+json"
    assert client.engine.store.head().size == size
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["type"] == f"/docs#{problem['code']}"
    assert problem["instance"] == f"urn:uuid:{answer.headers['x-request-id']}"
    return problem


@pytest.mark.req("R-SVC-12")
@pytest.mark.parametrize(
    ("body", "status", "code", "place", "expected", "found"),
    [
        (b"{", 400, "BODY_NOT_JSON", "body, character 1", "JSON", "Expecting property name"),
        (b"", 400, "BODY_NOT_JSON", "body, character 0", "JSON", "Expecting value"),
        (b"\xef\xbb\xbf{}", 400, "BODY_NOT_JSON", "body, character 0", "JSON", "Expecting value"),
        (b'{"drill":NaN}', 400, "BODY_NOT_JSON", "body", "JSON", "NaN"),
        (b"[" * 2000, 400, "BODY_NOT_JSON", "body", "JSON", "more than 64 levels"),
        (b"[" * 70 + b"]" * 70, 400, "BODY_NOT_JSON", "body", "JSON", "more than 64 levels"),
        (b'{"title":"\xff"}', 400, "BODY_NOT_UTF8", "body, byte 10", "UTF-8", "0xff"),
        (
            b'{"title":"a","title":"b","environment":"p"}',
            400,
            "BODY_KEY_TWICE",
            "body",
            "each member of an object once",
            "'title' twice",
        ),
    ],
)
def test_what_is_not_json_is_refused_with_its_place(
    client: Client, body: bytes, status: int, code: str, place: str, expected: str, found: str
) -> None:
    problem = _refused(client, body)
    assert (problem["status"], problem["code"]) == (status, code)
    assert (problem["place"], problem["expected"]) == (place, expected)
    assert problem["found"].startswith(found)


@pytest.mark.req("R-SVC-12")
@pytest.mark.parametrize(
    ("body", "pointer", "expected", "found"),
    [
        ([], "", "an object", "[]"),
        ({"title": "t"}, "/environment", "a value", "none"),
        ({**OPENING, "titel": "x"}, "/titel", "no such member", '"x"'),
        ({**OPENING, "expected_version": 1}, "/expected_version", "no such member", "1"),
        ({**OPENING, "title": 7}, "/title", "text", "7"),
        ({**OPENING, "title": " "}, "/title", "One line, at most 200 characters.", '" "'),
        ({**OPENING, "title": "x" * 201}, "/title", "at most 200 characters", "201 characters"),
        ({**OPENING, "services": ["s"] * 33}, "/services", "at most 32 elements", "33 elements"),
        ({**OPENING, "services": ["a", 1]}, "/services/1", "text", "1"),
        ({**OPENING, "drill": "yes"}, "/drill", "true or false", '"yes"'),
        ({**OPENING, "visibility": "secret"}, "/visibility", "one of open, restricted", '"secret"'),
        (
            {**OPENING, "detected_at": "2026-03-01T02:10:00"},
            "/detected_at",
            "a time with an offset, like 2026-03-01T02:10:00Z",
            '"2026-03-01T02:10:00"',
        ),
        ({**OPENING, "action": "declare"}, "/action", "one of open", '"declare"'),
        ({**OPENING, "title": "a\0b"}, "/title", "Unicode text without U+0000", "U+0000"),
        ({**OPENING, "services": ["\ud800"]}, "/services/0", "Unicode text without U+0000", "U+D800"),
    ],
)
def test_what_does_not_fit_the_action_is_refused_with_its_pointer(
    client: Client, body: Any, pointer: str, expected: str, found: str
) -> None:
    problem = _refused(client, json.dumps(body).encode())
    assert (problem["status"], problem["code"]) == (422, "BODY_INVALID")
    assert (problem["pointer"], problem["expected"], problem["found"]) == (pointer, expected, found)
    assert problem["errors"][0] == {"pointer": pointer, "expected": expected, "found": found}


def test_every_difference_is_listed_at_once(client: Client) -> None:
    problem = _refused(client, {"title": 1, "services": ["ok", ""], "drill": None, "x/y": 2})
    assert [error["pointer"] for error in problem["errors"]] == [
        "/drill",
        "/environment",
        "/services/1",
        "/title",
        "/x~1y",
    ]
    assert "and 4 more" in problem["detail"]


@pytest.mark.parametrize(("body", "found"), [({"rationale": RATIONALE}, "none"), ({"action": 5}, "5")])
def test_the_union_names_the_actions_when_none_is_chosen(
    client: Client, incident: str, body: Any, found: str
) -> None:
    problem = _refused(client, body, f"/v1/incidents/{incident}/actions")
    assert problem["errors"] == [
        {
            "pointer": "/action",
            "expected": "one of " + ", ".join(action for action in COMMANDS if action != "open"),
            "found": found,
        }
    ]


def test_only_the_schema_of_the_chosen_action_is_compared(client: Client, incident: str) -> None:
    body = {"action": "declare", "rationale": "short", "text": "of another action"}
    problem = _refused(client, body, f"/v1/incidents/{incident}/actions")
    assert [error["pointer"] for error in problem["errors"]] == ["/rationale", "/text"]


def test_a_path_that_names_the_action_takes_no_other(client: Client, incident: str) -> None:
    body = {"action": "add-timeline-entry", "rationale": RATIONALE}
    problem = _refused(client, body, f"/v1/incidents/{incident}/actions/declare")
    assert problem["errors"] == [
        {"pointer": "/action", "expected": "one of declare", "found": '"add-timeline-entry"'}
    ]


@pytest.mark.req("R-SVC-12")
@pytest.mark.parametrize(
    "given", ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1", None]
)
def test_another_content_type_is_refused(client: Client, given: str | None) -> None:
    headers = {} if given is None else {"Content-Type": given}
    answer = client.ask("POST", "/v1/incidents", content=json.dumps(OPENING).encode(), headers=headers)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (415, "CONTENT_TYPE")
    assert (problem["place"], problem["expected"]) == ("header Content-Type", "application/json")
    assert problem["found"] == (given or "none")


@pytest.mark.parametrize(
    "given", ["application/json;charset=UTF-8", "Application/JSON", 'application/json; charset="utf-8"']
)
def test_every_spelling_of_json_is_taken(client: Client, given: str) -> None:
    body = json.dumps(OPENING).encode()
    assert client.post("/v1/incidents", body, headers={"Content-Type": given}).status_code == 201


@pytest.mark.req("R-SVC-13")
def test_a_declared_length_beyond_the_limit_is_refused_unread(client: Client) -> None:
    problem = _refused(client, b"x" * (LIMIT + 1))
    assert (problem["status"], problem["code"]) == (413, "BODY_TOO_LARGE")
    assert (problem["place"], problem["expected"]) == ("body", f"at most {LIMIT} bytes")
    assert problem["found"] == f"{LIMIT + 1} bytes or more"


@pytest.mark.req("R-SVC-13")
def test_of_a_body_that_is_declared_too_long_not_a_byte_is_asked_for() -> None:
    async def never(*_: Any) -> Any:
        raise AssertionError("asked for the body")

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "path": "/v1/incidents",
        "headers": [(b"content-length", str(LIMIT + 1).encode())],
        "state": {"request_id": "0192f000-0000-7000-8000-000000000001"},
    }
    asyncio.run(BodyLimit(never, Limits(body_bytes=LIMIT))(scope, never, send))
    assert sent[0]["status"] == 413


@pytest.mark.req("R-SVC-13")
def test_a_body_that_grows_beyond_the_limit_is_refused_on_the_way(client: Client) -> None:
    taken: list[int] = []

    def endless() -> Iterator[bytes]:
        while len(taken) < 100:
            taken.append(1_024)
            yield b" " * 1_024

    answer = client.ask(
        "POST", "/v1/incidents", content=endless(), headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "BODY_TOO_LARGE")
    assert answer.headers["connection"] == "close"


def test_a_body_at_the_limit_is_read(client: Client) -> None:
    body = json.dumps(OPENING).encode()
    assert client.post("/v1/incidents", body + b" " * (LIMIT - len(body))).status_code == 201


def test_text_is_normalised_once_at_the_edge(client: Client) -> None:
    client.open(title="Cafe\u0301 is slow")
    titles = [one["title"] for one in client.get("/v1/incidents").json()["incidents"]]
    assert "Caf\u00e9 is slow" in titles


def test_a_text_that_grows_beyond_its_limit_when_normalised_is_refused(client: Client) -> None:
    problem = _refused(client, {**OPENING, "title": "\u0958" * 150})
    assert (problem["code"], problem["pointer"]) == ("BODY_INVALID", "/title")


def test_a_long_text_is_recorded_all_the_same(client: Client, incident: str) -> None:
    text = "All of it. " * 300
    answer = client.post(f"/v1/incidents/{incident}/actions/add-timeline-entry", {"text": text})
    assert answer.status_code == 200, answer.text
    entries = client.get(f"/v1/incidents/{incident}/timeline").json()["entries"]
    assert text.strip() in entries[-1]["text"]
