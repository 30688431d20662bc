"""Deliveries over HTTP: recorded whatever they say, answered so that Alertmanager does the right thing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from api.limits import Limits
from ledger.append import AppendRequest
from ledger.errors import QueueFull, StoreError, StoreFull
from tests.support.engines import COMMANDER, INTAKE, RESPONDER, Client, alert_body, client_in

PATH = "/v1/signals/alertmanager"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with client_in(tmp_path_factory.mktemp("signals") / "home", Limits(signal_bytes=100_000)) as found:
        yield found


@pytest.mark.req("R-EVT-10")
def test_a_delivery_opens_a_candidate_and_is_acknowledged_with_a_receipt(client: Client) -> None:
    answer = client.post(PATH, alert_body("New"), token=INTAKE)
    receipt = answer.json()
    assert answer.status_code == 200
    assert (receipt["received"], receipt["duplicates"], receipt["rejected"]) == (1, 0, 0)
    assert receipt["positions"] == [1, 2, 3, 4]
    # What follows from it concerns incidents, which a monitoring tool may not read.
    assert [entry["stream"] for entry in receipt["entries"]] == ["source-alertmanager"]
    incident = client.get(f"/v1/incidents/{receipt['incidents'][0]}").json()
    assert (incident["state"], incident["alerts_firing"]) == ("detecting", 1)


def test_the_same_again_is_a_duplicate_and_its_end_clears(client: Client) -> None:
    client.post(PATH, alert_body("Again", groupKey="again"), token=INTAKE)
    again = client.post(PATH, alert_body("Again", groupKey="again"), token=INTAKE).json()
    assert (again["received"], again["duplicates"], again["incidents"]) == (0, 1, [])
    ended = client.post(PATH, alert_body("Again", "resolved", groupKey="again"), token=INTAKE).json()
    assert ended["received"] == 1


def test_the_key_may_stand_in_the_address(client: Client) -> None:
    assert client.post(f"{PATH}/{INTAKE}", alert_body("Keyed"), token=None).status_code == 200
    assert client.post(f"{PATH}/wrong", alert_body("Keyed"), token=None).status_code == 401


@pytest.mark.req("R-SVC-13")
def test_only_those_who_may_deliver_are_heard(client: Client) -> None:
    size = client.engine.store.head().size
    assert client.post(PATH, alert_body(), token=None).status_code == 401
    assert client.post(PATH, alert_body(), token="unknown").status_code == 401
    assert client.post(PATH, alert_body(), token=RESPONDER).status_code == 403
    assert client.post(PATH, alert_body(), token=COMMANDER).status_code == 403
    assert client.engine.store.head().size == size


@pytest.mark.parametrize(
    ("body", "place", "found"),
    [
        (b"{", "$", "not-json"),
        (b'{"alerts": 5}', "alerts", "wrong-shape"),
        (b'{"version": "9", "alerts": []}', "version", "version-unsupported"),
        (b'{"alerts": [{"status": "firing"}]}', "alerts[0].labels", "wrong-shape"),
    ],
)
def test_what_cannot_be_read_is_recorded_and_refused_with_a_receipt(
    client: Client, body: bytes, place: str, found: str
) -> None:
    answer = client.post(PATH, body, token=INTAKE)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "DELIVERY_REJECTED")
    assert (problem["place"], problem["found"]) == (place, found)
    types = [entry["type"] for entry in problem["receipt"]["entries"]]
    assert types == ["tallystick.delivery-received.v1", "tallystick.signal-rejected.v1"]


def test_what_can_be_read_counts_beside_what_cannot(client: Client) -> None:
    body = alert_body("Mixed")
    body["alerts"].append({"status": "firing", "labels": {}})
    answer = client.post(PATH, body, token=INTAKE)
    assert (answer.status_code, answer.json()["received"], answer.json()["rejected"]) == (200, 1, 1)


def test_alerts_that_the_sender_left_out_are_reported(client: Client) -> None:
    assert (
        client.post(PATH, {**alert_body("Cut"), "truncatedAlerts": 7}, token=INTAKE).json()["truncated"] == 7
    )


def test_any_content_type_is_taken(client: Client) -> None:
    answer = client.post(PATH, b'{"alerts": []}', token=INTAKE, headers={"Content-Type": "text/plain"})
    assert answer.status_code == 200


def test_a_delivery_may_be_larger_than_other_bodies_but_not_endless(client: Client) -> None:
    large = client.post(PATH, b'{"alerts": []}' + b" " * 60_000, token=INTAKE)
    assert large.status_code == 200
    endless = client.post(PATH, b" " * 100_001, token=INTAKE)
    assert (endless.status_code, endless.json()["code"]) == (413, "BODY_TOO_LARGE")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (QueueFull(10), "INTAKE_BUSY"),
        (StoreFull("disk full"), "STORE_FULL"),
        (StoreError("disk I/O error"), "STORE_UNAVAILABLE"),
    ],
)
def test_when_nothing_was_recorded_the_sender_is_made_to_try_again(
    client: Client, monkeypatch: pytest.MonkeyPatch, error: Exception, code: str
) -> None:
    def submit(request: AppendRequest) -> Any:
        raise error

    size = client.engine.store.head().size
    monkeypatch.setattr(client.engine.writer, "submit", submit)
    answer = client.post(PATH, alert_body("Retry"), token=INTAKE)
    # Alertmanager sends again after 5xx and gives up after 4xx, 429 included.
    assert (answer.status_code, answer.json()["code"]) == (503, code)
    assert client.engine.store.head().size == size


def test_a_rate_beyond_the_limit_makes_the_sender_try_again(tmp_path: Any) -> None:
    with client_in(tmp_path / "home", Limits(requests_per_second=0.001, burst=1)) as client:
        assert client.post(PATH, alert_body(), token=INTAKE).status_code == 200
        answer = client.post(PATH, alert_body(), token=INTAKE)
        assert (answer.status_code, answer.json()["code"]) == (503, "INTAKE_BUSY")
        assert answer.headers["retry-after"] == "1"
