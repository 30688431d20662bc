"""Why the verifier could not look at something; what it saw and refused is an `IntegrityError`.

VerifierError
├── NotThere     the source has no such file
├── Unreadable   it has, but the file could not be read: no permission, no connection
├── Refused      an earlier step has refused the file and said so already
└── WrongUse     an argument makes no sense; nothing was checked
"""

from __future__ import annotations


class VerifierError(Exception):
    """The root of every error that is about checking, not about the evidence."""


class NotThere(VerifierError):
    """The source has no file at ``path``."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path}: no such file")
        self.path = path


class Unreadable(VerifierError):
    """The file at ``path`` could not be read."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class Refused(VerifierError):
    """Another step has refused the file at ``path``; nothing may use its bytes."""


class WrongUse(VerifierError):
    """The caller's own input, such as a verifier key, cannot be used."""
