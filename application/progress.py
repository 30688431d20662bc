"""How far long work has come."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is, and of how much (0: not known)."""


def no_progress(stage: str, done: int, total: int) -> None:
    """Show nothing."""
