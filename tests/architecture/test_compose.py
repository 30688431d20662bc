"""docker-compose.yml is what the Compose specification allows, and what it promises: no root, no secrets.

`tests/vectors/compose-spec.json` is the schema of the specification as published (compose-spec/compose-spec,
commit 170098ba, Apache License 2.0).
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator, Draft202012Validator

from tallystick.consuming import read_config
from tests.support.jars import VERSION
from tests.support.tree import ROOT

FILE = ROOT / "docker-compose.yml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
RUNNING = sorted(set(SERVICES) - {"topics"})
SCHEMA = json.loads((ROOT / "tests" / "vectors" / "compose-spec.json").read_text())


def test_it_is_what_the_specification_allows() -> None:
    kind = Draft7Validator if "draft-07" in SCHEMA["$schema"] else Draft202012Validator
    found = sorted(kind(SCHEMA).iter_errors(COMPOSE), key=str)
    assert [f"{error.json_path}: {error.message}" for error in found] == []
    wrong = {**COMPOSE, "services": {**SERVICES, "kafka": {"imagine": "x"}}}
    assert list(kind(SCHEMA).iter_errors(wrong))


def test_it_has_the_service_the_consumer_the_broker_and_what_makes_the_topics() -> None:
    assert set(SERVICES) == {"tallystick", "consumer", "kafka", "topics"}
    assert SERVICES["consumer"]["depends_on"] == {
        "tallystick": {"condition": "service_healthy"},
        "topics": {"condition": "service_completed_successfully"},
    }
    assert {SERVICES[name]["image"] for name in ("kafka", "topics")} == {f"apache/kafka:{VERSION}"}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_nobody_is_root_or_may_become_it(name: str) -> None:
    service = SERVICES[name]
    user = service["user"].partition(":")[0]
    assert user.isdecimal()
    assert user != "0"
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service


@pytest.mark.parametrize("name", RUNNING)
def test_whatever_runs_says_whether_it_is_well_and_is_started_again(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_everything_listens_on_this_machine_alone() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert len(ports) == 3
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_no_secret_is_in_it() -> None:
    assert (
        re.search(r"(?i)password|secret_?key|api_?key|passphrase|BEGIN [A-Z ]*KEY", FILE.read_text()) is None
    )
    assert all("secrets" not in service for service in SERVICES.values())


def test_the_consumer_takes_in_the_topics_that_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kafka.yaml").write_text(COMPOSE["configs"]["topics"]["content"])
    monkeypatch.setenv(
        "KAFKA_BOOTSTRAP_SERVERS", SERVICES["consumer"]["environment"]["KAFKA_BOOTSTRAP_SERVERS"]
    )
    config = read_config(tmp_path)
    made = SERVICES["topics"]["command"][0].split("for topic in ")[1].split(";")[0].split()
    taken = [row.topic for row in config.topics]
    assert made == [*taken, *(f"{topic}{config.dead_letter_suffix}" for topic in taken)]


def test_the_image_runs_as_somebody_without_rights() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert "USER 10001" in lines
    assert lines.index("USER 10001") < lines.index('ENTRYPOINT ["tallystick"]')
    assert SERVICES["tallystick"]["user"] == "10001:10001"
    assert sum(line.count("--require-hashes") for line in lines) == 2
