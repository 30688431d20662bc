"""Who may ask over HTTP: bearer tokens, sessions that can only read, roles from nowhere else (R-SVC-13)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from api.app import ROUTES
from api.auth import COOKIE
from api.limits import Limits
from api.onetime import Secrets
from api.rates import Rates
from api.routes import Route
from tests.support.engines import (
    AUDITOR,
    COMMANDER,
    INTAKE,
    NOBODY,
    OPENING,
    RESPONDER,
    Client,
    client_in,
)

SOMEBODY = b"s" * 32


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with client_in(tmp_path_factory.mktemp("auth") / "home") as found:
        yield found


@pytest.fixture(autouse=True)
def without_cookies(client: Client) -> None:
    client.http.cookies.clear()


def _path(route: Route) -> str:
    values = {
        "{incident}": "INC-1",
        "{alert}": "alert-" + "0" * 32,
        "{tile:path}": "0/000",
        "{position}": "0",
        "{source_key}": "wrong",
        "{principal}": "p-" + "0" * 32,
        "{token_id}": "0",
        "{role}": "responder",
    }
    path = route.path
    for name, value in values.items():
        path = path.replace(name, value)
    return path


def _sign_in(client: Client, token: str = COMMANDER) -> Any:
    return client.ask("POST", "/session", token=None, data={"token": token})


@pytest.mark.req("R-SVC-13")
@pytest.mark.parametrize(
    "route", [route for route in ROUTES if route.access != "public"], ids=lambda route: str(route.name)
)
@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        (None, "TOKEN_MISSING"),
        ("Bearer wrong", "TOKEN_UNKNOWN"),
        ("bearer ", "TOKEN_MISSING"),
        ("Basic Y29tbWFuZGVyLXRva2Vu", "TOKEN_MISSING"),
        ("Bearer commander-token x", "TOKEN_UNKNOWN"),
    ],
)
def test_every_route_that_is_not_public_wants_a_token(
    client: Client, route: Route, authorization: str | None, code: str
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = client.ask(route.method, _path(route), token=None, headers=headers, content=b"{}")
    keyed = "{source_key}" in route.path
    assert (answer.status_code, answer.json()["code"]) == (401, "TOKEN_UNKNOWN" if keyed else code)
    assert answer.headers["www-authenticate"].startswith('Bearer realm="tallystick"')


@pytest.mark.req("R-SVC-13")
@pytest.mark.parametrize(
    ("path", "allowed", "refused"),
    [
        ("/v1/incidents", (COMMANDER, RESPONDER, AUDITOR), (INTAKE, NOBODY)),
        ("/v1/events", (COMMANDER, AUDITOR), (RESPONDER, INTAKE, NOBODY)),
        ("/log/proof/0", (COMMANDER, AUDITOR), (RESPONDER, INTAKE, NOBODY)),
        ("/log/tile/entries/000.p/1", (COMMANDER, AUDITOR), (RESPONDER, INTAKE, NOBODY)),
    ],
)
def test_reading_goes_by_role(
    client: Client, path: str, allowed: tuple[str, ...], refused: tuple[str, ...]
) -> None:
    assert [client.get(path, token=token).status_code for token in allowed] == [200] * len(allowed)
    for token in refused:
        answer = client.get(path, token=token)
        assert (answer.status_code, answer.json()["code"]) == (403, "ROLE_MISSING")
        assert answer.json()["place"] == "authorization"


@pytest.mark.req("R-SVC-13")
@pytest.mark.parametrize("header", ["X-Roles", "X-Forwarded-Roles", "X-User", "Remote-User", "X-Auth-Roles"])
def test_no_header_gives_a_role(client: Client, header: str) -> None:
    answer = client.get("/v1/events", token=NOBODY, headers={header: "auditor"})
    assert answer.status_code == 403


def test_a_pasted_token_becomes_a_cookie_that_no_script_and_no_other_site_can_use(client: Client) -> None:
    answer = _sign_in(client)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert COMMANDER not in cookie


@pytest.mark.req("R-SVC-13")
def test_the_cookie_reads_and_never_writes(client: Client) -> None:
    _sign_in(client)
    assert client.get("/v1/incidents", token=None).status_code == 200
    assert client.get("/v1/events", token=None).status_code == 200
    for path in ("/v1/incidents", "/v1/stream/tickets", "/v1/signals/alertmanager"):
        assert client.post(path, OPENING, token=None).json()["code"] == "TOKEN_MISSING"


def test_the_cookie_reads_no_more_than_the_token(client: Client) -> None:
    _sign_in(client, RESPONDER)
    assert client.get("/v1/events", token=None).status_code == 403


def test_a_wrong_token_signs_nobody_in(client: Client) -> None:
    answer = _sign_in(client, "wrong")
    assert answer.status_code == 401
    assert "does not know that token" in answer.text
    assert "set-cookie" not in answer.headers


def test_signing_out_ends_the_session_itself(client: Client) -> None:
    _sign_in(client)
    cookie = client.http.cookies[COOKIE]
    assert client.post("/session/end", token=None).status_code == 303
    stolen = client.get("/v1/incidents", token=None, headers={"Cookie": f"{COOKIE}={cookie}"})
    assert stolen.status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "null"},
    ],
)
@pytest.mark.parametrize("path", ["/session", "/session/end"])
def test_another_site_signs_nobody_in_or_out(client: Client, path: str, headers: dict[str, str]) -> None:
    answer = client.ask("POST", path, token=None, data={"token": COMMANDER}, headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("origin", ["http://testserver", "null"])
def test_our_own_form_signs_in(client: Client, origin: str) -> None:
    headers = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
    answer = client.ask("POST", "/session", token=None, data={"token": COMMANDER}, headers=headers)
    assert answer.status_code == 303


def test_over_tls_the_cookie_stays_on_tls(client: Client) -> None:
    answer = client.ask("POST", "https://testserver/session", token=None, data={"token": COMMANDER})
    assert "Secure" in answer.headers["set-cookie"]


def test_a_secret_works_for_its_time_and_a_taken_one_once() -> None:
    now = [0.0]
    secrets = Secrets(60, lambda: now[0])
    first, second = secrets.issue(SOMEBODY), secrets.issue(SOMEBODY)
    assert first != second
    assert secrets.find(first) == secrets.find(first) == SOMEBODY
    assert secrets.take(second) == SOMEBODY
    assert secrets.take(second) is None
    now[0] = 60.0
    assert secrets.find(first) is None
    assert secrets.take(first) is None


def test_the_oldest_secret_goes_when_there_are_too_many() -> None:
    secrets = Secrets(60, lambda: 0.0, capacity=2)
    issued = [secrets.issue(SOMEBODY) for _ in range(3)]
    assert [secrets.find(secret) is not None for secret in issued] == [False, True, True]


@pytest.mark.req("R-SVC-13")
def test_a_rate_refills_with_time_and_is_each_principal_s_own() -> None:
    now = [0.0]
    rates = Rates(2.0, 3, lambda: now[0])
    assert [rates.allows("p-one") for _ in range(4)] == [True, True, True, False]
    assert rates.allows("p-two")
    now[0] = 0.5
    assert [rates.allows("p-one") for _ in range(2)] == [True, False]
    now[0] = 1000.0
    assert [rates.allows("p-one") for _ in range(4)] == [True, True, True, False]


@pytest.mark.req("R-SVC-13")
def test_who_asks_too_often_is_told_to_wait(tmp_path: Any) -> None:
    with client_in(tmp_path / "home", Limits(requests_per_second=0.001, burst=2)) as client:
        statuses = [client.post("/v1/incidents", OPENING).status_code for _ in range(3)]
        assert statuses == [201, 201, 429]
        answer = client.get("/v1/incidents")
        assert (answer.json()["code"], answer.headers["retry-after"]) == ("RATE_EXCEEDED", "1")
        assert client.get("/v1/incidents", token=RESPONDER).status_code == 200
        assert client.get("/log/checkpoint", token=None).status_code == 200
