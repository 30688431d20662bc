"""Which program this is."""

from __future__ import annotations

import importlib.metadata
import platform
import sqlite3

import msgspec


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """The versions that decide how the program behaves."""

    tallystick: str
    python: str
    sqlite: str


def program_version() -> str:
    """Return the version of the installed program."""
    return importlib.metadata.version("tallystick")


def program() -> Program:
    """Return the versions of the program, of Python and of SQLite."""
    return Program(
        tallystick=program_version(), python=platform.python_version(), sqlite=sqlite3.sqlite_version
    )
