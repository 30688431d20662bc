"""The page of all facts is the registry, printed."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

from domain import alert
from domain.authority import AUTHORITY
from domain.catalogue import catalogue
from domain.facts import FACTS
from domain.intake import attaching, opening
from domain.schemas import schema

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "formats" / "facts.md"


def test_the_page_is_what_the_registry_prints() -> None:
    assert PAGE.read_text() == catalogue()


def printed(*arguments: str) -> str:
    """Return what a module prints when it is run."""
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_the_page_and_the_schemas_are_printed_by_their_modules() -> None:
    assert printed("domain.catalogue") == catalogue()
    assert printed("domain.schemas", "policy") == schema("policy")


@pytest.mark.parametrize("name", FACTS)
def test_every_fact_has_its_section(name: str) -> None:
    assert f"### `{name}`\n" in catalogue()


def test_the_page_names_every_code_that_says_why() -> None:
    sources = "".join(inspect.getsource(module) for module in (alert, attaching, opening))
    codes = set(re.findall(r'"([a-z]+(?:-[a-z]+)+|manual|refired)"', sources))
    assert codes >= {"late-firing", "same-correlation", "by-hand", "clock-ahead", "manual"}
    assert {code for code in codes - set(AUTHORITY) if f"`{code}`" not in catalogue()} == set()
