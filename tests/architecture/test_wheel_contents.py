"""The wheel holds the eight packages, the configuration inside one of them, and nothing else."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest
from hatchling.builders.wheel import WheelBuilder

from tests.support.tree import ROOT, packages, tracked_files

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    (built,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("wheel")))
    return zipfile.ZipFile(built)


def _shipped(path: Path) -> str:
    name = path.relative_to(ROOT).as_posix()
    return f"tallystick/{name}" if name.startswith("config/") else name


def test_the_top_level_names_are_the_packages_and_the_metadata(wheel: zipfile.ZipFile) -> None:
    names = {name.split("/")[0] for name in wheel.namelist()}
    metadata = {name for name in names if name.endswith(".dist-info")}
    assert len(metadata) == 1
    assert names - metadata == set(packages())


@pytest.mark.parametrize("name", ["config", "scripts", "tests", "benchmarks", "docs"])
def test_no_common_name_is_taken_on_the_path_of_others(wheel: zipfile.ZipFile, name: str) -> None:
    assert not [member for member in wheel.namelist() if member.startswith(f"{name}/")]


def test_the_configuration_ships_inside_the_composition_root(wheel: zipfile.ZipFile) -> None:
    shipped = {name.removeprefix("tallystick/config/") for name in wheel.namelist() if "/config/" in name}
    assert {f"protocol_gates/{name}.yaml" for name in ("17", "17.team", "17.solo")} <= shipped
    assert {f"plans/{name}.yaml" for name in ("rollback", "feature_flag", "hotfix")} <= shipped
    assert {"alert-rules.yaml", "oncall.yaml"} <= shipped


def test_every_tracked_file_of_a_package_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    roots = {*packages(), "config"}
    expected = {_shipped(path) for path in tracked_files() if path.relative_to(ROOT).parts[0] in roots}
    assert expected <= set(wheel.namelist())


def test_the_command_and_the_licence_are_part_of_the_metadata(wheel: zipfile.ZipFile) -> None:
    (entry_points,) = [name for name in wheel.namelist() if name.endswith(".dist-info/entry_points.txt")]
    assert "tallystick = tallystick.cli:main" in wheel.read(entry_points).decode()
    assert [name for name in wheel.namelist() if name.endswith(".dist-info/licenses/LICENSE")]
