"""Key facts stand where they must, in the one form they have; leaf 0 opens the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from ledger import keyorders
from ledger.errors import IntegrityError
from ledger.keyfacts import (
    FACTS,
    LedgerOpened,
    RecorderRetired,
    parse_fact,
    to_data,
    type_name,
)
from ledger.keyring import EMPTY, log_keys, root_keys, valid
from ledger.note import format_vkey, log_vkey
from ledger.signer import keyid
from ledger.sshkey import ssh_public_key
from tests.support.keys import (
    ADA,
    FIRST,
    LOG_2,
    RECORDER_2,
    RECORDER_3,
    ROOT,
    ROOT_2,
    SECOND,
    Entry,
    KeyStream,
    may_sign,
    opened_fact,
    refused,
    vkey_of,
)
from tests.support.logs import LOG, ORIGIN, RECORDER, STRANGER, MemoryLog

if TYPE_CHECKING:
    from collections.abc import Callable

    from ledger.canonical import Json
    from ledger.keyfacts import KeyFact

IDENTITY = (b"\x01" + b"\x00" * 31).hex()  # a point under which one signature fits every message


def _moved(entry: Entry, changes: dict[str, object]) -> Entry:
    return replace(entry, event=replace(entry.event, **changes))


def test_leaf_0_enrols_the_recorder_that_signed_it_from_leaf_0_on() -> None:
    assert [may_sign(FIRST.keyring, RECORDER, position) for position in (0, 1, 10**9)] == [True, True, True]
    assert (FIRST.keyring.origin, FIRST.keyring.position, FIRST.keyring.version) == (ORIGIN, 0, 1)
    assert log_keys(FIRST.keyring, 1) == (vkey_of(LOG),)
    assert root_keys(FIRST.keyring).keys == {keyid(ROOT.public_key): ROOT.public_key}


def test_before_leaf_0_nobody_may_sign() -> None:
    with pytest.raises(
        IntegrityError, match=r"^entry 0: expected a recorder key in force, found .* never enrolled"
    ):
        valid(EMPTY, keyid(RECORDER.public_key), 0)


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        (opened_fact(origin="Ledger"), r"\[a-z0-9"),
        (
            opened_fact(origin="ledger.example/other"),
            "//ledger.example/other, found //ledger.example/incidents",
        ),
        (opened_fact(format=2), "1, found 2"),
        (opened_fact(threshold=2), "at most 1, found 2"),
        (opened_fact(threshold=0), "data of"),
        (opened_fact(rootkeys=()), "data of"),
        (opened_fact(logkeys=()), "data of"),
        (opened_fact(recorderkey="00" * 31), "data of"),
        (opened_fact(recorderkey="AA" * 32), "data of"),
        (opened_fact(recorderkey=RECORDER.public_key.hex() + "\n"), "data of"),
        (opened_fact(recorderkey=IDENTITY), "an Ed25519 public key"),
        (opened_fact(recorderkey=LOG.public_key.hex()), "a key never enrolled before, found .* recorder key"),
        (opened_fact(logkeys=(vkey_of(LOG), vkey_of(LOG))), "distinct keys"),
        (opened_fact(logkeys=("nonsense",)), "name"),
        (
            opened_fact(logkeys=(format_vkey(log_vkey("other.example", LOG.public_key)),)),
            "named ledger.example",
        ),
        (
            opened_fact(rootkeys=(ssh_public_key(LOG.public_key),)),
            "a key never enrolled before, found .* log key",
        ),
        (opened_fact(rootkeys=(ssh_public_key(ROOT.public_key, "ada@host"),)), "without a comment"),
        (opened_fact(rootkeys=(ssh_public_key(ROOT.public_key),) * 2), "distinct keys"),
        (opened_fact(rootkeys=("ssh-rsa AAAA",)), "ssh-ed25519"),
    ],
)
def test_a_wrong_leaf_0_is_refused(fact: LedgerOpened, said: str) -> None:
    refused(KeyStream(), fact, said, position=0)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"subject": "key"}, "subject: expected keys, found key"),
        ({"streamversion": 2}, "streamversion: expected 1, found 2"),
        ({"prevhash": "00" * 32}, f"prevhash: expected {FIRST.entries[0].event.prevhash}, found 0000"),
        ({"source": "//ledger.example/other"}, "source: expected //ledger.example/incidents, found"),
    ],
)
def test_leaf_0_stands_where_it_must(changes: dict[str, object], said: str) -> None:
    stream = KeyStream()
    with pytest.raises(IntegrityError, match=rf"^entry 0 \(tallystick.ledger-opened.v1\), {said}"):
        stream.folded(_moved(stream.entry(0, opened_fact()), changes))


def test_leaf_0_signed_by_another_key_than_it_enrols_is_refused() -> None:
    with pytest.raises(
        IntegrityError, match=r"^entry 0: expected a recorder key in force, found .* never enrolled"
    ):
        KeyStream().then(0, opened_fact(), by=STRANGER)


def test_the_first_fact_opens_the_ledger_at_leaf_0() -> None:
    with pytest.raises(IntegrityError, match="index of the first fact: expected 0, found 1"):
        KeyStream().then(1, opened_fact())
    with pytest.raises(
        IntegrityError, match=r"type of the first fact: expected tallystick\.ledger-opened\.v1"
    ):
        KeyStream().then(0, RecorderRetired(key=RECORDER.public_key.hex()))


def test_a_ledger_is_opened_once() -> None:
    with pytest.raises(IntegrityError, match="expected a change of keys after entry 0, found entry 5"):
        FIRST.then(5, opened_fact())


def test_a_successor_names_the_last_checkpoint_of_the_ledger_before_it() -> None:
    before = MemoryLog([b"x"], origin="old.example/log").checkpoint().decode()
    opened = keyorders.opened(
        origin=ORIGIN,
        recorder=RECORDER.public_key,
        logkeys=[LOG.public_key],
        rootkeys=[ROOT.public_key],
        successor_of=before,
    )
    stream = KeyStream().then(0, opened)
    assert stream.keyring.successor_of == before
    later = stream.then(3, keyorders.enrol_recorder(stream.head, RECORDER_2, [ROOT]))
    assert later.keyring.successor_of == before
    same = MemoryLog([b"x"]).checkpoint().decode()
    for text, said in ((same, "a checkpoint of another origin"), ("no note", "signature lines")):
        refused(
            KeyStream(),
            keyorders.opened(
                origin=ORIGIN,
                recorder=RECORDER.public_key,
                logkeys=[LOG.public_key],
                rootkeys=[ROOT.public_key],
                successor_of=text,
            ),
            said,
            position=0,
        )


def test_key_facts_come_in_the_order_of_the_log() -> None:
    fact = keyorders.enrol_actor(SECOND.head, "p-ada", ADA, [ROOT])
    for position in (9, 10):
        refused(SECOND, fact, f"a change of keys after entry 10, found entry {position}", position)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"subject": "incident-1"}, "subject: expected keys, found incident-1"),
        ({"streamversion": 4}, "streamversion: expected 3, found 4"),
        ({"streamversion": 2}, "streamversion: expected 3, found 2"),
        ({"source": "//ledger.example/other"}, "source: expected //ledger.example/incidents, found"),
    ],
)
def test_a_fact_out_of_its_place_is_refused(changes: dict[str, object], said: str) -> None:
    fact = keyorders.enrol_actor(SECOND.head, "p-ada", ADA, [ROOT])
    with pytest.raises(IntegrityError, match=rf"^entry 20 \(tallystick\.actor-enrolled\.v1\), {said}"):
        SECOND.folded(_moved(SECOND.entry(20, fact), changes))


def test_a_type_that_this_program_does_not_know_is_never_skipped() -> None:
    entry = SECOND.entry_of(20, "tallystick.recorder-blessed.v1", {})
    with pytest.raises(
        IntegrityError, match=r"expected a type of stream keys that this program knows, found"
    ):
        SECOND.folded(entry)


DATA = to_data(keyorders.compromise_recorder(SECOND.head, RECORDER_2.public_key, 15, [ROOT]))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: {**data, "note": "x"},
        lambda data: {**data, "suspect_from": "15"},
        lambda data: {**data, "suspect_from": -1},
        lambda data: {**data, "suspect_from": True},
        lambda data: {**data, "suspect_from": None},
        lambda data: {name: value for name, value in data.items() if name != "key"},
        lambda data: {**data, "key": [data["key"]]},
        lambda data: {**data, "rootsignatures": [{"key": "00", "signature": ""}]},
        lambda data: {**data, "rootsignatures": [{**data["rootsignatures"][0], "by": "me"}]},
        lambda data: {**data, "rootsignatures": []},
    ],
)
def test_data_in_another_form_is_refused(spoil: Callable[[dict[str, Json]], dict[str, Json]]) -> None:
    entry = SECOND.entry_of(20, "tallystick.recorder-compromised.v1", spoil(DATA))
    with pytest.raises(IntegrityError, match=r"^entry 20 \(tallystick\.recorder-compromised\.v1\): expected"):
        SECOND.folded(entry)


def test_every_fact_has_one_spelling() -> None:
    head = FIRST.head
    facts: list[KeyFact] = [
        opened_fact(),
        keyorders.enrol_recorder(head, RECORDER_3, [ROOT]),
        keyorders.retire_recorder(head, RECORDER.public_key, [ROOT]),
        keyorders.compromise_recorder(head, RECORDER.public_key, 3, [ROOT]),
        keyorders.add_logkey(head, LOG_2, [ROOT]),
        keyorders.retire_logkey(head, LOG.public_key, [ROOT]),
        keyorders.enrol_actor(head, "p-ada", ADA, [ROOT]),
        keyorders.retire_actor(head, "p-ada", ADA.public_key, [ROOT]),
        keyorders.compromise_actor(head, "p-ada", ADA.public_key, 3, [ROOT]),
        keyorders.change_root(head, [ROOT_2.public_key], 1, added=[ROOT_2], roots=[ROOT]),
    ]
    assert {type(fact) for fact in facts} == set(FACTS.values())
    for fact in facts:
        assert parse_fact(type_name(fact), to_data(fact), "test") == fact
