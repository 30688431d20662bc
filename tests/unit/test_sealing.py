"""Sealing and opening: what leaves memory, what comes back, and which state a field is in."""

from __future__ import annotations

import os
import re
import sqlite3
import stat
from typing import TYPE_CHECKING

import pytest

from application.blobs import Blobs
from application.box import Boxed, encrypt, open_box, seal_content
from application.datakey import new_data_key, unwrap, wrap
from application.masterkey import create_master_key_file, open_master_key
from application.opening import disclose, open_content, open_values, states
from application.sealing import Pending, join, seal_bytes, seal_fact, seal_facts, seal_value, store
from application.vault import Row, Vault
from domain.prose import BlobRef, Prose, SealedRef, prose, proses
from ledger import canonical
from ledger.disclosure import (
    Disclosure,
    Kind,
    State,
    check,
    commit,
    encode_disclosure,
    parse_disclosure,
    state_of,
)
from ledger.errors import IntegrityError, KeyUnavailable, StoreError
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
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "home" / "blobs")


def sealed(vault: Vault, blobs: Blobs, value: object, subject: str | None = None) -> SealedRef:
    """Return the reference to a small value that is in the vault."""
    (fact,) = seal_facts([(STREAM, Example(code="x", title=prose(value, subject)))], vault, blobs)
    assert fact.title.sealed is not None
    return fact.title.sealed


def stored_blob(vault: Vault, blobs: Blobs, content: bytes) -> BlobRef:
    """Return the reference to bytes that are in the blob store."""
    found, pending = seal_bytes(content, STREAM, vault)
    store(pending, vault, blobs)
    assert found.blob is not None
    return found.blob


@pytest.mark.req("R-EVT-04")
def test_a_sealed_fact_holds_references_only_and_its_clear_fields_are_untouched(
    vault: Vault, blobs: Blobs
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


def test_nothing_is_stored_before_store(vault: Vault, blobs: Blobs) -> None:
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


def test_bytes_become_a_blob_of_exactly_those_bytes(vault: Vault, blobs: Blobs) -> None:
    (fact,) = seal_facts([(STREAM, Example(code="x", title=prose(b"\xff\x00raw")))], vault, blobs)
    assert fact.title.blob is not None
    assert open_content(fact.title.blob, vault, blobs).content == b"\xff\x00raw"


def test_bytes_that_are_no_json_are_left_out_of_values(vault: Vault, blobs: Blobs) -> None:
    ref = stored_blob(vault, blobs, b"{ 'not': canonical }")
    assert open_values([ref], vault, blobs) == {}


def test_a_value_without_a_canonical_form_is_refused_before_anything_is_stored(vault: Vault) -> None:
    with pytest.raises(IntegrityError, match="an integer if a number"):
        seal_value(1.5, STREAM, vault)


def test_each_stream_and_subject_has_a_data_key_of_its_own(vault: Vault, blobs: Blobs) -> None:
    kids = [
        sealed(vault, blobs, "a").kid,
        sealed(vault, blobs, "b").kid,
        sealed(vault, blobs, "c", PERSON).kid,
        vault.data_key("incident-other").kid,
    ]
    assert kids[0] == kids[1]
    assert len(set(kids)) == 3


def test_the_same_value_twice_has_two_commitments(vault: Vault, blobs: Blobs) -> None:
    assert sealed(vault, blobs, "yes").c != sealed(vault, blobs, "yes").c


def test_keys_and_values_survive_a_restart(vault: Vault, blobs: Blobs) -> None:
    ref = sealed(vault, blobs, SECRET, PERSON)
    vault.close()
    again = Vault(vault.path, MASTER)
    assert again.open(ref.c).value == SECRET
    assert again.data_key(STREAM, PERSON).kid == ref.kid
    again.close()


def test_no_value_key_or_salt_shows_in_a_repr(vault: Vault, blobs: Blobs) -> None:
    ref = sealed(vault, blobs, SECRET)
    key = vault.data_key(STREAM)
    texts = [repr(x) for x in (vault.open(ref.c), vault.disclose(ref.c), key, open_content_of(vault, blobs))]
    assert not [text for text in texts if "Ada" in text or repr(key.key) in text or "salt" in text]


def open_content_of(vault: Vault, blobs: Blobs) -> object:
    return open_content(stored_blob(vault, blobs, SECRET.encode()), vault, blobs)


def test_no_byte_of_a_value_or_a_key_is_in_the_files(vault: Vault, blobs: Blobs) -> None:
    sealed(vault, blobs, SECRET)
    stored_blob(vault, blobs, SECRET.encode())
    key = vault.data_key(STREAM).key
    everything = b"".join(p.read_bytes() for p in vault.path.parent.rglob("*") if p.is_file())
    assert not [part for part in (b"Lovelace", key, MASTER) if part in everything]


@pytest.mark.req("R-EVT-04")
def test_a_disclosure_proves_the_value(vault: Vault, blobs: Blobs) -> None:
    disclosure = vault.disclose(sealed(vault, blobs, SECRET).c)
    assert check(disclosure)
    assert disclosure.value == SECRET
    assert parse_disclosure(encode_disclosure(disclosure), "line 1") == disclosure
    assert not check(Disclosure(disclosure.c, disclosure.salt, "Grace Hopper called"))


def test_a_large_value_is_disclosed_too_but_not_as_a_small_one(vault: Vault, blobs: Blobs) -> None:
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


GIVEN = Disclosure(commit(bytes(32), b'"x"'), bytes(32), "x")
WRONG = Disclosure(GIVEN.c, bytes(32), "y")
OTHER = Disclosure(commit(bytes(32), b'"y"'), bytes(32), "y")


@pytest.mark.req("R-EVT-04", "R-CMP-31")
@pytest.mark.parametrize(
    ("disclosure", "erased", "state"),
    [
        (GIVEN, set(), State.DISCLOSED),
        (WRONG, set(), State.BROKEN),
        (OTHER, set(), State.BROKEN),
        (None, {"kid"}, State.ERASED),
        (None, {"another"}, State.WITHHELD),
        (None, set(), State.WITHHELD),
        # A copy from before the erasure still proves what it proved, and a false one is still false.
        (GIVEN, {"kid"}, State.DISCLOSED),
        (WRONG, {"kid"}, State.BROKEN),
    ],
)
def test_the_state_of_a_field_in_an_export(
    disclosure: Disclosure | None, erased: set[str], state: State
) -> None:
    assert state_of(GIVEN.c, "kid", disclosure, erased) is state


def test_a_field_is_not_disclosed_by_a_disclosure_of_the_other_kind() -> None:
    assert state_of(GIVEN.c, "kid", GIVEN, kind=Kind.BLOB) is State.BROKEN


@pytest.mark.req("R-EVT-04", "R-CMP-05")
def test_the_states_of_the_live_store(vault: Vault, blobs: Blobs) -> None:
    here, hidden, gone = (sealed(vault, blobs, text) for text in ("a", "b", "c"))
    erased = sealed(vault, blobs, "d", PERSON)
    large, lost, rotten = (stored_blob(vault, blobs, text) for text in (b"e", b"f", b"g"))
    vault.change(lambda db: db.execute("DELETE FROM sealed WHERE c IN (?, ?)", (gone.c, erased.c)))
    blobs.delete(lost.sha256)
    path = blobs.root / "sha256" / rotten.sha256[:2] / rotten.sha256
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    found = states(
        [here, hidden, gone, erased, large, lost, rotten], vault, blobs, {erased.kid}, {hidden.c, gone.c}
    )
    assert list(found.values()) == [
        State.DISCLOSED,
        State.WITHHELD,
        State.LOST,
        State.ERASED,
        State.DISCLOSED,
        State.LOST,
        State.BROKEN,
    ]


def test_an_erased_field_stays_erased_while_its_row_is_still_being_deleted(
    vault: Vault, blobs: Blobs
) -> None:
    ref = sealed(vault, blobs, "d", PERSON)
    assert states([ref], vault, blobs, erased={ref.kid}) == {ref.c: State.ERASED}


def test_a_row_without_its_data_key_is_lost(vault: Vault, blobs: Blobs) -> None:
    ref, large = sealed(vault, blobs, "a"), stored_blob(vault, blobs, b"b")
    delete_key(vault, ref.kid)
    assert set(states([ref, large], vault, blobs).values()) == {State.LOST}
    with pytest.raises(IntegrityError, match="its data key, found none"):
        open_content(large, vault, blobs)


def delete_key(vault: Vault, kid: str) -> None:
    """Delete a key behind the vault's back, where no foreign key holds it."""
    connection = sqlite3.connect(vault.path, isolation_level=None)
    connection.execute("DELETE FROM data_key WHERE kid = ?", (kid,))
    connection.close()


CHANGES = [
    "UPDATE sealed SET box = zeroblob(length(box)) WHERE box IS NOT NULL",
    "UPDATE sealed SET box = substr(box, 1, length(box) - 1) WHERE box IS NOT NULL",
    "UPDATE sealed SET box = x'00' WHERE box IS NOT NULL",
    "UPDATE data_key SET wrapped = zeroblob(60)",
    "UPDATE data_key SET stream = 'incident-other'",
    "UPDATE data_key SET subject = 'p-other'",
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_row_that_somebody_changed_is_broken_and_never_given_out(
    vault: Vault, blobs: Blobs, change: str
) -> None:
    ref, other = sealed(vault, blobs, SECRET), stored_blob(vault, blobs, b"x")
    vault.change(lambda db: db.execute(change))
    assert states([ref], vault, blobs) == {ref.c: State.BROKEN}
    assert vault.open_many([ref.c]) == {}
    assert open_values([ref], vault, blobs) == {}
    with pytest.raises(IntegrityError):
        vault.open(ref.c)
    if "data_key" in change:
        assert states([other], vault, blobs) == {other.c: State.BROKEN}
        with pytest.raises(IntegrityError):
            open_content(other, vault, blobs)


def test_a_broken_data_key_seals_nothing_more(vault: Vault, blobs: Blobs) -> None:
    sealed(vault, blobs, "a")
    vault.change(lambda db: db.execute("UPDATE data_key SET wrapped = zeroblob(60)"))
    again = Vault(vault.path, MASTER)
    with pytest.raises(IntegrityError, match="data key"):
        again.data_key(STREAM)
    again.close()


def test_boxes_that_changed_places_are_broken(vault: Vault, blobs: Blobs) -> None:
    one, two = sealed(vault, blobs, "one"), sealed(vault, blobs, "two")
    box = "(SELECT box FROM sealed WHERE c = ?)"
    vault.change(lambda db: db.execute(f"UPDATE sealed SET box = {box} WHERE c = ?", (one.c, two.c)))
    assert states([one, two], vault, blobs) == {one.c: State.DISCLOSED, two.c: State.BROKEN}


def test_a_value_under_another_key_than_its_fact_says_is_broken(vault: Vault, blobs: Blobs) -> None:
    ref = sealed(vault, blobs, "one")
    told = SealedRef(c=ref.c, kid="0" * 32)
    assert states([told], vault, blobs) == {ref.c: State.BROKEN}


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


def test_many_values_are_read_at_once(vault: Vault, blobs: Blobs) -> None:
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


def test_storing_nothing_is_no_transaction(vault: Vault, blobs: Blobs) -> None:
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


def test_a_vault_does_not_open_with_another_master_key(vault: Vault) -> None:
    with pytest.raises(KeyUnavailable, match=r"vault\.db was made with, found another"):
        Vault(vault.path, OTHER_MASTER)


def test_a_vault_of_a_later_version_is_not_touched(vault: Vault) -> None:
    vault.change(lambda db: db.execute("PRAGMA user_version = 2"))
    with pytest.raises(StoreError, match="expected version 1 or older, found 2"):
        Vault(vault.path, MASTER)


def test_the_vault_is_nobody_elses_business(vault: Vault, blobs: Blobs) -> None:
    sealed(vault, blobs, "a")
    files = [p for p in vault.path.parent.iterdir() if p.name.startswith("vault.db")]
    assert len(files) == 3
    assert {stat.S_IMODE(p.stat().st_mode) for p in files} == {0o600}
    assert stat.S_IMODE(vault.path.parent.stat().st_mode) == 0o700


def test_a_vault_file_that_others_could_read_is_closed_to_them(vault: Vault) -> None:
    vault.close()
    vault.path.chmod(0o644)
    Vault(vault.path, MASTER).close()
    assert stat.S_IMODE(vault.path.stat().st_mode) == 0o600


def test_a_vault_file_is_private_from_its_first_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes: list[int] = []
    monkeypatch.setattr(os, "fchmod", lambda fd, _: modes.append(stat.S_IMODE(os.fstat(fd).st_mode)))
    Vault(tmp_path / "vault.db", MASTER).close()
    assert modes == [0o600]


def test_a_blob_is_no_value_of_the_vault_but_is_not_missing_either(vault: Vault, blobs: Blobs) -> None:
    ref = stored_blob(vault, blobs, b"x")
    assert vault.examine([ref.c]) == {}
    assert vault.missing([ref.c]) == frozenset()


def test_a_master_key_is_found_by_uri(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = create_master_key_file(tmp_path / "master.key")
    assert open_master_key(f"file:{tmp_path / 'master.key'}") == key
    monkeypatch.setenv("MASTER_OF_TEST", MASTER.hex())
    assert open_master_key("env:MASTER_OF_TEST") == MASTER
    with pytest.raises(KeyUnavailable, match="never overwritten"):
        create_master_key_file(tmp_path / "master.key")


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("env:NOT_SET_ANYWHERE", "not set"),
        ("env:BAD_MASTER_OF_TEST", "64 lower-case hexadecimal"),
        ("file:", "expected file:PATH or env:NAME"),
        ("pkcs11:token=x", "expected file:PATH or env:NAME"),
        ("5ec4e7", "without a scheme"),
        ("file:/nowhere/at/all", "No such file"),
    ],
)
def test_a_master_key_that_cannot_be_had_is_a_clear_error(
    monkeypatch: pytest.MonkeyPatch, uri: str, why: str
) -> None:
    monkeypatch.setenv("BAD_MASTER_OF_TEST", "5ec4e7")
    with pytest.raises(KeyUnavailable, match=why) as raised:
        open_master_key(uri)
    assert "5ec4e7" not in str(raised.value)


def test_a_master_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    create_master_key_file(path)
    path.chmod(0o640)
    with pytest.raises(KeyUnavailable, match="chmod 600"):
        open_master_key(f"file:{path}")


def test_references_have_the_forms_of_the_design(vault: Vault, blobs: Blobs) -> None:
    small, large = sealed(vault, blobs, "a"), stored_blob(vault, blobs, b"b")
    assert re.fullmatch("[0-9a-f]{64}", small.c)
    assert re.fullmatch("[0-9a-f]{32}", small.kid)
    assert large.size == 12 + 32 + 1 + 16
    assert len(blobs.get(large.sha256)) == large.size
    assert canonical.encode({"c": small.c, "kid": small.kid})
    assert Prose(sealed=small).c == small.c
