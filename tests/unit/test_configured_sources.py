"""config/sources.yaml: read strictly, reached by its names, keys found elsewhere and never shown."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from application.configuration import read_sources
from application.engine import Engine
from application.sourcekey import open_source_key
from application.unsealing import open_values
from consumers.configured import speaking
from consumers.formats import FORMATS
from domain.source_facts import DeliveryReceived
from domain.sources import NONE
from ledger.errors import KeyUnavailable
from projections.configerror import ConfigError
from tallystick.home import Home
from tallystick.service import build_app
from tallystick.settings import load_settings
from tallystick.sources import open_sources
from tallystick.wiring import open_engine
from tests.support.commandline import Tally
from tests.support.engines import INTAKE, TOKENS, Client, alert_body
from tests.support.tree import ROOT
from tests.support.use_cases import history, make_home

TEXT = """\
schema_version: 1
sources:
  our-tool:
    format: generic
    mapping:
      condition: [check.id]
      state: {field: status, firing: [CRIT], resolved: [OK], remark: {ACK: acknowledged}}
      labels: {alertname: check.name}
"""
BODY: dict[str, Any] = {"status": "CRIT", "check": {"id": 7, "name": "DiskFull"}}


def parsed(text: str, folder: Path) -> Any:
    file = folder / "sources.yaml"
    file.write_text(text)
    found = read_sources(file, "sources.yaml")
    return speaking(found, "sources.yaml")


def test_a_source_is_added_to_those_built_in(tmp_path: Path) -> None:
    table = parsed(TEXT, tmp_path)
    assert set(table) == {*FORMATS, "our-tool"}
    assert table["our-tool"].version == FORMATS["generic"].version


def test_the_header_in_which_a_mapping_finds_the_signature_is_kept_with_the_message(tmp_path: Path) -> None:
    signed = TEXT.replace("labels: {", "signature: {header: x-signature}\n      labels: {")
    assert "x-signature" in parsed(signed, tmp_path)["our-tool"].headers
    assert "x-signature" not in parsed(TEXT, tmp_path)["our-tool"].headers


def test_without_a_file_and_with_the_shipped_one_only_those_built_in_are_there(tmp_path: Path) -> None:
    assert read_sources(tmp_path / "none.yaml", "x") == NONE
    assert read_sources(ROOT / "config/sources.yaml", "x") == NONE
    assert set(speaking(NONE, "x")) == set(FORMATS)


def test_the_comments_of_the_shipped_file_are_an_example_that_is_valid(tmp_path: Path) -> None:
    lines = (ROOT / "config/sources.yaml").read_text().splitlines()
    first = lines.index("# sources:")
    example = [line[2:] for line in lines[first:] if line.startswith("# ")]
    table = parsed("\n".join(["schema_version: 1", *example]), tmp_path)
    assert set(table) == {*FORMATS, "our-tool", "our-events", "alertmanager-eu"}


@pytest.mark.parametrize("page", ["generic", "cloudevents"])
def test_the_configuration_on_a_page_is_valid(tmp_path: Path, page: str) -> None:
    text = (ROOT / f"docs/signals/{page}.md").read_text().split("```yaml\n")[1].split("```")[0]
    assert len(parsed(text, tmp_path)) == len(FORMATS) + 1


@pytest.mark.parametrize(
    ("old", "new", "place", "expected", "found"),
    [
        ("format: generic", "format: xml", ".sources.our-tool.format", "one of", "xml"),
        ("format: generic", "format: alertmanager", ".sources.our-tool.mapping", "no mapping", "one"),
        ("our-tool:", "alertmanager:", ".sources.alertmanager.format", "alertmanager, as", "generic"),
        ("our-tool:", "Our_Tool:", ".sources", "matching regex", "Our_Tool"),
        ("our-tool:", "a" * 65 + ":", ".sources", "length <= 64", "a" * 65),
        ("condition: [check.id]", "condition: []", ".mapping.condition", "length >= 1", "[]"),
        ("[check.id]", "[check..id]", ".mapping.condition[0]", "matching regex", "check..id"),
        ("[check.id]", "['check.\"id']", ".mapping.condition[0]", "matching regex", "id"),
        ("firing: [CRIT]", "firing: []", ".mapping.state.firing", "length >= 1", "[]"),
        ("firing: [CRIT]", "firing: [OK]", ".mapping.state", "each word once", "'OK' again"),
        ("ACK: acknowledged", "ACK: known", ".mapping.state.remark", "", "known"),
        ("      labels:", "      label:", ".mapping", "", "label"),
        ("labels: {", "at: {field: x, unit: h}\n      labels: {", ".mapping.at.unit", "", "h"),
        (
            "labels: {",
            "signature: {header: authorization}\n      labels: {",
            ".mapping.signature",
            "without credentials",
            "authorization",
        ),
    ],
)
def test_a_wrong_file_is_refused_with_place_expected_and_found(
    tmp_path: Path, old: str, new: str, place: str, expected: str, found: str
) -> None:
    assert old in TEXT
    with pytest.raises(ConfigError) as caught:
        parsed(TEXT.replace(old, new), tmp_path)
    assert place in caught.value.place
    assert expected in caught.value.expected
    assert found in caught.value.found


def test_a_key_is_read_from_a_private_file_or_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "key"
    file.write_bytes(b"key of a test\r\n")
    file.chmod(0o600)
    assert open_source_key(f"file:{file}") == b"key of a test"
    monkeypatch.setenv("KEY_OF_A_TEST", "key of a test")
    assert open_source_key("env:KEY_OF_A_TEST") == b"key of a test"
    file.chmod(0o644)
    with pytest.raises(KeyUnavailable, match="chmod 600"):
        open_source_key(f"file:{file}")


def test_a_key_that_is_missing_or_empty_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KeyUnavailable, match="env:NO_SUCH_KEY: the environment variable is not set"):
        open_source_key("env:NO_SUCH_KEY")
    monkeypatch.setenv("EMPTY_KEY", "\n")
    with pytest.raises(KeyUnavailable, match="found nothing"):
        open_source_key("env:EMPTY_KEY")


@pytest.mark.parametrize("uri", ["the key itself", "the:key itself", "env:", "file:", ""])
def test_a_key_in_the_wrong_place_is_not_repeated(uri: str) -> None:
    with pytest.raises(KeyUnavailable) as caught:
        open_source_key(uri)
    assert "itself" not in str(caught.value)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = make_home(tmp_path_factory.mktemp("sources") / "home")
    key = made / "keys/tool"
    key.write_text("key of a test\n")
    key.chmod(0o600)
    signed = f"""\
  signed:
    format: generic
    secret: file:{key}
  signed-am:
    format: alertmanager
    secret: file:{key}
  am-eu:
    format: alertmanager
  events:
    format: cloudevents
"""
    (made / "config/sources.yaml").write_text(TEXT + signed)
    return made


@pytest.fixture(scope="module")
def client(home: Path) -> Iterator[Client]:
    with open_engine(load_settings(home=home)) as engine:
        app = create_app(engine, TOKENS, sources=open_sources(Home(home)), version="0")
        with TestClient(app, follow_redirects=False) as http:
            yield Client(engine, http, home)


def last(engine: Engine, source: str) -> DeliveryReceived:
    facts = [item.fact for item in history(engine, f"source-{source}")]
    return [fact for fact in facts if isinstance(fact, DeliveryReceived)][-1]


def test_a_configured_source_is_reached_under_its_name_by_token_or_key(client: Client) -> None:
    answer = client.post("/v1/signals/our-tool", BODY, token=INTAKE)
    assert (answer.status_code, answer.json()["received"]) == (200, 1)
    assert {entry["stream"] for entry in answer.json()["entries"]} == {"source-our-tool"}
    keyed = client.post(f"/v1/signals/our-tool/{INTAKE}", {**BODY, "status": "ACK"}, token=None)
    assert (keyed.status_code, keyed.json()["remarks"]) == (200, 1)
    assert last(client.engine, "our-tool").format == "json-mapped-v1"


def test_a_second_instance_of_a_built_in_format_is_a_source_of_its_own(client: Client) -> None:
    answer = client.post("/v1/signals/am-eu", alert_body(), token=INTAKE)
    assert (answer.status_code, answer.json()["received"]) == (200, 1)
    assert client.post("/v1/signals/alertmanager", alert_body(), token=INTAKE).json()["received"] == 1


def test_an_unknown_source_is_not_found_and_only_by_those_who_may_deliver(client: Client) -> None:
    size = client.engine.store.head().size
    for path in ("/v1/signals/other", f"/v1/signals/other/{INTAKE}", "/v1/signals/%2e"):
        answer = client.post(path, BODY, token=INTAKE)
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
    assert client.post("/v1/signals/other", BODY, token=None).status_code == 401
    assert client.post("/v1/signals/our-tool/wrong", BODY, token=None).status_code == 401
    assert client.engine.store.head().size == size


def test_a_source_with_a_key_believes_only_what_is_signed_with_it(client: Client) -> None:
    body = json.dumps({"condition": "a", "state": "firing"}).encode()
    signature = hmac.new(b"key of a test", body, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature-256": f"sha256={signature}"}
    assert client.post("/v1/signals/signed", body, token=INTAKE, headers=headers).status_code == 200
    assert last(client.engine, "signed").signature == "valid"
    for wrong in ({}, {"X-Hub-Signature-256": "sha256=00"}):
        answer = client.post("/v1/signals/signed", body, token=INTAKE, headers=wrong)
        assert (answer.status_code, answer.json()["code"]) == (422, "DELIVERY_REJECTED")
    assert client.post("/v1/signals/generic", body, token=INTAKE).status_code == 200


def test_a_key_for_a_format_without_signatures_believes_nothing(client: Client) -> None:
    answer = client.post("/v1/signals/signed-am", alert_body(), token=INTAKE)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["found"] == "signature-absent"


def test_the_attributes_of_an_event_are_kept_with_it(client: Client) -> None:
    headers = {
        "ce-specversion": "1.0",
        "ce-id": "1",
        "ce-source": "/checks",
        "ce-subject": "db-1",
        "ce-type": "t",
        "ce-ours": "x",
        "X-Other": "y",
    }
    answer = client.post("/v1/signals/events", b'{"state": "firing"}', token=INTAKE, headers=headers)
    assert answer.status_code == 200, answer.text
    kept = last(client.engine, "events").headers
    assert kept is not None
    ref = kept.sealed or kept.blob
    assert ref is not None
    opened: Any = open_values([ref], client.engine.vault, client.engine.blobs)[ref.c]
    pairs = {tuple(pair) for pair in opened}
    assert {(name, value) for name, value in headers.items() if name.startswith("ce-")} <= pairs
    assert "x-other" not in dict(pairs)


def test_the_service_does_not_start_on_a_file_that_is_wrong_or_without_a_key(tmp_path: Path) -> None:
    settings = load_settings(home=make_home(tmp_path / "home"))
    file = settings.home / "config/sources.yaml"
    assert file.read_bytes() == (ROOT / "config/sources.yaml").read_bytes()
    with open_engine(settings) as engine:
        build_app(settings, engine)
        file.write_text(TEXT + "surplus: 1\n")
        with pytest.raises(ConfigError, match="surplus"):
            build_app(settings, engine)
        file.write_text(TEXT.replace("format: generic", "format: generic\n    secret: env:NO_SUCH_KEY"))
        with pytest.raises(KeyUnavailable, match="NO_SUCH_KEY"):
            build_app(settings, engine)
    checks = {check["name"]: check for check in Tally(settings.home)("doctor", "--json").json}
    assert checks["configuration"]["level"] == "problem"
    file.unlink()
    with open_engine(settings) as engine:
        build_app(settings, engine)
