"""PKCS#11 URIs (RFC 7512), the part that names one private key and how to reach it.

In the path: ``token``, ``serial``, ``object``, ``id`` and ``type=private``. In the query: ``module-path`` and
``pin-source`` (``file:PATH`` or ``env:NAME``). ``pin-value`` is refused: a PIN in a setting ends in process
lists and logs. Anything else is refused too, because a constraint that is ignored may name another key.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

import msgspec

from ledger.errors import KeyUnavailable

PATH_NAMES = frozenset({"token", "serial", "object", "id", "type"})
QUERY_NAMES = frozenset({"module-path", "pin-source"})


class Pkcs11Uri(msgspec.Struct, frozen=True, kw_only=True):
    """Where a key is: the module to load, the token and object to look for, the PIN's own URI."""

    text: str  # the URI without its query, fit for messages
    module_path: str
    pin_source: str | None
    token: str | None
    serial: bytes | None
    label: str | None
    id: bytes | None


def parse_pkcs11_uri(uri: str) -> Pkcs11Uri:
    """Return the parts of a ``pkcs11:`` URI, or raise `KeyUnavailable` with what it lacks."""
    path, _, query = uri.removeprefix("pkcs11:").partition("?")
    text = f"pkcs11:{path}"
    where = _attributes(text, path, ";", PATH_NAMES)
    how = _attributes(text, query, "&", QUERY_NAMES)
    _check(text, where, how)
    return Pkcs11Uri(
        text=text,
        module_path=how["module-path"].decode(),
        pin_source=_text(how.get("pin-source")),
        token=_text(where.get("token")),
        serial=where.get("serial"),
        label=_text(where.get("object")),
        id=where.get("id"),
    )


def _attributes(uri: str, text: str, separator: str, known: frozenset[str]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for part in filter(None, text.split(separator)):
        name, equals, value = part.partition("=")
        if name not in known or not equals or name in found:
            raise KeyUnavailable(uri, f"expected each of {sorted(known)} at most once, found {name!r}")
        found[name] = unquote_to_bytes(value)
    return found


def _check(uri: str, where: Mapping[str, bytes], how: Mapping[str, bytes]) -> None:
    if "module-path" not in how:
        raise KeyUnavailable(uri, "expected module-path=… in the query, the device's PKCS#11 library")
    if not where.keys() & {"object", "id"}:
        raise KeyUnavailable(uri, "expected object=… or id=… to name one key")
    if where.get("type", b"private") != b"private":
        raise KeyUnavailable(uri, "expected type=private")
    try:
        for value in (*how.values(), where.get("token", b""), where.get("object", b"")):
            value.decode()
    except UnicodeDecodeError as error:
        raise KeyUnavailable(uri, "expected UTF-8 text in its attributes") from error


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()
