"""Variables of a sender's template that were not filled in: they stand for nothing."""

from __future__ import annotations

import re

# $HOST_NAME and ${host}; {HOST.NAME}, {#FSNAME} and {$LIMIT}; {{ .CommonLabels.alertname }}.
_MACRO = re.compile(r"\$[A-Z][A-Z0-9_.]+|\$\{[^{}]*\}|\{[#$]?[A-Z][A-Z0-9_.:]*\}|\{\{[^{}]*\}\}")


def filled_in(text: str | None) -> str | None:
    """Return ``text`` unless it is nothing but a variable that was not filled in."""
    return None if text is None or _MACRO.fullmatch(text.strip()) else text


def has_macro(text: str) -> bool:
    """Return whether a variable that was not filled in stands anywhere in ``text``."""
    return _MACRO.search(text) is not None
