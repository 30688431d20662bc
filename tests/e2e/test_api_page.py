"""docs/api.md against a served ledger: its commands run as printed, and it leaves out no path and no code."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from api.app import ROUTES
from api.codes import CODES
from api.openapi import documented
from domain.commands import COMMANDS
from tests.support.processes import Children
from tests.support.service import Service
from tests.support.tools import tool
from tests.support.tree import ROOT

TEXT = (ROOT / "docs" / "api.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
PRINTED = "http://127.0.0.1:8017"


@pytest.fixture
def output(children: Children, tmp_path: Path) -> str:
    """What all commands of the page print, run in order against one new ledger."""
    tool("curl", "curl")
    service = Service(children, tmp_path / "var")
    script = "\n".join(BLOCKS).replace(PRINTED, service.url)
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
    return ran.stdout


@pytest.mark.req("R-SVC-12")
def test_the_commands_run_as_printed(output: str) -> None:
    assert PRINTED in TEXT
    for expected in (
        '"number":"INC-1"',
        "tallystick.incident-declared.v1",
        '"code":"PRECONDITION_FAILED"',
        '"changes":[{"version":2,',
        '"rates":[',
        "idempotent-replayed: true",
        '"proof":"c2sp.org/tlog-proof@v1',
        '"state":"detecting"',
        '"state":"assessing"',
        "⟦sealed:",
        "Traffic moved to region B.",
        '"name":"Ada Lovelace"',
        "tallystick.person-changed.v1",
        '"code":"TOKEN_UNKNOWN"',
        '"ticket":"',
        "c2sp.org/tlog-proof@v1\nindex 0\n",
        '"received":1',
        '{"pointer":"/titel","expected":"no such member","found":"\\"x\\""}',
        '"status":"alive"',
        '"status":"ready"',
        "tallystick_facts_total",
    ):
        assert expected in output


def test_the_page_names_every_path() -> None:
    # One row stands for many: the actions by path, and keys in the address.
    named = {documented(route.path) for route in ROUTES} - {
        f"/v1/incidents/{{incident}}/actions/{action}" for action in COMMANDS
    }
    parts = {re.sub(r"\{(source_key|tile|alert)\}.*", "", path) for path in named}
    written = TEXT.replace("…/", "/v1/incidents/{incident}/")
    assert [path for path in sorted(parts) if path not in written] == []
    assert [action for action in COMMANDS if action != "open" and f"`{action}`" not in TEXT] == []


def test_the_table_of_actions_has_each_of_them_once() -> None:
    rows = TEXT.split("| about | actions |")[1].split("\n\n")[0]
    assert sorted(re.findall(r"`([a-z-]+)`", rows)) == sorted(set(COMMANDS) - {"open"})


def test_the_page_names_no_code_that_does_not_exist() -> None:
    words = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", TEXT))
    codes = {word for word in words if not word.startswith("TALLYSTICK_")}
    assert codes
    assert codes <= CODES.keys()


def test_every_status_has_a_row() -> None:
    rows = {int(status) for status in re.findall(r"^\| (\d{3}) \|", TEXT, re.MULTILINE)}
    assert {about.status for about in CODES.values()} - rows <= {408}
