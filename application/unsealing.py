"""From references back to what they stand for, and the state of each in the live store (design section 3)."""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping
from contextlib import suppress

from application.blobs import Blobs
from application.box import Boxed, Unboxed, open_box
from application.box_stream import OVERHEAD, unboxed
from application.datakey import DataKey
from application.references import Ref
from application.sealing import SPILLED_AT_MOST
from application.vault import Vault
from application.vault_reader import Opened
from domain.prose import BlobRef, SealedRef
from ledger import canonical
from ledger.canonical import Json
from ledger.disclosure import Disclosure, Kind, State
from ledger.errors import IntegrityError


def states(
    refs: Collection[Ref],
    vault: Vault,
    blobs: Blobs,
    erased: Container[str] = (),
    hidden: Container[str] = (),
) -> Mapping[str, State]:
    """Return the state of each reference by its ``c``: what is stored is opened and checked.

    ``erased`` holds each ``kid`` named by a ``personal-data-erased`` fact, ``hidden`` each ``c`` that this
    reader may not see. *Lost* and *broken* are faults; a value that is hidden is checked all the same.
    """
    values = vault.examine([ref.c for ref in refs if isinstance(ref, SealedRef)])
    keys = vault.examine_keys({ref.kid for ref in refs if isinstance(ref, BlobRef)})
    found: dict[str, State] = {}
    for ref in refs:
        if ref.kid in erased:
            found[ref.c] = State.ERASED
            continue
        state = (
            _of_value(ref, values.get(ref.c)) if isinstance(ref, SealedRef) else _of_blob(ref, keys, blobs)
        )
        found[ref.c] = State.WITHHELD if state is State.DISCLOSED and ref.c in hidden else state
    return found


def open_values(refs: Collection[Ref], vault: Vault, blobs: Blobs) -> Mapping[str, Json]:
    """Return the JSON value of each reference that opens, by its ``c``; `states` explains the others."""
    opened = vault.open_many([ref.c for ref in refs if isinstance(ref, SealedRef)])
    values = {c: found.value for c, found in opened.items()}
    # What is larger was uploaded: bytes, of which no view shows anything.
    spilled = [ref for ref in refs if isinstance(ref, BlobRef) and ref.size <= SPILLED_AT_MOST]
    return values | _spilled(spilled, vault, blobs)


def open_content(ref: BlobRef, vault: Vault, blobs: Blobs) -> Unboxed:
    """Return salt and content of a blob; raise `IntegrityError` if it is missing, erased or another."""
    found = _examine_blob(ref, vault.examine_keys({ref.kid}), blobs)
    if found is None:
        raise IntegrityError(f"blob {ref.c}", "its file and its data key", "none")
    if isinstance(found, IntegrityError):
        raise found
    return found


def disclose(ref: Ref, vault: Vault, blobs: Blobs) -> Disclosure:
    """Return what proves the JSON value behind a reference; raises as `open_content` does."""
    if isinstance(ref, SealedRef):
        return vault.disclose(ref.c)
    unboxed = open_content(ref, vault, blobs)
    return Disclosure(ref.c, unboxed.salt, _json(ref, unboxed))


def _examine_blob(
    ref: BlobRef, keys: Mapping[str, DataKey | IntegrityError], blobs: Blobs
) -> Unboxed | IntegrityError | None:
    key = keys.get(ref.kid)
    if key is None or isinstance(key, IntegrityError):
        return key
    try:
        box = blobs.find(ref.sha256)
        return None if box is None else open_box(Boxed(ref.c, box), key.key, Kind.BLOB, f"blob {ref.c}")
    except IntegrityError as error:
        return error


def _of_value(ref: SealedRef, content: Opened | IntegrityError | None) -> State:
    if content is None:
        return State.LOST
    # A value under another data key than its fact says would outlive the erasure of that key.
    return State.DISCLOSED if isinstance(content, Opened) and content.kid == ref.kid else State.BROKEN


def _of_blob(ref: BlobRef, keys: Mapping[str, DataKey | IntegrityError], blobs: Blobs) -> State:
    key = keys.get(ref.kid)
    if key is None:
        return State.LOST
    if isinstance(key, IntegrityError):
        return State.BROKEN
    try:
        chunks = blobs.chunks(ref.sha256)
        if chunks is None:
            return State.LOST
        # Read to the end piece by piece: an uploaded file does not fit into memory.
        size = sum(map(len, unboxed(chunks, key.key, ref.c, f"blob {ref.c}")))
    except IntegrityError:
        return State.BROKEN
    return State.DISCLOSED if size + OVERHEAD == ref.size else State.BROKEN


def _spilled(refs: Collection[BlobRef], vault: Vault, blobs: Blobs) -> dict[str, Json]:
    keys = vault.examine_keys({ref.kid for ref in refs})
    values: dict[str, Json] = {}
    for ref in refs:
        found = _examine_blob(ref, keys, blobs)
        if isinstance(found, Unboxed):
            # A raw delivery is bytes and no value of ours; it is left out.
            with suppress(IntegrityError):
                values[ref.c] = _json(ref, found)
    return values


def _json(ref: BlobRef, unboxed: Unboxed) -> Json:
    return canonical.decode(unboxed.content, f"blob {ref.c}")
