"""JSON Schemas (draft 2020-12) of the JSON artifacts, from the types of what they say (R-ART-02).

``python -m projections.artifacts.schemas rca-manifest`` prints one; the checked-in files, which
``python -m tests.support.schemas`` writes, are held equal by a test. They describe canonical bytes and
readable copies alike.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import msgspec

from domain.protocol import PROTOCOL_ID, PROTOCOL_VERSION
from projections.artifacts.header import SCHEMA_VERSION, Header
from projections.artifacts.row import Row
from projections.artifacts.table import BY_NAME

DIALECT = "https://json-schema.org/draft/2020-12/schema"
REFERENCE = "#/$defs/{name}"


def file_name(row: Row) -> str:
    """Return the name of the file with an artifact's schema."""
    return f"{row.name.removesuffix('.json')}.{SCHEMA_VERSION}.schema.json"


def schema(row: Row) -> str:
    """Return the schema of a JSON artifact, keys sorted, with a final newline."""
    if row.metrics is None or row.data is None:
        raise ValueError(f"{row.name}: expected the forms of metrics and data, found none")
    kinds = (Header, row.metrics, row.data)
    references, found = msgspec.json.schema_components(kinds, ref_template=REFERENCE)
    known = {name: _closed(form) for name, form in found.items()}
    head = known.pop(Header.__name__)
    document = {
        "$schema": DIALECT,
        "$id": f"urn:{row.schema.replace('.', ':')}:{SCHEMA_VERSION}",
        "title": row.name,
        "type": "object",
        "additionalProperties": False,
        "required": [*head["required"], "metrics", "data"],
        "properties": {
            **head["properties"],
            **_fixed(row),
            "metrics": references[1],
            "data": references[2],
        },
        "$defs": known,
    }
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _fixed(row: Row) -> dict[str, Any]:
    """Return what this artifact says in every incident."""
    return {
        "schema": {"const": row.schema},
        "schema_version": {"const": SCHEMA_VERSION},
        "protocol_id": {"const": PROTOCOL_ID},
        "protocol_version": {"const": PROTOCOL_VERSION},
    }


def _closed(form: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an object with no other fields than those named."""
    return {**form, "additionalProperties": False} if form.get("type") == "object" else form


if __name__ == "__main__":
    sys.stdout.write(schema(BY_NAME[sys.argv[1]]))
