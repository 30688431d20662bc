"""The keys an auditor has pinned. They come from an option or a folder of theirs, never from the export."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ledger.checkpoint import peek_checkpoint
from ledger.errors import IntegrityError
from ledger.exportlayout import CHECKPOINT
from ledger.note import MAX_NOTE, VerifierKey, parse_vkey
from verifier.errors import VerifierError, WrongUse
from verifier.source import Source

MAX_KEY_FILE = 4_096  # bytes


def parse_pinned(text: str, place: str = "log key") -> VerifierKey:
    """Return the verifier key in ``text``, which may end in a line feed; raises `WrongUse`."""
    try:
        return parse_vkey(text.removesuffix("\n"))
    except IntegrityError as error:
        raise WrongUse(f"{place}: {error}") from error


def given_key(given: str) -> VerifierKey:
    """Return the key that an auditor gave, itself or as the name of a file; raises `WrongUse`."""
    path = Path(given)
    try:
        is_file = path.is_file()
    except (OSError, ValueError):  # no name that a file could have
        is_file = False
    return _read(path) if is_file else parse_pinned(given)


def check_outside(export: str, given: Iterable[str | Path]) -> None:
    """Raise `WrongUse` where keys lie in the export itself, which would then vouch for itself."""
    root = Path(export).absolute().resolve()
    for name in given:
        try:
            path = Path(name).absolute().resolve()
            inside = path.exists() and path.is_relative_to(root)
        except (OSError, ValueError):  # no name that a file could have
            continue
        if inside:
            raise WrongUse(
                f"{name}: expected a key from elsewhere, found it inside of what is to be verified"
            )


def trusted_keys(folder: Path) -> tuple[VerifierKey, ...]:
    """Return the keys in the ``*.vkey`` files of a folder; one that cannot be read is `WrongUse`."""
    return tuple(_read(path) for path in sorted(folder.glob("*.vkey")))


def keys_for(source: Source, keys: tuple[VerifierKey, ...]) -> tuple[VerifierKey, ...]:
    """Return those of ``keys`` that bear the name of the log in ``source``.

    An export that claims another name finds no key, and then its origin is not established.
    """
    try:
        origin = peek_checkpoint(source.read(CHECKPOINT, MAX_NOTE)).origin
    except (IntegrityError, VerifierError):
        return ()
    return tuple(key for key in keys if key.name == origin)


def _read(path: Path) -> VerifierKey:
    try:
        with path.open("rb") as file:
            text = file.read(MAX_KEY_FILE)
    except OSError as error:
        raise WrongUse(f"{path}: {error.strerror}") from error
    return parse_pinned(text.decode("ascii", "replace"), str(path))
