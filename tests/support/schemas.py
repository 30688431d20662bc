"""The shipped schemas of artifacts, asked by a library that is not ours.

``python -m tests.support.schemas`` writes all of them anew.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import jsonschema

from projections.artifacts.schemas import file_name, schema
from projections.artifacts.table import BY_NAME, TABLE

FOLDER = Path(__file__).parents[2] / "config" / "schemas" / "artifacts"


@cache
def validator(name: str) -> jsonschema.Draft202012Validator:
    """Return what judges an artifact of this name."""
    return jsonschema.Draft202012Validator(json.loads((FOLDER / file_name(BY_NAME[name])).read_text()))


def complaints(name: str, data: bytes) -> list[str]:
    """Return what an artifact's schema has against its bytes."""
    return [f"{error.json_path}: {error.message}" for error in validator(name).iter_errors(json.loads(data))]


def check_artifacts(export: Path) -> None:
    """Expect that every JSON artifact of an export on disk is what its schema says."""
    files = tuple((export / "artifacts").rglob("*.json"))
    assert files
    for file in files:
        assert complaints(file.name, file.read_bytes()) == [], file


def write(folder: Path) -> None:
    """Write every schema into ``folder``, and leave no other there."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.schema.json"):
        old.unlink()
    for row in TABLE:
        if not row.is_markdown:
            (folder / file_name(row)).write_text(schema(row))


if __name__ == "__main__":
    write(FOLDER)
