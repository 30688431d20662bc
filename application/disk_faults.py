"""Faults of disks and of object stores, as the ledger's own errors."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from obstore.exceptions import BaseError

from ledger.errors import StoreError, StoreFull

_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Raise `StoreFull` or `StoreError` for errors of the operating system and of obstore."""
    try:
        yield
    except (OSError, BaseError) as error:
        message = f"{what}: {str(error).splitlines()[0]}"
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            raise StoreFull(f"{message}; nothing was written, free some room and try again") from error
        raise StoreError(message) from error
