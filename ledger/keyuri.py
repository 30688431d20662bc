"""Signing keys by URI (design section 4, "Who signs").

``file:PATH`` is a key file that nobody but its owner may touch (`ledger.keyfile`), ``env:NAME`` the same text
in an environment variable, ``pkcs11:…`` (RFC 7512) a key inside a device (`ledger.hsm`).
"""

from __future__ import annotations

import os
from pathlib import Path

from ledger.errors import KeyUnavailable
from ledger.keyfile import read_private_file, signer_of_text
from ledger.signer import Signer


def open_signer(uri: str) -> Signer:
    """Return the signer behind a key URI, or raise `KeyUnavailable` saying what the operator can do."""
    scheme, colon, rest = uri.partition(":")
    if scheme == "file" and rest:
        return signer_of_text(uri, read_private_file(uri, Path(rest)))
    if scheme == "env" and rest:
        return signer_of_text(uri, _read_variable(uri, rest))
    if scheme == "pkcs11" and rest:
        return _device_signer(uri)
    # Whatever this is, it may be a secret in the wrong place.
    shown = f"{scheme}:" if colon else "without a scheme"
    raise KeyUnavailable(shown, "expected file:PATH, env:NAME or pkcs11:…")


def open_secret(uri: str) -> bytes:
    """Return the secret text behind ``file:PATH`` or ``env:NAME``, or raise `KeyUnavailable`."""
    scheme, _, rest = uri.partition(":")
    if scheme == "file" and rest:
        return read_private_file(uri, Path(rest))
    if scheme == "env" and rest:
        return _read_variable(uri, rest)
    raise KeyUnavailable(f"{scheme}:", "expected file:PATH or env:NAME")


def _device_signer(uri: str) -> Signer:
    try:
        # Late, because most installations live without the extra.
        from ledger.hsm import open_hsm_signer  # noqa: PLC0415 - late, see above
    except ImportError as error:
        raise KeyUnavailable("pkcs11:", "install tallystick with the extra [pkcs11]") from error
    return open_hsm_signer(uri)


def _read_variable(uri: str, name: str) -> bytes:
    value = os.environ.get(name)
    if value is None:
        raise KeyUnavailable(uri, "the environment variable is not set")
    return os.fsencode(value)
