"""The README's sixty seconds do what they say."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.support.processes import Children, wait_until
from tests.support.service import Service
from tests.support.tree import ROOT


def commands(page: Path) -> list[str]:
    """Return the commands of the page's console blocks, each with the lines that belong to it."""
    found: list[str] = []
    for block in re.findall(r"^```console\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append(line[2:])
            else:
                found[-1] += f"\n{line}"
    return found


def test_the_readme_shows_an_incident_from_its_alert_to_a_tampering_that_is_caught(
    tmp_path: Path, children: Children
) -> None:
    first, *rest = commands(ROOT / "README.md")
    assert first == "make run"
    (tmp_path / ".venv").symlink_to(sys.prefix)
    service = Service(children, tmp_path / "var")
    outcomes = []
    for command in rest:
        if "export" in command:
            wait_until(lambda: published(service), 15, "everything is published")
        here = command.replace(":8017", f":{service.port}").replace("/tmp/ledger", str(tmp_path / "ledger"))
        outcomes.append(
            subprocess.run(["bash", "-c", here], cwd=tmp_path, capture_output=True, text=True, check=False)
        )

    assert [outcome.returncode for outcome in outcomes] == [0] * (len(outcomes) - 1) + [1], [
        outcome.stdout + outcome.stderr for outcome in outcomes
    ]
    said = {command.split()[1]: outcome.stdout for command, outcome in zip(rest, outcomes, strict=True)}
    assert "INC-1" in said["show"]
    assert "Traffic moved to region B" in said["timeline"]
    assert said["verify"].rstrip().endswith("INVALID")


def published(service: Service) -> bool:
    size = service.get("/log/checkpoint").body.split(b"\n")[1]
    metrics = service.get("/metrics").body
    return f"tallystick_facts_total {float(size)}".encode() in metrics
