"""Text inside CommonMark documents: escaped so that it stays text (R-ART-02).

`escape` takes one line, as `projections.placeholder` makes it, to be printed after other words on a
line. It leaves placeholders as they are.
"""

from __future__ import annotations

import re

# The rest of ASCII punctuation only has a meaning at the start of a line, or after these.
_ACTIVE = re.compile(r"([\\`*_\[\]<>&~|#$])")
_OPENS_A_BLOCK = re.compile(r"\A(?:(?P<sign>[-+=])|(?P<number>[0-9]{1,9})(?P<dot>[.)])(?=\s|\Z))")
_BARE_LINK = re.compile(r"(?i)(https?|ftp|mailto|xmpp)(:)|(www)(\.)|(@)")


def escape(line: str) -> str:
    """Return ``line`` so that CommonMark, and GitHub's dialect, print it unchanged and link nothing."""
    return _BARE_LINK.sub(_unlinked, _ACTIVE.sub(r"\\\1", line))


def first(line: str) -> str:
    """Return an escaped ``line`` so that it opens no list and underlines nothing where it begins a block."""
    return _OPENS_A_BLOCK.sub(_plain_start, line)


def _plain_start(found: re.Match[str]) -> str:
    return f"\\{found['sign']}" if found["sign"] else f"{found['number']}\\{found['dot']}"


def _unlinked(found: re.Match[str]) -> str:
    word = found.group(1) or found.group(3) or ""
    return f"{word}\\{found.group(0)[len(word) :]}"
