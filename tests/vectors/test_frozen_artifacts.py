"""The canonical bytes of every artifact are frozen: new output needs a new renderer number (design 6)."""

from __future__ import annotations

import pytest

from domain.artifacts import TUNING
from projections.artifacts.table import TABLE
from tests.support.full_incident import full_incident
from tests.support.rendered import all_rendered
from tests.vectors.make_artifacts import COPIES, FOLDER, FROZEN, copies

MADE = all_rendered(full_incident())


def frozen() -> dict[str, bytes]:
    """Return the frozen files by their paths."""
    return {
        file.relative_to(FROZEN).as_posix(): file.read_bytes() for file in FROZEN.rglob("*") if file.is_file()
    }


@pytest.mark.req("R-ART-01")
@pytest.mark.parametrize("path", MADE)
def test_the_output_of_this_renderer_number_has_not_changed(path: str) -> None:
    assert MADE[path].decode() == (FROZEN / path).read_text()


def test_every_artifact_but_one_is_frozen_under_this_number_alone() -> None:
    # The incident was real, so that nothing was to be tuned.
    assert {row.path for row in TABLE} - frozen().keys() == {TUNING}
    assert frozen().keys() == MADE.keys()
    assert [folder.name for folder in FOLDER.iterdir()] == [FROZEN.name]


def test_what_people_read_is_what_somebody_has_read() -> None:
    kept = {path.relative_to(COPIES).as_posix(): path.read_bytes() for path in COPIES.rglob("*.md")}
    assert copies() == kept
