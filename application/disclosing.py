"""Sealed texts that go with an export, each with what proves it (design 3, "Disclosure")."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeAlias

from application.blobs import Blobs
from application.references import Ref
from application.unsealing import disclose
from application.vault import Vault
from domain.prose import BlobRef
from ledger.disclosure import Disclosure
from ledger.errors import IntegrityError

MAX_TEXT: Final = 1 << 25  # bytes; whatever is larger is a file, not a text

Opens: TypeAlias = Callable[[Ref], Disclosure | None]
"""Returns what proves the text behind a reference, None where it does not open or is none."""


def opener(vault: Vault, blobs: Blobs) -> Opens:
    """Return what opens texts with the keys of ``vault``."""

    def opens(ref: Ref) -> Disclosure | None:
        if isinstance(ref, BlobRef) and ref.size > MAX_TEXT:
            return None
        try:
            return disclose(ref, vault, blobs)
        except IntegrityError:
            # Erased, lost or a file: withheld here; `log fsck` says which.
            return None

    return opens


def disclosures(refs: Iterable[Ref], opens: Opens) -> Iterator[Disclosure]:
    """Yield what opens, each once, in ascending order of commitments."""
    by_c = {ref.c: ref for ref in refs}
    for c in sorted(by_c):
        found = opens(by_c[c])
        if found is not None:
            yield found
