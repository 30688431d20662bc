"""The keys with which monitoring tools sign, found by URI, never in the configuration itself.

``file:PATH`` is a file that nobody but its owner may touch, ``env:NAME`` an environment variable; either
holds the key's text as the tool has it, and one line feed at the end is no part of it.
"""

from __future__ import annotations

import os
from pathlib import Path

from ledger.errors import KeyUnavailable
from ledger.keyfile import read_private_file


def open_source_key(uri: str) -> bytes:
    """Return the key behind ``uri``, or raise `KeyUnavailable` saying what the operator can do."""
    scheme, _, rest = uri.partition(":")
    if scheme == "file" and rest:
        return _key(uri, read_private_file(uri, Path(rest)))
    if scheme == "env" and rest:
        return _key(uri, os.environb.get(os.fsencode(rest)))
    # Whatever this is, it may be the key itself in the wrong place, so nothing of it is repeated.
    raise KeyUnavailable("of a source", "expected file:PATH or env:NAME")


def _key(uri: str, text: bytes | None) -> bytes:
    if text is None:
        raise KeyUnavailable(uri, "the environment variable is not set")
    key = text.removesuffix(b"\n").removesuffix(b"\r")
    if not key:
        raise KeyUnavailable(uri, "expected a key, found nothing")
    return key
