"""The timeline's canonical bytes are frozen: new output needs a new renderer number (design section 6)."""

from __future__ import annotations

from pathlib import Path

import pytest

from projections.artifacts.renderer import RENDERER
from tests.support.timeline_vector import vector

FROZEN = Path(__file__).parent / f"incident-timeline.{RENDERER}.md"


@pytest.mark.req("R-ART-01", "R-ART-20")
def test_the_output_of_this_renderer_number_has_not_changed() -> None:
    assert vector() == FROZEN.read_bytes()
