"""PKCS#11 URIs: what names a key in a device, and what is refused."""

from __future__ import annotations

import pytest

from ledger.errors import KeyUnavailable
from ledger.pkcs11uri import Pkcs11Uri, parse_pkcs11_uri


def test_all_known_attributes_are_read() -> None:
    uri = (
        "pkcs11:token=My%20token;serial=42;object=log%2Dkey;id=%01%ff;type=private"
        "?module-path=/usr/lib/m.so&pin-source=file:/etc/pin"
    )
    assert parse_pkcs11_uri(uri) == Pkcs11Uri(
        text="pkcs11:token=My%20token;serial=42;object=log%2Dkey;id=%01%ff;type=private",
        module_path="/usr/lib/m.so",
        pin_source="file:/etc/pin",
        token="My token",
        serial=b"42",
        label="log-key",
        id=b"\x01\xff",
    )


def test_what_is_not_said_is_not_looked_for() -> None:
    where = parse_pkcs11_uri("pkcs11:object=k?module-path=/m.so")
    assert (where.token, where.serial, where.id, where.pin_source) == (None, None, None, None)


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("pkcs11:object=k", "expected module-path="),
        ("pkcs11:token=t?module-path=/m.so", "expected object="),
        ("pkcs11:object=k;type=public?module-path=/m.so", "expected type=private"),
        ("pkcs11:object=k;slot-id=1?module-path=/m.so", "found 'slot-id'"),
        ("pkcs11:object=k;object=k?module-path=/m.so", "found 'object'"),
        ("pkcs11:object?module-path=/m.so", "found 'object'"),
        ("pkcs11:object=%ff?module-path=/m.so", "expected UTF-8"),
    ],
)
def test_a_uri_that_does_not_name_one_key_is_refused(uri: str, why: str) -> None:
    with pytest.raises(KeyUnavailable, match=why):
        parse_pkcs11_uri(uri)


def test_a_pin_in_the_uri_is_refused_and_not_repeated() -> None:
    with pytest.raises(KeyUnavailable, match="found 'pin-value'") as caught:
        parse_pkcs11_uri("pkcs11:object=k?module-path=/m.so&pin-value=271828")
    assert "271828" not in str(caught.value)
