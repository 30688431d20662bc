"""The pages of an alert and of people: why it did what it did, and who holds which role."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.support.engines import (
    ADMIN,
    COMMANDER,
    INTAKE,
    NOBODY,
    OPENING,
    RESPONDER,
    Client,
    alert_body,
    client_in,
)

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with client_in(tmp_path_factory.mktemp("alerts") / "home") as found:
        yield found


def seen(client: Client, path: str, token: str = COMMANDER) -> httpx2.Response:
    """Return a page as somebody who signed in sees it."""
    cookie = client.http.post("/session", data={"token": token}).headers["set-cookie"].split(";")[0]
    client.http.cookies.clear()
    return client.http.get(path, headers={"Cookie": cookie})


def fired(client: Client, *bodies: Any) -> str:
    """Deliver messages about one condition, and return the stream of its alert."""
    for body in bodies:
        assert client.post("/v1/signals/alertmanager", body, token=INTAKE).status_code == 200
    incidents = client.get("/v1/incidents").json()["incidents"]
    return str(incidents[-1]["alerts"][0]["alert"])


def test_an_alert_says_in_words_what_came_of_each_message(client: Client) -> None:
    firing = alert_body()
    alert = fired(client, firing, firing, alert_body(status="resolved"))
    page = seen(client, f"/alerts/{alert}").text
    assert "<h1>CheckoutSlow</h1>" in page
    assert 'opened <a href="/incidents/INC-1">INC-1</a>' in page
    assert 'ended <a href="/incidents/INC-1">INC-1</a>' in page
    assert "told 1 times again" in page
    assert "this is repetition 1" in page
    assert page.index("ended <a") < page.index("opened <a")


def test_the_room_leads_to_the_page_of_its_alert(client: Client) -> None:
    alert = fired(client, alert_body())
    assert f'href="/alerts/{alert}"' in seen(client, "/incidents/INC-1").text


def test_what_a_source_says_is_text(client: Client) -> None:
    labels = {"alertname": HOSTILE, "service": HOSTILE, "severity": "critical"}
    alert = fired(client, alert_body(labels=labels, annotations={"summary": HOSTILE}))
    page = seen(client, f"/alerts/{alert}").text
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


@pytest.mark.req("R-VIS-01")
def test_an_incident_that_one_may_not_see_is_not_named(client: Client) -> None:
    hidden = client.open(**{**OPENING, "visibility": "restricted"})
    alert = fired(client, alert_body())
    client.post(f"/v1/incidents/{hidden}/actions/attach-alert", {"alert": alert, "why": "It belongs here."})
    assert hidden not in seen(client, f"/alerts/{alert}", RESPONDER).text


@pytest.mark.parametrize("path", ["/alerts/alert-nothing", "/alerts/incident-1", "/alerts/x"])
def test_an_alert_that_is_not_there_is_not_there(client: Client, path: str) -> None:
    assert seen(client, path).status_code == 404


def test_people_are_shown_with_their_roles_and_by_whose_grant(client: Client) -> None:
    added = client.post(
        "/v1/people", {"name": "Ada <b>", "kind": "user", "roles": ["responder"]}, token=ADMIN
    )
    assert added.status_code == 201
    page = seen(client, "/people").text
    assert "Ada &lt;b&gt;" in page
    assert "responder" in page
    assert "granted by the administrator" in page
    assert "tokens in force" not in page
    assert "0 tokens in force" in seen(client, "/people", ADMIN).text


@pytest.mark.parametrize("path", ["/people", "/alerts/alert-x"])
def test_who_may_not_read_sees_neither(client: Client, path: str) -> None:
    assert seen(client, path, NOBODY).status_code == 303
