"""The people and the service of the stories: one service a module, so that one does not see another's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.stories import Cast, Story, World, serving
from tests.support.tales import Stage
from tests.support.tales import stage as a_stage


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A service; at its end all the stories told in it hold offline as well, whatever happened in them."""
    with serving(tmp_path_factory.mktemp("world")) as found:
        yield found
        found.finish()


@pytest.fixture(scope="module")
def cast(world: World) -> Cast:
    return world.cast()


@pytest.fixture
def story(world: World) -> Story:
    return world.story()


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A world in this process whose clock moves, in which incidents are told to their end."""
    with a_stage(tmp_path_factory.mktemp("stage")) as found:
        yield found
