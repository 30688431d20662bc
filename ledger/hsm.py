"""An Ed25519 key that stays inside a PKCS#11 device (extra ``pkcs11``; URI forms in `ledger.pkcs11uri`).

The device must know CKM_EDDSA over edwards25519 (PKCS#11 3.0) and hold the public key beside the private one.
A device that fails, is unplugged or signs something else than asked raises `KeyUnavailable`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pkcs11
from pkcs11.constants import Attribute, ObjectClass
from pkcs11.exceptions import PKCS11Error, UserAlreadyLoggedIn
from pkcs11.mechanisms import KeyType, Mechanism
from pkcs11.types import SignMixin

from ledger.errors import IntegrityError, KeyUnavailable
from ledger.keyfile import read_private_file
from ledger.pkcs11uri import Pkcs11Uri, parse_pkcs11_uri
from ledger.signer import Signer, verify_signature

SELF_TEST = b"tallystick/self-test/v1\n"


class HsmSigner:
    """A signer whose private key never leaves the device; the library makes threads wait for each other."""

    def __init__(self, name: str, private_key: SignMixin, public_key: bytes) -> None:
        self._name = name
        self._key = private_key
        self.public_key = public_key

    def sign(self, message: bytes) -> bytes:
        """Return the Ed25519 signature of ``message``, made by the device."""
        with _device_errors(self._name):
            return bytes(self._key.sign(message, mechanism=Mechanism.EDDSA))


def open_hsm_signer(uri: str) -> Signer:
    """Return a signer logged in at the device, after one signature to show that the key pair fits."""
    where = parse_pkcs11_uri(uri)
    with _device_errors(where.text):
        session = _session(where)
        try:
            return _tested(where, _key_pair(where, session))
        except BaseException:
            session.close()
            raise


def raw_point(point: bytes) -> bytes:
    """Return the public key's 32 bytes: newer devices give them bare, others as a DER octet string."""
    return point.removeprefix(b"\x04\x20") if len(point) == 34 else point


def _session(where: Pkcs11Uri) -> pkcs11.Session:
    token = _token(where)
    try:
        return token.open(user_pin=_pin(where))
    except UserAlreadyLoggedIn:
        # PKCS#11 logs in a whole process at a token: another key of this process has opened it before.
        return token.open()


def _key_pair(where: Pkcs11Uri, session: pkcs11.Session) -> HsmSigner:
    private_key = _one(where, session, ObjectClass.PRIVATE_KEY)
    if not isinstance(private_key, SignMixin):
        raise KeyUnavailable(where.text, "expected a key that may sign (CKA_SIGN)")
    public_key = _one(where, session, ObjectClass.PUBLIC_KEY)
    return HsmSigner(where.text, private_key, raw_point(public_key[Attribute.EC_POINT]))


def _tested(where: Pkcs11Uri, signer: HsmSigner) -> HsmSigner:
    try:
        verify_signature(signer.public_key, SELF_TEST, signer.sign(SELF_TEST), where.text)
    except IntegrityError as error:
        raise KeyUnavailable(where.text, "its public and private key do not belong together") from error
    return signer


def _token(where: Pkcs11Uri) -> pkcs11.Token:
    library = pkcs11.lib(where.module_path)
    found = list(library.get_tokens(token_label=where.token, token_serial=where.serial))
    if len(found) != 1:
        raise KeyUnavailable(where.text, f"expected one such token, found {len(found)}")
    return found[0]


def _one(where: Pkcs11Uri, session: pkcs11.Session, kind: ObjectClass) -> pkcs11.Object:
    wanted: dict[Attribute, Any] = {Attribute.CLASS: kind, Attribute.KEY_TYPE: KeyType.EC_EDWARDS}
    if where.label is not None:
        wanted[Attribute.LABEL] = where.label
    if where.id is not None:
        wanted[Attribute.ID] = where.id
    found = list(session.get_objects(wanted))
    if len(found) != 1:
        raise KeyUnavailable(where.text, f"expected one Ed25519 {kind.name.lower()}, found {len(found)}")
    return found[0]


def _pin(where: Pkcs11Uri) -> str | None:
    if where.pin_source is None:
        return None
    try:
        return _secret(where, where.pin_source).decode().removesuffix("\n")
    except UnicodeDecodeError:
        # Not "from" the error, which quotes the PIN.
        raise KeyUnavailable(where.text, "expected a PIN in UTF-8") from None


def _secret(where: Pkcs11Uri, source: str) -> bytes:
    scheme, _, rest = source.partition(":")
    if scheme == "file":
        return read_private_file(where.text, Path(rest))
    if scheme == "env" and rest in os.environ:
        return os.fsencode(os.environ[rest])
    raise KeyUnavailable(where.text, "expected pin-source=file:PATH, or env:NAME of a set variable")


@contextmanager
def _device_errors(name: str) -> Iterator[None]:
    try:
        yield
    except PKCS11Error as error:
        raise KeyUnavailable(name, f"the device says {type(error).__name__} {error}".rstrip()) from error
