"""The real service tells people by a webhook on loopback within seconds, also when it is killed meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.commandline import Tally
from tests.support.hook import Hook, hooked
from tests.support.processes import Children, wait_until
from tests.support.service import Service


@pytest.fixture
def hook() -> Iterator[Hook]:
    with hooked() as served:
        yield served


class Team:
    """A commander who is on call, and a product owner, both told at one address."""

    def __init__(self, service: Service, hook: Hook) -> None:
        self.service = service
        self.ada = self._add("Ada", hook.url, "on_call_lead", "sre_on_call")
        self.bob = self._add("Bob", hook.url, "product_owner")
        self.token = service.post(f"/v1/people/{self.ada}/tokens", {}).json["token"]

    def _add(self, name: str, url: str, *roles: str) -> str:
        contacts = [{"channel": "webhook", "address": url}]
        answer = self.service.post("/v1/people", {"name": name, "contacts": contacts, "roles": roles})
        assert answer.status == 201, answer.body
        return str(answer.json["principal"])

    def severe(self, service: Service) -> str:
        """Agree on SEV-1 in an incident of Ada's, and return its stream."""
        opening = {"title": "Checkout answers slowly", "environment": "production", "services": ["checkout"]}
        incident = service.request("POST", "/v1/incidents", opening, token=self.token).json["incident"]
        for action in (
            {"action": "declare", "rationale": "Confirmed by hand."},
            {"action": "confirm-scope", "services": ["checkout"], "regulated_data": False},
            {"action": "propose-severity", "severity": "SEV-1", "rationale": "A third of payments fail."},
        ):
            path = f"/v1/incidents/{incident}/actions"
            answer = service.request("POST", path, action, token=self.token)
            assert answer.status == 200, answer.body
        return str(incident)


def state(service: Service, incident: str) -> str:
    return str(service.get(f"/v1/incidents/{incident}").json["state"])


def facts(service: Service, name: str) -> list[dict[str, Any]]:
    events = service.get("/v1/events?after=0&limit=1000").json["events"]
    return [item["event"] for item in events if item["event"]["type"] == f"tallystick.{name}.v1"]


@pytest.mark.req("R-DIR-01", "R-COM-31", "R-GATE-12", "R-GATE-13")
def test_people_are_told_within_seconds_and_gate_1_passes_by_itself(
    home: Path, children: Children, hook: Hook
) -> None:
    hook.statuses = [200, 503, 200]
    service = Service(children, home)
    team = Team(service, hook)
    incident = team.severe(service)
    wait_until(lambda: state(service, incident) == "planning", 20, "gate 1")
    assert len(hook.got) == 3
    assert set(hook.keys) == {f"{incident}/n1-1", f"{incident}/n1-2"}
    assert {body["subject"] for _, _, body in hook.got} == {
        "[PROTOCOL 17] SEV-1 INC-1: Checkout answers slowly"
    }
    told = facts(service, "stakeholder-notified")
    assert [(fact["authid"], fact["data"]["proof"]) for fact in told] == [("p-notifier", "accepted")] * 2
    (verdict,) = facts(service, "gate-evaluated")
    assert verdict["data"]["result"] == "PASS"
    assert len(facts(service, "stakeholder-notification-failed")) == 1
    metrics = service.get("/metrics").body.decode()
    assert 'tallystick_notices_delivered_total{channel="webhook",outcome="accepted"} 2.0' in metrics
    assert 'tallystick_notices_delivered_total{channel="webhook",outcome="failed"} 1.0' in metrics
    assert service.child.stop() == 0
    said = service.child.output()
    for secret in ("secret-path", "tok-secret", "Checkout answers slowly"):
        assert secret not in said
        assert secret.encode() not in (home / "ledger.db").read_bytes()
    assert "everything holds" in Tally(home)("log", "fsck").fine().out


@pytest.mark.req("R-COM-31")
def test_killed_between_delivery_and_record_it_delivers_again_and_records_once(
    home: Path, children: Children, hook: Hook
) -> None:
    service = Service(children, home)
    team = Team(service, hook)
    # The other side takes the notices, and the service dies before it knows.
    hook.released.clear()
    incident = team.severe(service)
    wait_until(lambda: len(hook.got) == 2, 20, "both notices are out")
    service.child.kill()
    hook.released.set()
    again = Service(children, home)
    wait_until(lambda: state(again, incident) == "planning", 20, "gate 1")
    assert sorted(hook.keys) == [key for n in (1, 2) for key in [f"{incident}/n1-{n}"] * 2]
    first, second = ({json.dumps(body) for _, _, body in part} for part in (hook.got[:2], hook.got[2:]))
    assert first == second
    assert len(facts(again, "stakeholder-notified")) == 2
    assert facts(again, "stakeholder-notification-failed") == []
    assert again.child.stop() == 0
