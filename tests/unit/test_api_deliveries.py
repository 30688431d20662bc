"""Messages of monitoring tools, read back as they came, by those who read the log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.engines import ADMIN, AUDITOR, INTAKE, RESPONDER, Client, alert_body, client_in

ASKED = (
    b'{"Type": "SubscriptionConfirmation",\n "Message": "You have chosen ...", "Token": "t",'
    b' "SubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=t"}'
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with client_in(tmp_path_factory.mktemp("deliveries") / "home") as found:
        yield found


def listed(client: Client, query: str) -> list[dict[str, Any]]:
    """Return the deliveries that a query lists."""
    answer = client.get(f"/v1/deliveries?{query}", token=AUDITOR)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["deliveries"]
    return found


def test_a_request_to_confirm_a_subscription_is_found_and_read_back_byte_for_byte(client: Client) -> None:
    assert client.post("/v1/signals/sns", ASKED, token=INTAKE).status_code == 200
    (only,) = listed(client, "source=sns")
    assert only["format"] == "cloudwatch-sns"
    assert (only["signature"], only["by"]) == ("absent", "p-alertmanager")
    assert (only["alerts"], only["remarks"], only["rejected"], only["truncated"]) == (0, 0, 0, 0)
    answer = client.get(f"/v1/deliveries/{only['position']}", token=AUDITOR)
    assert (answer.status_code, answer.content) == (200, ASKED)
    assert answer.headers["content-disposition"] == "attachment"
    assert answer.headers["content-type"] == "application/octet-stream"


def test_the_newest_come_first_and_so_many_facts_are_looked_through(client: Client) -> None:
    for name in ("One", "Two"):
        client.post("/v1/signals/alertmanager", alert_body(name, groupKey=name), token=INTAKE)
    # Its rejection is a fact of the source as well, and no delivery.
    assert client.post("/v1/signals/alertmanager", b"{", token=INTAKE).status_code == 422
    newest, two, one = listed(client, "source=alertmanager")
    assert (newest["rejected"], two["alerts"], one["alerts"]) == (1, 1, 1)
    assert newest["position"] > two["position"] > one["position"]
    assert listed(client, "source=alertmanager&limit=2") == [newest]
    content = client.get(f"/v1/deliveries/{one['position']}", token=AUDITOR).content
    assert json.loads(content) == alert_body("One", groupKey="One")


def test_a_source_that_was_never_heard_has_none(client: Client) -> None:
    assert listed(client, "source=datadog") == []


@pytest.mark.parametrize("query", ["", "source=", "source=A", "source=sns&limit=0", "source=sns&limit=1001"])
def test_a_query_that_names_no_source_or_too_much_is_refused(client: Client, query: str) -> None:
    answer = client.get(f"/v1/deliveries?{query}", token=AUDITOR)
    assert answer.status_code in {400, 422}


@pytest.mark.parametrize("position", ["0", "999999", "9" * 16, "x", "-1", "01"])
def test_what_is_no_delivery_is_not_there(client: Client, position: str) -> None:
    answer = client.get(f"/v1/deliveries/{position}", token=AUDITOR)
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


@pytest.mark.req("R-SVC-13")
def test_only_auditors_read_them(client: Client) -> None:
    for token in (RESPONDER, INTAKE, ADMIN):
        assert client.get("/v1/deliveries?source=sns", token=token).status_code == 403
        assert client.get("/v1/deliveries/1", token=token).status_code == 403
    assert client.get("/v1/deliveries?source=sns", token=None).status_code == 401
