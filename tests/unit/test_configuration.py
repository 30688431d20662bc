"""The folder of configuration of a home: what is read from it, what may be absent, what is named as wrong."""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path

import pytest

from application.configuration import keep_templates, read_oncall, read_templates
from application.local_blobs import LocalBlobs
from domain.oncall import NOBODY, OnCall
from domain.plan_template import PlanTemplate
from projections.configerror import ConfigError
from projections.strictyaml import parse
from tests.support.plans import CONFIG, PLANS, VALUES, template


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(PLANS, tmp_path / "plans")


@pytest.mark.req("R-WF-34")
def test_templates_are_known_by_name_and_their_exact_bytes_are_kept(tmp_path: Path, folder: Path) -> None:
    blobs = LocalBlobs(tmp_path / "blobs")
    found = keep_templates(folder, "config/plans", blobs)
    assert set(found) == set(VALUES)
    for name, loaded in found.items():
        data = (folder / f"{name}.yaml").read_bytes()
        assert loaded.template == template(name)
        assert loaded.sha256 == hashlib.sha256(data).hexdigest()
        assert blobs.get(loaded.sha256) == data


def test_what_is_not_there_is_empty(tmp_path: Path) -> None:
    assert read_templates(tmp_path / "plans", "config/plans") == {}
    assert read_oncall(tmp_path / "oncall.yaml", "config/oncall.yaml") is NOBODY


def test_what_editors_leave_behind_is_no_template(folder: Path) -> None:
    (folder / ".#rollback.yaml").symlink_to("somebody@somewhere")
    (folder / "rollback.yaml~").write_text("x")
    (folder / "README.md").write_text("x")
    assert set(read_templates(folder, "config/plans")) == set(VALUES)


def test_a_wrong_template_is_named_with_place_expected_and_found(folder: Path) -> None:
    path = folder / "hotfix.yaml"
    path.write_text(path.read_text().replace("select: C", "select: X"))
    with pytest.raises(ConfigError) as caught:
        read_templates(folder, "config/plans")
    assert str(caught.value) == "config/plans/hotfix.yaml.select: expected one of A, B, C, found X"


def test_a_template_is_called_as_its_file(folder: Path) -> None:
    (folder / "hotfix.yaml").rename(folder / "quick.yaml")
    with pytest.raises(ConfigError) as caught:
        read_templates(folder, "config/plans")
    assert str(caught.value) == (
        "config/plans/quick.yaml.name: expected quick, as the file is called, found hotfix"
    )


def test_a_wrong_table_is_named_with_place_expected_and_found(tmp_path: Path) -> None:
    (tmp_path / "oncall.yaml").write_text("schema_version: 1\noncall: {sre_lead: [{principal: ada}]}\n")
    with pytest.raises(
        ConfigError, match=r"^config/oncall.yaml.oncall.sre_lead\[0\].principal: expected .*'ada'"
    ):
        read_oncall(tmp_path / "oncall.yaml", "config/oncall.yaml")


def test_the_examples_of_the_documentation_are_read() -> None:
    page = (CONFIG.parent / "docs" / "configuration.md").read_text()
    _, plan, table = re.findall(r"^```yaml\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert parse(plan.encode(), PlanTemplate, "plan").name == "failover"
    assert list(parse(table.encode(), OnCall, "table").oncall) == ["sre_on_call"]
