"""The configuration that ships with the program, copied into a new home for people to edit."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import tallystick
from ledger.durable import create_durably

POLICY_FILES = {"strict": "17.yaml", "team": "17.team.yaml", "solo": "17.solo.yaml"}
POLICIES = "protocol_gates"
ALERT_RULES = "alert-rules.yaml"
PLANS = "plans"
ONCALL = "oncall.yaml"
SOURCES = "sources.yaml"


def shipped() -> Traversable:
    """Return the folder of defaults: inside the wheel, or beside the packages in a checkout."""
    inside = files(tallystick) / "config"
    return inside if inside.is_dir() else Path(tallystick.__file__).parent.parent / "config"


def copy_defaults(target: Path) -> None:
    """Copy every default that ``target`` does not have; what people changed stays as it is."""
    _copy(shipped(), target)


def _copy(source: Traversable, target: Path) -> None:
    target.mkdir(mode=0o700, exist_ok=True)
    for item in source.iterdir():
        path = target / item.name
        if item.is_dir():
            _copy(item, path)
        elif not path.exists() and not item.name.startswith("__"):
            create_durably(path, item.read_bytes())
