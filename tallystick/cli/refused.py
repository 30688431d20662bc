"""A command's answer is no: it was understood and done, and what it found is not good (exit 1)."""

from __future__ import annotations


class Refused(Exception):
    """Ends a command with exit 1; the message, if any, says why on standard error."""
