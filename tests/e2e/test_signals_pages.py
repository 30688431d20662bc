"""docs/signals/*.md: each tool's page has a command to try it with, which works as printed."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.signal_sources import ROWS
from tallystick.home import Home
from tallystick.initialise import initialise
from tests.support.processes import Children
from tests.support.service import Service
from tests.support.tools import tool
from tests.support.tree import ROOT

FOLDER = ROOT / "docs" / "signals"
PAGES = sorted(path.stem for path in FOLDER.glob("*.md"))
PRINTED = "http://127.0.0.1:8017"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, Path]]:
    folder = tmp_path_factory.mktemp("signals")
    initialise(Home(folder / "var"))
    (folder / "var" / "config" / "sources.yaml").write_text(blocks("generic", "yaml")[0])
    running = Children(folder / "children")
    try:
        yield Service(running, folder / "var"), folder
    finally:
        running.stop()


def blocks(page: str, language: str) -> list[str]:
    """Return the blocks of a page in one language."""
    text = (FOLDER / f"{page}.md").read_text()
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def commands(page: str) -> list[str]:
    """Return the commands of a page that are there to be run."""
    return blocks(page, "sh")


def test_every_source_has_a_page_and_the_index_leads_to_it() -> None:
    index = (ROOT / "docs" / "signals.md").read_text()
    assert {row.name for row in ROWS} <= set(PAGES)
    assert [page for page in PAGES if f"](signals/{page}.md)" not in index] == []


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page_deliver_as_printed(served: tuple[Service, Path], page: str) -> None:
    tool("curl", "curl")
    service, folder = served
    assert commands(page)
    for command in commands(page):
        assert PRINTED in command
        ran = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command.replace(PRINTED, service.url)],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
        told = json.loads(ran.stdout)
        assert told.get("rejected", 0) == 0, told
