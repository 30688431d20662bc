"""Our import graph with the outside in it (standard library and third parties), as grimp reads it."""

from __future__ import annotations

import sys
from functools import cache

import grimp

from tests.support.tree import packages


@cache
def import_graph() -> grimp.ImportGraph:
    """Return the graph of every module of ours and of the outer packages they import."""
    first, *others = packages()
    return grimp.build_graph(first, *others, include_external_packages=True, cache_dir=None)


def is_ours(module: str) -> bool:
    """Return whether ``module`` is in one of our packages."""
    return module.split(".", 1)[0] in packages()


def modules_of(package: str) -> tuple[str, ...]:
    """Return ``package`` and every module below it, sorted."""
    below = import_graph().find_descendants(package)
    return tuple(sorted({package, *below}))


def outer_imports(module: str) -> frozenset[str]:
    """Return the names of the outer packages that ``module`` imports itself, standard library included."""
    return frozenset(
        name for name in import_graph().find_modules_directly_imported_by(module) if not is_ours(name)
    )


def third_parties(module: str) -> frozenset[str]:
    """Return the outer packages that ``module`` imports itself and that Python does not bring."""
    return outer_imports(module) - sys.stdlib_module_names
