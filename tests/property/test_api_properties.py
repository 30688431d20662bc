"""Whatever is sent, the service answers: never with its own failure, and never with half a record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.requests import ON_INCIDENTS, REQUESTS, example
from tests.support.engines import INTAKE, Client, client_in

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.just("2026-03-01T02:10:00Z")
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "If-Match": st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12),
        "Idempotency-Key": st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12),
        "Prefer": st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12),
    },
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with client_in(tmp_path_factory.mktemp("random") / "home") as found:
        found.open()
        yield found


@st.composite
def bent(draw: st.DrawFn) -> Any:
    """An example of some action with some member taken out, changed or added."""
    action = draw(st.sampled_from(sorted(REQUESTS)))
    body = json.loads(json.dumps(example(action)))
    name = draw(st.sampled_from(sorted(body)) | st.text(max_size=8) | st.just("expected_version"))
    if draw(st.booleans()):
        body[name] = draw(JSON)
    else:
        body.pop(name, None)
    return body


def _answered(client: Client, method: str, path: str, **options: Any) -> None:
    size = client.engine.store.head().size
    answer = client.ask(method, path, **options)
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        problem = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        assert problem["status"] == answer.status_code
        assert problem["detail"]
        assert client.engine.store.head().size == size


@pytest.mark.req("R-SVC-12")
@given(body=JSON | bent(), headers=HEADERS, path=st.sampled_from(("", *ON_INCIDENTS)))
def test_no_json_makes_the_service_fail(
    client: Client, body: Any, headers: dict[str, str], path: str
) -> None:
    content = json.dumps(body).encode()
    json_headers = {"Content-Type": "application/json", **headers}
    for target in ("/v1/incidents", f"/v1/incidents/INC-1/actions/{path}".rstrip("/")):
        _answered(client, "POST", target, content=content, headers=json_headers)


@pytest.mark.req("R-SVC-12")
@given(content=st.binary(max_size=200), media=st.sampled_from(("application/json", "text/plain", "")))
def test_no_bytes_make_the_service_fail(client: Client, content: bytes, media: str) -> None:
    _answered(client, "POST", "/v1/incidents", content=content, headers={"Content-Type": media})


@given(content=st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_no_delivery_makes_the_service_fail(client: Client, content: bytes) -> None:
    answer = client.ask("POST", "/v1/signals/alertmanager", content=content, token=INTAKE)
    assert answer.status_code in (200, 422)
    receipt = answer.json() if answer.status_code == 200 else answer.json()["receipt"]
    assert receipt["positions"], "whatever was delivered is a fact"


@given(
    path=st.sampled_from(("/v1/incidents", "/v1/events", "/v1/incidents/INC-1", "/", "/incidents/INC-1")),
    query=st.dictionaries(
        st.sampled_from(("at", "at_version", "at_size", "after", "limit", "drill", "state"))
        | st.text(max_size=5),
        st.text(max_size=12) | st.integers().map(str),
        max_size=3,
    ),
)
def test_no_query_makes_the_service_fail(client: Client, path: str, query: dict[str, str]) -> None:
    answer = client.get(path, params=query)
    assert answer.status_code < 500, answer.text


@given(st.text(max_size=40))
def test_no_path_makes_the_service_fail(client: Client, text: str) -> None:
    for prefix in ("/v1/incidents/", "/v1/alerts/", "/log/tile/", "/log/proof/", "/static/", "/"):
        answer = client.http.get(prefix + quote(text, errors="surrogatepass"))
        assert answer.status_code < 500, answer.text
