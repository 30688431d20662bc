"""The markers of this test suite, kept strict: `req` names requirements, `soak` waits for `make soak`.

A plugin of pytest, so that the tests of it can load it alone.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

REQUIREMENT = re.compile(r"R-[A-Z]+-\d+")


def complaint(args: tuple[object, ...], kwargs: Mapping[str, object]) -> str | None:
    """Return what is wrong with ``@pytest.mark.req(*args, **kwargs)``, or None."""
    if kwargs or not args:
        return "expected requirement ids, and nothing else"
    wrong = [arg for arg in args if not (isinstance(arg, str) and REQUIREMENT.fullmatch(arg))]
    if wrong:
        return f"expected ids like R-EVT-03, found {', '.join(map(repr, wrong))}"
    return None if len(set(args)) == len(args) else "the same id twice"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse marks that name no requirement; leave the long forms out unless ``-m`` speaks of them."""
    wrong = [
        f"{item.nodeid}: req mark: {text}"
        for item in items
        for mark in item.iter_markers("req")
        if (text := complaint(mark.args, mark.kwargs)) is not None
    ]
    if wrong:
        raise pytest.UsageError("\n".join(wrong))
    # Here and not as `-m "not soak"` in addopts, where any other `-m` would bring the long forms back.
    if "soak" not in config.option.markexpr:
        long = [item for item in items if item.get_closest_marker("soak")]
        items[:] = [item for item in items if not item.get_closest_marker("soak")]
        config.hook.pytest_deselected(items=long)
