"""What each part may take from outside: pure cores, a verifier that needs little, nothing undeclared."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.support.imports import import_graph, modules_of, outer_imports, third_parties
from tests.support.tree import ROOT, VERIFY, owned, packages, project

MAY_IMPORT = {
    "domain": {"msgspec"},
    "projections": {"msgspec", "yaml"},
    "ledger": {"cryptography", "msgspec", "orjson"},
    "verifier": {"cryptography", "msgspec", "orjson"},
}
# The two doors of the ledger to a library that the rest of it does without.
DOORS = {"ledger.store": {"eventsourcing"}, "ledger.hsm": {"pkcs11"}}

# Time, identity, randomness and the world arrive as arguments.
IMPURE = {
    *("asyncio", "http", "os", "pathlib", "random", "secrets", "shutil", "socket", "sqlite3", "ssl"),
    *("subprocess", "tempfile", "threading", "time"),
}

# Started by name (uvicorn asks for them), so no import shows their use; kafka-python takes crc32c where it
# is there, and is five to eight times slower without.
USED_BY_NAME = {"crc32c", "httptools", "uvicorn", "uvloop"}
# FastAPI is made of these and hands them out as its own.
PARTS_OF_FASTAPI = {"pydantic", "starlette"}


def _within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def _declared(*requirements: str) -> set[str]:
    return {_canonical(re.split(r"[\[<>=!~; ]", text, maxsplit=1)[0]) for text in requirements}


def _canonical(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_a_core_takes_only_what_it_was_given(package: str) -> None:
    surplus = {
        module: sorted(extra)
        for module in modules_of(package)
        if (
            extra := third_parties(module)
            - MAY_IMPORT[package]
            - {name for door, names in DOORS.items() if _within(module, door) for name in names}
        )
    }
    assert surplus == {}


@pytest.mark.parametrize("package", ["domain", "projections"])
def test_the_meaning_of_facts_knows_no_clock_no_disk_and_no_network(package: str) -> None:
    impure = {
        module: sorted(bad) for module in modules_of(package) if (bad := outer_imports(module) & IMPURE)
    }
    assert impure == {}


def test_the_verifier_reaches_no_database_no_server_and_no_network() -> None:
    reached = import_graph().find_upstream_modules("verifier", as_package=True)
    forbidden = {
        "eventsourcing",
        "fastapi",
        "http",
        "obstore",
        "pkcs11",
        "socket",
        "sqlite3",
        "ssl",
        "uvicorn",
    }
    assert reached & forbidden == set()


def test_settings_alone_are_read_with_pydantic() -> None:
    readers = {
        module
        for package in packages()
        for module in modules_of(package)
        if third_parties(module) & {"pydantic", "pydantic_settings"}
    }
    assert readers <= {"tallystick.settings"}


@pytest.mark.parametrize("folder", [ROOT, VERIFY], ids=["tallystick", "tallystick-verify"])
def test_every_third_party_import_is_declared_and_every_declaration_is_used(folder: Path) -> None:
    metadata = project(folder)["project"]
    runtime = _declared(*metadata["dependencies"])
    extras = _declared(*(text for texts in metadata["optional-dependencies"].values() for text in texts))
    homes = packages_distributions()
    imported = {
        _canonical(homes.get(name, [name])[0])
        for package in owned(folder)
        for module in modules_of(package)
        for name in third_parties(module)
    }
    assert imported - runtime - extras - PARTS_OF_FASTAPI == set(), "imported, but not declared"
    surplus = runtime - imported - USED_BY_NAME - {"tallystick-verify"}
    assert surplus == set(), "declared, but not used: it has not earned its place"


def test_who_verifies_needs_four_libraries() -> None:
    assert _declared(*project(VERIFY)["project"]["dependencies"]) == {
        "cryptography",
        "msgspec",
        "orjson",
        "pyyaml",
    }


def test_the_client_of_kafka_is_loaded_by_the_commands_that_speak_to_a_broker_alone() -> None:
    loaded = "import sys, tallystick.cli; print('kafka' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert found.stdout == "False\n"
