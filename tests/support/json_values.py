"""Strategies for what a careless sender may write: any JSON, and objects of roughly the right shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

HOSTILE: tuple[Any, ...] = (
    *(10**30, -1, 1e400, float("nan"), "", " ", "\ud800", "\u0000", "NaN", "$VAR", "{MACRO}"),
    *("\U0001f600" * 300, "9" * 30, "0001-01-01T00:00:00Z", "2999-12-31T23:59:59.999999999Z"),
    *(True, None, [], {}, [[[]]]),
)


def anything() -> st.SearchStrategy[Any]:
    """Return any JSON value, with those among it that have hurt readers before."""
    scalars = st.sampled_from(HOSTILE) | st.text(max_size=8) | st.integers() | st.floats() | st.booleans()
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
        max_leaves=6,
    )


def objects_like(usual: Mapping[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return objects like ``usual`` in which some members are gone and others hold anything at all."""
    changes = st.dictionaries(st.sampled_from(sorted(usual)), anything(), max_size=3)
    gone = st.sets(st.sampled_from(sorted(usual)), max_size=2)
    return st.builds(
        lambda changed, missing: {
            name: value for name, value in {**usual, **changed}.items() if name not in missing
        },
        changes,
        gone,
    )
