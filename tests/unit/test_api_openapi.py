"""The description of the API is valid OpenAPI, complete, and true of the service (R-SVC-12)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator
from schemathesis.specs.openapi.definitions import OPENAPI_31

from api.app import ROUTES
from api.codes import CODES
from api.openapi import openapi
from api.problems import TABLE
from api.requests import ON_INCIDENTS, REQUESTS, example
from api.rulecodes import RULES
from domain.commands import COMMANDS, EXAMPLES
from domain.refusal import REFUSALS
from tests.support.engines import Client, client_in


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(openapi(ROUTES, "1.2.3")))
    return found


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with client_in(tmp_path_factory.mktemp("openapi") / "home") as found:
        yield found


def _component(document: dict[str, Any], ref: str) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["schemas"][ref.rsplit("/", 1)[-1]]
    return found


def _responses(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for operation in methods.values():
            for status, response in operation["responses"].items():
                yield path, status, response


@pytest.mark.req("R-SVC-12")
def test_the_document_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert list(Draft202012Validator(OPENAPI_31).iter_errors(document)) == []
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_the_service_serves_the_document(client: Client) -> None:
    answer = client.get("/openapi.json", token=None)
    assert answer.status_code == 200
    assert answer.json() == json.loads(json.dumps(openapi(ROUTES, "0.0.0")))


def test_every_reference_leads_to_a_component(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    refs = {part.split('"')[0] for part in text.split('"$ref": "#/components/schemas/')[1:]}
    assert refs - document["components"]["schemas"].keys() == set()
    assert "HTTPValidationError" not in text


@pytest.mark.req("R-SVC-12")
def test_the_union_tells_every_action_apart_by_its_discriminator(document: dict[str, Any]) -> None:
    body = document["paths"]["/v1/incidents/{incident}/actions"]["post"]["requestBody"]
    content = body["content"]["application/json"]
    mapping = content["schema"]["discriminator"]["mapping"]
    assert set(mapping) == set(ON_INCIDENTS)
    assert {ref["$ref"] for ref in content["schema"]["oneOf"]} == set(mapping.values())
    for action, ref in mapping.items():
        assert _component(document, ref)["properties"]["action"]["enum"] == [action]


@pytest.mark.parametrize("action", ON_INCIDENTS)
def test_every_action_has_a_path_of_its_own_and_an_example(document: dict[str, Any], action: str) -> None:
    operation = document["paths"][f"/v1/incidents/{{incident}}/actions/{action}"]["post"]
    content = operation["requestBody"]["content"]["application/json"]
    assert content["examples"][action]["value"] == json.loads(json.dumps(example(action)))
    assert "action" not in _component(document, content["schema"]["$ref"])["required"]


@pytest.mark.parametrize("action", COMMANDS)
def test_every_example_fits_its_schema_and_means_the_command(document: dict[str, Any], action: str) -> None:
    schema = {**document["components"]["schemas"][REQUESTS[action].__name__]}
    schema["components"] = document["components"]
    value = json.loads(json.dumps(example(action)))
    Draft202012Validator(schema).validate(value)
    assert msgspec.convert(value, COMMANDS[action]) == EXAMPLES[action]


def test_every_failure_is_described_as_a_problem(document: dict[str, Any]) -> None:
    # Where another service is stood in for, failures are told as it tells them.
    foreign = {(route.path, status) for route in ROUTES if route.foreign for status in route.answers}
    wrong = [
        (path, status)
        for path, status, response in _responses(document)
        if int(status) >= 400
        and list(response["content"]) != ["application/problem+json"]
        and (path, int(status)) not in foreign
    ]
    assert wrong == []


def test_every_code_has_a_status_and_a_meaning() -> None:
    assert RULES.keys() == REFUSALS.keys()
    assert [code for code, about in CODES.items() if not about.meaning or not 400 <= about.status < 600] == []
    assert {code for _, code in TABLE} <= CODES.keys()
    assert {code for route in ROUTES for code in route.problems} <= CODES.keys()


def test_every_operation_id_is_used_once(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(names) == len(set(names))


def test_the_reference_page_shows_every_operation_and_every_code(client: Client) -> None:
    page = client.get("/docs", token=None).text
    assert [route.name for route in ROUTES if f'id="{route.name}"' not in page] == []
    assert [code for code in CODES if f'id="{code}"' not in page] == []
