"""What a condition is known by: a key fit to be stated in clear, or a hash that stands for it."""

from __future__ import annotations

import json
from hashlib import sha256

from domain.text import code


def key_of(text: str) -> str:
    """Return the sender's own key as it is, or its SHA-256 if it is too long or has invisible characters.

    What is stated in clear is cut and cleaned; a key that this would change could be taken for another.
    """
    return text if code(text) == text else sha256(text.encode()).hexdigest()


def hash_of(*parts: str) -> str:
    """Return the SHA-256 of ``parts`` as a JSON array, so that no two lists of parts have one hash."""
    return sha256(json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
