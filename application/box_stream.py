"""The box of a blob that is too large for memory: the same bytes as `application.box`, piece by piece."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from application.box import NONCE_SIZE, Entropy
from ledger.disclosure import SALT_SIZE, Kind, committing
from ledger.errors import IntegrityError

TAG_SIZE: Final = 16
OVERHEAD: Final = NONCE_SIZE + SALT_SIZE + TAG_SIZE
"""How many bytes more than its content a box has."""


class BoxMaker:
    """Makes one box, the same bytes each time: its commitment is known, its nonce was drawn for it alone."""

    def __init__(self, key: bytes, c: str, salt: bytes, entropy: Entropy = os.urandom) -> None:
        self._key, self._c, self._salt = key, c, salt
        self._nonce = entropy(NONCE_SIZE)

    def box(self, content: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the box of ``content``, which must be what ``c`` commits to under ``salt``, each time."""
        encryptor = Cipher(algorithms.AES256(self._key), modes.GCM(self._nonce)).encryptor()
        encryptor.authenticate_additional_data(bytes.fromhex(self._c))
        yield self._nonce + encryptor.update(self._salt)
        for piece in content:
            yield encryptor.update(piece)
        yield encryptor.finalize() + encryptor.tag


def unboxed(box: Iterable[bytes], key: bytes, c: str, place: str) -> Iterator[bytes]:
    """Yield the content of a box, and raise `IntegrityError` at the end unless it is what ``c`` commits to.

    Until then nothing is proven: who gives any of it out before has verified nothing.
    """
    pieces = iter(box)
    held = _front(pieces, place)
    decryptor = Cipher(algorithms.AES256(key), modes.GCM(held[:NONCE_SIZE])).decryptor()
    decryptor.authenticate_additional_data(bytes.fromhex(c))
    digest = committing(decryptor.update(held[NONCE_SIZE : NONCE_SIZE + SALT_SIZE]), Kind.BLOB)
    held = held[NONCE_SIZE + SALT_SIZE :]
    for more in chain((b"",), pieces):
        held += more
        # The last bytes may be the tag: they wait until more has come.
        piece = decryptor.update(held[:-TAG_SIZE])
        held = held[-TAG_SIZE:]
        digest.update(piece)
        yield piece
    try:
        decryptor.finalize_with_tag(held)
    except InvalidTag as error:
        raise IntegrityError(place, "a box that its key opens", "bytes it does not open") from error
    # The tag says that a holder of the key made the box; only the commitment says that it is this content.
    if (found := digest.hexdigest()) != c:
        raise IntegrityError(place, f"content with commitment {c}", found)


def _front(pieces: Iterator[bytes], place: str) -> bytes:
    """Return the first pieces, as many as hold nonce, salt and tag."""
    front = b""
    while len(front) < OVERHEAD:
        if (piece := next(pieces, None)) is None:
            raise IntegrityError(place, f"at least {OVERHEAD} bytes", f"{len(front)} bytes")
        front += piece
    return front
