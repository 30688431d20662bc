"""Puts the packages of the wheel `tallystick-verify` into it: they lie two folders up."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OWNED = ("domain", "ledger", "projections", "verifier")


class Packages(BuildHookInterface[Any]):
    """Adds the packages; an editable install has them on its path and must not hold an ageing copy."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name each package and its place in the wheel."""
        if version == "standard":
            tree = Path(self.root).parents[1]
            build_data["force_include"].update({str(tree / name): name for name in OWNED})
