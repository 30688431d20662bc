"""What people edit in ``<home>/config`` and nothing pins: alert rules."""

from __future__ import annotations

from domain.rules import AlertRules
from projections.strictyaml import parse


def parse_alert_rules(data: bytes, place: str) -> AlertRules:
    """Return the alert rules in the bytes of a file; ``place`` is its name, for errors.

    Raises `ConfigError`.
    """
    return parse(data, AlertRules, place)
