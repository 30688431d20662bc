"""The schemas of artifacts are generated from their types, valid, and strict."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from domain.artifacts import TUNING
from projections.artifacts.schemas import file_name, schema
from projections.artifacts.table import TABLE
from projections.until import until
from tests.support.full_incident import full_incident
from tests.support.rendered import all_rendered, rendered
from tests.support.schemas import FOLDER, complaints, write

FULL = full_incident()
ROWS = [row for row in TABLE if not row.is_markdown]


@pytest.mark.req("R-ART-02")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_shipped_schema_is_generated_and_valid(row: Any) -> None:
    text = (FOLDER / file_name(row)).read_text()
    assert text == schema(row)
    jsonschema.Draft202012Validator.check_schema(json.loads(text))


def test_one_command_writes_all_of_them_and_no_other_is_there(tmp_path: Any) -> None:
    (tmp_path / "gone.1.schema.json").write_text("{}")
    write(tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {file.name for file in FOLDER.iterdir()}


@pytest.mark.req("R-ART-02")
@pytest.mark.parametrize("version", [1, 12, 23, 33, 40, 51, 60, 70, len(FULL)])
def test_every_artifact_is_what_its_schema_says_at_any_version(version: int) -> None:
    for path, data in all_rendered(until(FULL, at_version=version)).items():
        if path.endswith(".json"):
            assert complaints(path.rpartition("/")[2], data) == []


@pytest.mark.parametrize("row", [row for row in ROWS if row.name != TUNING], ids=lambda row: row.name)
def test_a_schema_refuses_what_is_missing_and_what_nobody_knows(row: Any) -> None:
    made = rendered(FULL, row.name)
    assert made is not None
    found = json.loads(made)
    more = {**found, "data": {**found["data"], "surplus": 1}}
    less = {key: value for key, value in found.items() if key != "generated_from"}
    for changed in (more, less, {**found, "schema": "other"}):
        assert complaints(row.name, json.dumps(changed).encode())
