"""Two wheels of one tree: each holds its packages, and the verifier stands without the rest."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from ledger.note import format_vkey
from tests.support.exports import VKEY, two_event_export
from tests.support.tree import ROOT, VERIFY, owned, packages, project, tracked_files

Wheels = dict[str, Path]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Wheels:
    folder = str(tmp_path_factory.mktemp("wheels"))
    return {
        name: Path(next(iter(WheelBuilder(str(root)).build(directory=folder))))
        for name, root in (("tallystick", ROOT), ("tallystick-verify", VERIFY))
    }


@pytest.fixture(scope="module")
def names(built: Wheels) -> dict[str, list[str]]:
    return {wheel: zipfile.ZipFile(path).namelist() for wheel, path in built.items()}


def _shipped(path: Path) -> str:
    name = path.relative_to(ROOT).as_posix()
    return f"tallystick/{name}" if name.startswith("config/") else name


def _of(root: Path) -> set[str]:
    """Return every file in the wheel of ``root`` that git knows."""
    roots = {*owned(root), *(("config",) if root == ROOT else ())}
    return {_shipped(path) for path in tracked_files() if path.relative_to(ROOT).parts[0] in roots}


@pytest.mark.parametrize(("wheel", "root"), [("tallystick", ROOT), ("tallystick-verify", VERIFY)])
def test_a_wheel_holds_its_packages_their_files_and_the_metadata(
    names: dict[str, list[str]], wheel: str, root: Path
) -> None:
    top = {name.split("/")[0] for name in names[wheel]}
    metadata = {name for name in top if name.endswith(".dist-info")}
    assert len(metadata) == 1
    assert top - metadata == set(owned(root))
    assert _of(root) == {name for name in names[wheel] if name.split("/")[0] not in metadata}


def test_no_package_is_in_both_wheels_or_in_none() -> None:
    assert owned(VERIFY) == ("domain", "ledger", "projections", "verifier")
    assert sorted((*owned(ROOT), *owned(VERIFY))) == sorted(packages())


@pytest.mark.parametrize("name", ["config", "scripts", "tests", "benchmarks", "docs", "packaging"])
def test_no_common_name_is_taken_on_the_path_of_others(names: dict[str, list[str]], name: str) -> None:
    assert not [member for wheel in names.values() for member in wheel if member.startswith(f"{name}/")]


def test_the_configuration_ships_inside_the_composition_root(names: dict[str, list[str]]) -> None:
    wheel = names["tallystick"]
    shipped = {name.removeprefix("tallystick/config/") for name in wheel if "/config/" in name}
    assert {f"protocol_gates/{name}.yaml" for name in ("17", "17.team", "17.solo")} <= shipped
    assert {f"plans/{name}.yaml" for name in ("rollback", "feature_flag", "hotfix")} <= shipped
    assert {"alert-rules.yaml", "oncall.yaml", "sources.yaml"} <= shipped


@pytest.mark.parametrize(
    ("wheel", "command"),
    [
        ("tallystick", "tallystick = tallystick.cli:main"),
        ("tallystick-verify", "tallystick-verify = verifier.main:main"),
    ],
)
def test_the_command_and_the_licence_are_part_of_the_metadata(
    built: Wheels, names: dict[str, list[str]], wheel: str, command: str
) -> None:
    (entry_points,) = [name for name in names[wheel] if name.endswith(".dist-info/entry_points.txt")]
    (licence,) = [name for name in names[wheel] if name.endswith(".dist-info/licenses/LICENSE")]
    archive = zipfile.ZipFile(built[wheel])
    assert command in archive.read(entry_points).decode()
    assert archive.read(licence) == (ROOT / "LICENSE").read_bytes()


def test_both_wheels_have_one_version_and_one_needs_the_other_at_it() -> None:
    version = project()["project"]["version"]
    assert project(VERIFY)["project"]["version"] == version
    assert f"tallystick-verify[store]=={version}" in project()["project"]["dependencies"]
    extras = project()["project"]["optional-dependencies"]
    assert extras["pkcs11"] == [f"tallystick-verify[pkcs11]=={version}"]


def test_the_verifier_stays_and_verifies_when_the_rest_is_removed(built: Wheels, tmp_path: Path) -> None:
    place = tmp_path / "venv"
    python = _environment(place)
    _uv("install", "--no-deps", "--offline", *built.values(), python=python)
    assert (place / "bin" / "tallystick").is_file()
    _uv("uninstall", "tallystick", python=python)
    left = {path.name for path in _site(place).iterdir() if path.name in packages()}
    assert left == set(owned(VERIFY))

    export = two_event_export(tmp_path)
    command = [str(place / "bin" / "tallystick-verify"), str(export), "--log-key", format_vkey(VKEY)]
    valid = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (valid.returncode, valid.stdout[-6:], valid.stderr) == (0, "VALID\n", "")
    (export / "checkpoint").write_bytes(b"another\n")
    assert subprocess.run(command, capture_output=True, cwd=tmp_path, check=False).returncode == 1
    asked = subprocess.run(command[:1], capture_output=True, cwd=tmp_path, check=False)
    assert asked.returncode == 64


def _environment(place: Path) -> Path:
    """Return the interpreter of a new environment, which sees the four libraries and nothing of this tree."""
    venv.EnvBuilder(symlinks=True).create(place)
    for library in ("cryptography", "msgspec", "orjson", "yaml", "_cffi_backend", "cffi"):
        for found in Path(next(iter(_here()))).glob(f"{library}*"):
            if not found.name.endswith(".dist-info"):
                target = _site(place) / found.name
                shutil.copytree(found, target) if found.is_dir() else shutil.copy2(found, target)
    return place / "bin" / "python"


def _here() -> list[str]:
    return [path for path in sys.path if path.endswith("site-packages")]


def _site(place: Path) -> Path:
    (site,) = (place / "lib").glob("python*/site-packages")
    return site


def _uv(verb: str, *arguments: str | Path, python: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    command = [uv, "--quiet", "--no-cache", "pip", verb, "--python", python, *arguments]
    subprocess.run(command, check=True, capture_output=True)
