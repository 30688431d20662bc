"""The reference page: the API's description as plain HTML, made from the same document that programs read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.codes import CODES
from api.pages.frame import PageRow, around, page
from api.pages.rendering import render


@page
async def reference(request: Request) -> Response:
    """Return the page."""
    document = request.app.openapi()
    return render(
        "reference.html",
        **around(request),
        document=document,
        sections=sections(document),
        codes=CODES,
    )


def sections(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the operations by tag, each with its parameters, bodies and answers in words."""
    operations = [_operation(document, *found) for found in _operations(document)]
    return [
        {**tag, "operations": [one for one in operations if one["tag"] == tag["name"]]}
        for tag in document["tags"]
    ]


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, found in methods.items():
            yield method.upper(), path, found


def _operation(
    document: Mapping[str, Any], method: str, path: str, found: Mapping[str, Any]
) -> dict[str, Any]:
    content = found.get("requestBody", {}).get("content", {}).get("application/json", {})
    return {
        "id": found["operationId"],
        "method": method,
        "path": path,
        "tag": found["tags"][0],
        "summary": found["summary"],
        "description": found.get("description", ""),
        "security": [name for way in found["security"] for name in way],
        "parameters": [_parameter(parameter) for parameter in found["parameters"]],
        "bodies": [_body(document, ref) for ref in _refs(content.get("schema", {}))],
        "examples": {name: _pretty(item["value"]) for name, item in content.get("examples", {}).items()},
        "answers": found["responses"],
    }


def _parameter(parameter: Mapping[str, Any]) -> dict[str, Any]:
    return {**parameter, "form": form(parameter["schema"])}


def _refs(schema: Mapping[str, Any]) -> list[str]:
    return [item["$ref"] for item in schema.get("oneOf", [schema]) if "$ref" in item]


def _body(document: Mapping[str, Any], ref: str) -> dict[str, Any]:
    name = ref.rsplit("/", 1)[-1]
    schema = document["components"]["schemas"][name]
    members = [
        {
            "name": member,
            "form": form(part),
            "required": member in schema["required"],
            "description": _described(part),
        }
        for member, part in schema["properties"].items()
    ]
    return {"name": name, "description": schema.get("description", ""), "members": members}


def _described(schema: Mapping[str, Any]) -> str:
    parts = (schema, *schema.get("anyOf", ()))
    return next((str(part["description"]) for part in parts if "description" in part), "")


def form(schema: Mapping[str, Any]) -> str:
    """Return a schema in a few words."""
    if "anyOf" in schema:
        return " or ".join(form(branch) for branch in schema["anyOf"])
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"array of {form(schema.get('items', {}))}"
    return str(schema.get("format", schema.get("type", "any")))


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


PAGES = (PageRow("GET", "/docs", reference),)
