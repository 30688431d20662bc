"""JSON Schemas of the configuration, from its types; ``python -m domain.schemas policy`` prints one.

The checked-in files under ``config/schemas/`` are held equal by a test, and let editors complete.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping

import msgspec

from domain.oncall import OnCall
from domain.plan_template import PlanTemplate
from domain.policy import Policy
from domain.rules import AlertRules
from domain.sources import Sources

SCHEMAS: Mapping[str, type] = {
    "policy": Policy,
    "alert-rules": AlertRules,
    "plan": PlanTemplate,
    "oncall": OnCall,
    "sources": Sources,
}
"""Name of the file under ``config/schemas/`` (with ``.schema.json``) -> type."""


def schema(name: str) -> str:
    """Return the JSON Schema (draft 2020-12) of one kind of file, keys sorted, with a final newline."""
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **msgspec.json.schema(SCHEMAS[name]),
    }
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema(sys.argv[1]))
