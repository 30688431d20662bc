"""The shipped configuration of plans, and ways to change one and see what is said about it."""

from __future__ import annotations

from pathlib import Path

from domain.plan_template import PlanTemplate
from projections.strictyaml import parse

CONFIG = Path(__file__).parents[2] / "config"
PLANS = CONFIG / "plans"
VALUES = {
    "rollback": {"to_version": "1.2.3"},
    "feature_flag": {"flag": "new-checkout", "to_version": "1.2.3"},
    "hotfix": {"fix_version": "1.3.1", "to_version": "1.2.3"},
}
"""Name of each shipped template -> values of its variables."""


def plan_text(name: str) -> str:
    """Return the file of a shipped template."""
    return (PLANS / f"{name}.yaml").read_text()


def template(name: str) -> PlanTemplate:
    """Return a shipped template."""
    return parse(plan_text(name).encode(), PlanTemplate, name)
