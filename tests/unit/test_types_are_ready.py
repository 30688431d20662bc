"""Types that threads decode are prepared when their module is imported.

msgspec (0.22) prepares a type at its first use, and crashes the process when two threads are first at once.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.tree import ROOT

SCRIPT = """
import sys
import msgspec
from {module} import {table} as table

prepared = []

def watch(frame, event, _):
    if event == "call" and frame.f_code.co_name == "get_class_annotations":
        prepared.append(frame)

sys.setprofile(watch)
for kind in table.values():
    try:
        msgspec.convert({{}}, kind)
    except msgspec.ValidationError:
        pass
sys.setprofile(None)
sys.exit(f"prepared at first use: {{len(prepared)}}" if prepared else 0)
"""


@pytest.mark.parametrize(("module", "table"), [("domain.facts", "FACTS"), ("ledger.keyfacts", "FACTS")])
def test_no_type_of_a_fact_is_prepared_at_its_first_use(module: str, table: str) -> None:
    command = [sys.executable, "-c", SCRIPT.format(module=module, table=table)]
    result = subprocess.run(
        command,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr


def test_what_prepares_a_type_is_what_this_test_watches() -> None:
    script = SCRIPT.format(module="typing", table="_none").replace(
        "from typing import _none as table", "table = {0: msgspec.defstruct('Fresh', [('x', int)])}"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert "prepared at first use: 1" in result.stderr
