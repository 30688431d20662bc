"""What holds for every test: hypothesis profiles, a clean environment, no network, no process left behind."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import structlog
from hypothesis import HealthCheck, settings

from tests.support.processes import Children

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytest_plugins = ("tests.support.loopback", "tests.support.marks")

# The same examples every time, so that a red run can be repeated; `make soak` looks further, at random.
# No deadlines: the machine may be busy with something else.
settings.register_profile(
    "ci", derandomize=True, max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "soak", max_examples=5_000, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ci")

# What a developer exports for a service of their own must not reach the services under test.
for _name in [name for name in os.environ if name.startswith(("TALLYSTICK_", "KAFKA_"))]:
    if _name not in {"TALLYSTICK_TEST_TOOLS", "TALLYSTICK_SCREENSHOTS", "KAFKA_BOOTSTRAP_SERVERS"}:
        del os.environ[_name]


@pytest.fixture(autouse=True)
def usual_logging() -> Iterator[None]:
    """Undo what a test, or a command it ran, did to the logging of the whole process."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return where a home may be made; nothing is there yet."""
    return tmp_path / "home"


@pytest.fixture
def children(tmp_path: Path) -> Iterator[Children]:
    """Start processes through this: whatever the test does, none of them outlives it."""
    started = Children(tmp_path / "children")
    yield started
    started.stop()
