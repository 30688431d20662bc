"""An alert that belongs to a restricted incident tells nobody of it who may not see it (R-VIS-01)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.engines import COMMANDER, INTAKE, RESPONDER, Client, alert_body, client_in

PATH = "/v1/signals/alertmanager"


@pytest.fixture
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with client_in(tmp_path_factory.mktemp("restricted") / "home") as found:
        yield found


@pytest.mark.req("R-VIS-01")
def test_neither_the_alert_nor_its_sender_learns_of_a_restricted_incident(client: Client) -> None:
    delivered = client.post(PATH, alert_body("Leak"), token=INTAKE).json()
    open_incident = client.get(f"/v1/incidents/{delivered['incidents'][0]}").json()
    alert = open_incident["alerts"][0]["alert"]
    opening = {"title": "Data is leaking", "environment": "production", "visibility": "restricted"}
    hidden = client.post("/v1/incidents", opening, token=COMMANDER)
    place = hidden.headers["location"]
    attaching = {"alert": alert, "why": "The leak shows here too."}
    assert client.post(f"{place}/actions/attach-alert", attaching, token=COMMANDER).status_code == 200

    ended = client.post(PATH, alert_body("Leak", "resolved"), token=INTAKE).json()

    stream = place.rsplit("/", 1)[-1]
    assert ended["received"] == 1
    assert stream not in str(ended)
    assert all(entry["stream"].startswith("source-") for entry in ended["entries"])
    assert client.get(place, token=RESPONDER).status_code == 404
    assert stream not in client.get(f"/v1/alerts/{alert}", token=RESPONDER).text
    assert client.get(place, token=COMMANDER).json()["alerts_cleared"] == 1


@pytest.mark.req("R-VIS-01")
def test_what_came_of_an_alert_is_told_to_those_who_see_the_incident(client: Client) -> None:
    delivered = client.post(PATH, alert_body("Spill", groupKey="spill"), token=INTAKE).json()
    (candidate,) = delivered["incidents"]
    alert = client.get(f"/v1/incidents/{candidate}").json()["alerts"][0]["alert"]
    opening = {"title": "Data is spilt", "environment": "production", "visibility": "restricted"}
    place = client.post("/v1/incidents", opening, token=COMMANDER).headers["location"]
    attaching = {"alert": alert, "why": "The spill shows here too."}
    client.post(f"{place}/actions/attach-alert", attaching, token=COMMANDER)
    merging = {"into": place.rsplit("/", 1)[-1], "rationale": "It is this one."}
    merged = client.post(f"/v1/incidents/{candidate}/actions/merge", merging, token=COMMANDER)
    assert merged.status_code == 200
    client.post(PATH, alert_body("Spill", "resolved", groupKey="spill"), token=INTAKE)

    known = client.get(f"/v1/alerts/{alert}", token=COMMANDER).json()["signals"][-1]
    unknown = client.get(f"/v1/alerts/{alert}", token=RESPONDER).json()["signals"][-1]
    assert (known["incident"], known["outcome"]) == (place.rsplit("/", 1)[-1], "ended")
    assert (unknown["incident"], unknown["outcome"]) == (None, None)
