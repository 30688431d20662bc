"""Frozen bytes of sealed fields: a change of any of them is a change of format.

They are read from docs/formats/sealed-fields.md, where `make_sealed_vectors` put them: ``openssl`` and a
second GCM computed them, not the code under test.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from application.box import Boxed, Entropy, encrypt, open_box, seal_content
from application.datakey import DataKey, unwrap, wrap
from application.sealing import seal_blob
from ledger import canonical
from ledger.disclosure import Disclosure, Kind, check, commit, encode_disclosure, parse_disclosure

PAGE = Path(__file__).parents[2] / "docs" / "formats" / "sealed-fields.md"

MASTER = bytes.fromhex("a0" * 32)
DATA_KEY = bytes.fromhex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
SALT = bytes.fromhex("202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f")
NONCE = bytes.fromhex("404142434445464748494a4b")
KID = "505152535455565758595a5b5c5d5e5f"
STREAM = "incident-0193b3c0a1b27c3d8e4f5a6b7c8d9e0f"
SUBJECT = "p-7f3a"
VALUE = "Database “primary” is down"


def scripted(*parts: bytes) -> Entropy:
    """Return entropy that hands out ``parts`` in turn."""
    left = list(parts)

    def entropy(size: int) -> bytes:
        part = left.pop(0)
        assert len(part) == size
        return part

    return entropy


VECTORS = dict(
    re.findall(r"^\| `([a-z0-9-]+)` \| `([^`]*)` \|$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
)


@pytest.mark.req("R-EVT-04")
def test_the_sealed_vector() -> None:
    boxed = seal_content(canonical.encode(VALUE), DATA_KEY, Kind.SEALED, scripted(SALT, NONCE))
    assert boxed.c == VECTORS["sealed-c"] == commit(SALT, canonical.encode(VALUE))
    assert boxed.box.hex() == VECTORS["sealed-box"]
    assert open_box(boxed, DATA_KEY, Kind.SEALED, "vector").salt == SALT


def test_the_blob_vector() -> None:
    key = DataKey(kid=KID, key=DATA_KEY, stream=STREAM)
    boxed = seal_content(b"raw \xff\n", DATA_KEY, Kind.BLOB, scripted(SALT, NONCE))
    assert boxed.c == VECTORS["blob-c"]
    assert boxed.box.hex() == VECTORS["blob-stored"]
    ref, stored = seal_blob(b"raw \xff\n", key, scripted(SALT, NONCE))
    assert stored == boxed.box
    assert (ref.c, ref.kid, ref.sha256, str(ref.size)) == (
        VECTORS["blob-c"],
        KID,
        VECTORS["blob-sha256"],
        VECTORS["blob-size"],
    )


def test_the_data_key_vector() -> None:
    key = DataKey(kid=KID, key=DATA_KEY, stream=STREAM, subject=SUBJECT)
    assert wrap(key, MASTER, scripted(NONCE)).hex() == VECTORS["wrapped-key"]
    assert unwrap(KID, STREAM, SUBJECT, bytes.fromhex(VECTORS["wrapped-key"]), MASTER) == key
    alone = DataKey(kid=KID, key=DATA_KEY, stream=STREAM)
    assert wrap(alone, MASTER, scripted(NONCE)).hex() == VECTORS["wrapped-key-no-subject"]


def test_the_proof_of_the_master_key() -> None:
    text = b"tallystick/vault/v1\n"
    assert encrypt(MASTER, text, text, scripted(NONCE)).hex() == VECTORS["master-proof"]


@pytest.mark.req("R-EVT-04")
def test_the_disclosure_vector() -> None:
    line = VECTORS["disclosure"].encode()
    found = parse_disclosure(line, "vector")
    assert found == Disclosure(VECTORS["sealed-c"], SALT, VALUE)
    assert check(found)
    assert encode_disclosure(found) == line


def test_each_kind_of_value_has_the_commitment_that_was_written_down() -> None:
    assert commit(SALT, b"null") == VECTORS["null-c"]
    assert commit(SALT, canonical.encode([["a", "1"], ["b", "ü"]])) == VECTORS["pairs-c"]
    assert commit(SALT, b"") == VECTORS["empty-c"]


def test_the_vectors_open_without_our_sealing() -> None:
    boxed = Boxed(VECTORS["sealed-c"], bytes.fromhex(VECTORS["sealed-box"]))
    assert open_box(boxed, DATA_KEY, Kind.SEALED, "vector").content == canonical.encode(VALUE)
