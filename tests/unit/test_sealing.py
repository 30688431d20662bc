"""Sealing and opening: what leaves memory, what comes back, and which state a field is in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from application.box import Boxed, encrypt, open_box, seal_content
from application.datakey import new_data_key, unwrap, wrap
from application.local_blobs import LocalBlobs
from application.sealing import Pending, join, seal_bytes, seal_fact, seal_facts, seal_value, store
from application.unsealing import disclose, open_content, open_values
from application.vault import Row, Vault
from domain.prose import BlobRef, Prose, SealedRef, prose, proses
from ledger import canonical
from ledger.disclosure import (
    Disclosure,
    Kind,
    check,
    commit,
    encode_disclosure,
    parse_disclosure,
)
from ledger.errors import IntegrityError, StoreError
from tests.support.vaults import MASTER, OTHER_MASTER, STREAM, Example, Inner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PERSON = "p-0123456789"
SECRET = "Ada Lovelace called at 02:11"


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    opened = Vault(tmp_path / "home" / "vault.db", MASTER)
    yield opened
    opened.close()


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobs:
    return LocalBlobs(tmp_path / "home" / "blobs")


def sealed(vault: Vault, blobs: LocalBlobs, value: object, subject: str | None = None) -> SealedRef:
    """Return the reference to a small value that is in the vault."""
    (fact,) = seal_facts([(STREAM, Example(code="x", title=prose(value, subject)))], vault, blobs)
    assert fact.title.sealed is not None
    return fact.title.sealed


def stored_blob(vault: Vault, blobs: LocalBlobs, content: bytes) -> BlobRef:
    """Return the reference to bytes that are in the blob store."""
    found, pending = seal_bytes(content, STREAM, vault)
    store(pending, vault, blobs)
    assert found.blob is not None
    return found.blob


@pytest.mark.req("R-EVT-04")
def test_a_sealed_fact_holds_references_only_and_its_clear_fields_are_untouched(
    vault: Vault, blobs: LocalBlobs
) -> None:
    fact = Example(
        code="checkout",
        title=prose(SECRET),
        parts=(Inner(name="a", note=prose(["k", SECRET])), Inner(name="b")),
        texts=(prose("x" * 5000),),
    )
    (found,) = seal_facts([(STREAM, fact)], vault, blobs)
    assert (found.code, [part.name for part in found.parts]) == ("checkout", ["a", "b"])
    references = list(proses(found))
    assert [(p.sealed is not None, p.blob is not None) for p in references] == [
        (True, False),
        (True, False),
        (False, True),
    ]
    values = open_values([ref for p in references if (ref := p.sealed or p.blob)], vault, blobs)
    assert [values[p.c] for p in references if p.c] == [SECRET, ["k", SECRET], "x" * 5000]


def test_a_sealed_fact_is_not_sealed_again(vault: Vault) -> None:
    once, _ = seal_fact(Example(code="x", title=prose("text")), STREAM, vault)
    assert seal_fact(once, STREAM, vault) == (once, Pending())


def test_nothing_is_stored_before_store(vault: Vault, blobs: LocalBlobs) -> None:
    found, pending = seal_value("text", STREAM, vault)
    assert found.c is not None
    assert vault.missing([found.c]) == {found.c}
    assert vault.examine_keys([pending.keys[0].kid]) == {}
    store(pending, vault, blobs)
    assert vault.missing([found.c]) == frozenset()


@pytest.mark.parametrize(("characters", "spills"), [(4094, False), (4095, True)])
def test_a_value_of_more_than_4096_bytes_of_json_becomes_a_blob(
    vault: Vault, characters: int, spills: bool
) -> None:
    found, pending = seal_value("x" * characters, STREAM, vault)
    assert (found.blob is not None) is spills
    assert len(pending.blobs) == spills


def test_bytes_become_a_blob_of_exactly_those_bytes(vault: Vault, blobs: LocalBlobs) -> None:
    (fact,) = seal_facts([(STREAM, Example(code="x", title=prose(b"\xff\x00raw")))], vault, blobs)
    assert fact.title.blob is not None
    assert open_content(fact.title.blob, vault, blobs).content == b"\xff\x00raw"


def test_bytes_that_are_no_json_are_left_out_of_values(vault: Vault, blobs: LocalBlobs) -> None:
    ref = stored_blob(vault, blobs, b"{ 'not': canonical }")
    assert open_values([ref], vault, blobs) == {}


def test_a_value_without_a_canonical_form_is_refused_before_anything_is_stored(vault: Vault) -> None:
    with pytest.raises(IntegrityError, match="an integer if a number"):
        seal_value(1.5, STREAM, vault)


def test_each_stream_and_subject_has_a_data_key_of_its_own(vault: Vault, blobs: LocalBlobs) -> None:
    kids = [
        sealed(vault, blobs, "a").kid,
        sealed(vault, blobs, "b").kid,
        sealed(vault, blobs, "c", PERSON).kid,
        vault.data_key("incident-other").kid,
    ]
    assert kids[0] == kids[1]
    assert len(set(kids)) == 3


def test_the_same_value_twice_has_two_commitments(vault: Vault, blobs: LocalBlobs) -> None:
    assert sealed(vault, blobs, "yes").c != sealed(vault, blobs, "yes").c


def test_keys_and_values_survive_a_restart(vault: Vault, blobs: LocalBlobs) -> None:
    ref = sealed(vault, blobs, SECRET, PERSON)
    vault.close()
    again = Vault(vault.path, MASTER)
    assert again.open(ref.c).value == SECRET
    assert again.data_key(STREAM, PERSON).kid == ref.kid
    again.close()


def test_no_value_key_or_salt_shows_in_a_repr(vault: Vault, blobs: LocalBlobs) -> None:
    ref = sealed(vault, blobs, SECRET)
    key = vault.data_key(STREAM)
    texts = [repr(x) for x in (vault.open(ref.c), vault.disclose(ref.c), key, open_content_of(vault, blobs))]
    assert not [text for text in texts if "Ada" in text or repr(key.key) in text or "salt" in text]


def open_content_of(vault: Vault, blobs: LocalBlobs) -> object:
    return open_content(stored_blob(vault, blobs, SECRET.encode()), vault, blobs)


def test_no_byte_of_a_value_or_a_key_is_in_the_files(vault: Vault, blobs: LocalBlobs) -> None:
    sealed(vault, blobs, SECRET)
    stored_blob(vault, blobs, SECRET.encode())
    key = vault.data_key(STREAM).key
    everything = b"".join(p.read_bytes() for p in vault.path.parent.rglob("*") if p.is_file())
    assert not [part for part in (b"Lovelace", key, MASTER) if part in everything]


@pytest.mark.req("R-EVT-04")
def test_a_disclosure_proves_the_value(vault: Vault, blobs: LocalBlobs) -> None:
    disclosure = vault.disclose(sealed(vault, blobs, SECRET).c)
    assert check(disclosure)
    assert disclosure.value == SECRET
    assert parse_disclosure(encode_disclosure(disclosure), "line 1") == disclosure
    assert not check(Disclosure(disclosure.c, disclosure.salt, "Grace Hopper called"))


def test_a_large_value_is_disclosed_too_but_not_as_a_small_one(vault: Vault, blobs: LocalBlobs) -> None:
    found, pending = seal_value("x" * 5000, STREAM, vault)
    store(pending, vault, blobs)
    assert found.blob is not None
    disclosure = disclose(found.blob, vault, blobs)
    assert check(disclosure, Kind.BLOB)
    assert not check(disclosure, Kind.SEALED)
    ref = sealed(vault, blobs, "small")
    assert disclose(ref, vault, blobs) == vault.disclose(ref.c)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b'{"c":"' + b"a" * 64 + b'","salt":"' + b"0" * 64 + b'"}', "c, salt and value"),
        (b'{"c":"' + b"a" * 64 + b'","extra":1,"salt":"' + b"0" * 64 + b'","value":1}', "c, salt and value"),
        (b'["c"]', "c, salt and value"),
        (b'{"c":"' + b"A" * 64 + b'","salt":"' + b"0" * 64 + b'","value":1}', "hexadecimal"),
        (b'{"c":"' + b"a" * 64 + b'","salt":"' + b"0" * 62 + b'","value":1}', "hexadecimal"),
        (b'{"c":"' + b"a" * 64 + b'","salt":1,"value":1}', "hexadecimal"),
        (b'{"c":"' + b"a" * 64 + b'", "salt":"' + b"0" * 64 + b'","value":1}', "canonical JSON"),
        (b"", "canonical JSON"),
    ],
)
def test_a_disclosure_in_any_other_form_is_refused(line: bytes, expected: str) -> None:
    with pytest.raises(IntegrityError, match=expected):
        parse_disclosure(line, "line 1")


@pytest.mark.parametrize(
    "disclosure",
    [Disclosure("a" * 64, b"short", "x"), Disclosure("a" * 64, bytes(32), [1.5])],  # type: ignore[list-item]  # on purpose: no float is JSON here
)
def test_what_cannot_have_been_committed_to_does_not_check(disclosure: Disclosure) -> None:
    assert not check(disclosure)


def test_a_salt_of_another_length_has_no_commitment() -> None:
    with pytest.raises(IntegrityError, match="32 bytes"):
        commit(bytes(31), b'"x"')


def test_a_holder_of_the_data_key_cannot_box_another_value_under_a_commitment() -> None:
    key = bytes(range(32))
    honest = seal_content(b'"yes"', key, Kind.SEALED)
    forged = seal_content(b'"no"', key, Kind.SEALED, bytes)
    with pytest.raises(IntegrityError):
        open_box(Boxed(honest.c, forged.box), key, Kind.SEALED, "row")


def test_the_commitment_is_checked_even_when_the_tag_is_good() -> None:
    key, c = bytes(range(32)), commit(bytes(32), b'"yes"')
    box = encrypt(key, bytes(32) + b'"no"', bytes.fromhex(c))
    with pytest.raises(IntegrityError, match=f"a value with commitment {c}"):
        open_box(Boxed(c, box), key, Kind.SEALED, "row")


def test_opening_a_commitment_that_is_not_there_says_so(vault: Vault) -> None:
    with pytest.raises(IntegrityError, match="expected a sealed value, found none"):
        vault.open("a" * 64)


def test_many_values_are_read_at_once(vault: Vault, blobs: LocalBlobs) -> None:
    facts = [(f"incident-{i % 7}", Example(code="x", title=prose(i))) for i in range(3000)]
    found = seal_facts(facts, vault, blobs)
    cs = [fact.title.c for fact in found if fact.title.c]
    opened = vault.open_many([*cs, "0" * 64])
    assert [opened[c].value for c in cs] == list(range(3000))
    assert vault.missing([*cs, "0" * 64]) == {"0" * 64}
    assert vault.open_many([]) == {}


def test_everything_pending_is_joined_with_each_key_once(vault: Vault) -> None:
    parts = [seal_value(value, STREAM, vault)[1] for value in ("a", "b", "x" * 5000)]
    joined = join(parts)
    assert (len(joined.rows), len(joined.keys), len(joined.blobs)) == (3, 1, 1)


def test_storing_nothing_is_no_transaction(vault: Vault, blobs: LocalBlobs) -> None:
    vault.close()
    store(Pending(), vault, blobs)
    with pytest.raises(StoreError, match="already closed"):
        vault.put([Row(c="a" * 64, kid="0" * 32, box=b"")], [])


def test_a_data_key_opens_under_its_master_key_and_its_own_name_only() -> None:
    key = new_data_key("incident-1", None)
    wrapped = wrap(key, MASTER)
    assert len(wrapped) == 60
    assert unwrap(key.kid, "incident-1", None, wrapped, MASTER) == key
    for kid, stream, subject, master in [
        ("0" * 32, "incident-1", None, MASTER),
        (key.kid, "incident-2", None, MASTER),
        (key.kid, "incident-1", PERSON, MASTER),
        (key.kid, "incident-1", None, OTHER_MASTER),
    ]:
        with pytest.raises(IntegrityError):
            unwrap(kid, stream, subject, wrapped, master)


def test_a_blob_is_no_value_of_the_vault_but_is_not_missing_either(vault: Vault, blobs: LocalBlobs) -> None:
    ref = stored_blob(vault, blobs, b"x")
    assert vault.examine([ref.c]) == {}
    assert vault.missing([ref.c]) == frozenset()


def test_references_have_the_forms_of_the_design(vault: Vault, blobs: LocalBlobs) -> None:
    small, large = sealed(vault, blobs, "a"), stored_blob(vault, blobs, b"b")
    assert re.fullmatch("[0-9a-f]{64}", small.c)
    assert re.fullmatch("[0-9a-f]{32}", small.kid)
    assert large.size == 12 + 32 + 1 + 16
    assert len(blobs.get(large.sha256)) == large.size
    assert canonical.encode({"c": small.c, "kid": small.kid})
    assert Prose(sealed=small).c == small.c
