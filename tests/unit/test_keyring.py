"""The keyring: what each key fact changes, from which position on, and what it may not do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from ledger import keyorders
from ledger.allowedsigners import allowed_signers
from ledger.errors import IntegrityError
from ledger.keyfacts import (
    FACTS,
    KeySignature,
    LedgerOpened,
    LogkeyAdded,
    RecorderEnrolled,
    RecorderRetired,
    parse_fact,
    to_data,
    type_name,
)
from ledger.keyring import EMPTY, Doubt, actor_keys, doubtful, log_keys, root_keys, valid
from ledger.note import COSIGNATURE, format_vkey, log_vkey, verifier_key
from ledger.possession import show_possession
from ledger.rootkeys import statement
from ledger.signer import Ed25519Signer, keyid
from ledger.sshkey import ssh_public_key
from ledger.sshsig import sign_ssh
from tests.support.keys import (
    ADA,
    BOB,
    LOG_2,
    RECORDER_2,
    RECORDER_3,
    ROOT,
    ROOT_2,
    ROOT_3,
    Entry,
    KeyStream,
    opened_stream,
)
from tests.support.logs import LOG, ORIGIN, RECORDER, STRANGER, MemoryLog

if TYPE_CHECKING:
    from collections.abc import Callable

    from ledger.canonical import Json
    from ledger.keyfacts import KeyFact

FIRST = opened_stream()
SECOND = FIRST.then(10, keyorders.enrol_recorder(FIRST.head, RECORDER_2, [ROOT]))
IDENTITY = (b"\x01" + b"\x00" * 31).hex()  # a point under which one signature fits every message


def _vkey(signer: Ed25519Signer) -> str:
    return format_vkey(log_vkey(ORIGIN, signer.public_key))


def _may_sign(stream: KeyStream, signer: Ed25519Signer, position: int) -> bool:
    try:
        return valid(stream.keyring, keyid(signer.public_key), position) == signer.public_key
    except IntegrityError:
        return False


def _moved(entry: Entry, changes: dict[str, object]) -> Entry:
    return replace(entry, event=replace(entry.event, **changes))


def _refused(stream: KeyStream, fact: KeyFact, said: str, position: int = 20) -> None:
    """Assert that ``fact`` is refused at ``position``, with a place and with the words ``said``."""
    place = re.escape(f"entry {position} ({type_name(fact)})")
    with pytest.raises(IntegrityError, match=rf"^{place}.*: expected .*{said}"):
        stream.then(position, fact)


# Leaf 0


def test_leaf_0_enrols_the_recorder_that_signed_it_from_leaf_0_on() -> None:
    assert [_may_sign(FIRST, RECORDER, position) for position in (0, 1, 10**9)] == [True, True, True]
    assert (FIRST.keyring.origin, FIRST.keyring.position, FIRST.keyring.version) == (ORIGIN, 0, 1)
    assert log_keys(FIRST.keyring, 1) == (_vkey(LOG),)
    assert root_keys(FIRST.keyring).keys == {keyid(ROOT.public_key): ROOT.public_key}


def test_before_leaf_0_nobody_may_sign() -> None:
    with pytest.raises(
        IntegrityError, match=r"^entry 0: expected a recorder key in force, found .* never enrolled"
    ):
        valid(EMPTY, keyid(RECORDER.public_key), 0)


def _opened(**changes: object) -> LedgerOpened:
    fact = parse_fact("tallystick.ledger-opened.v1", FIRST.entries[0].event.data, "test")
    assert isinstance(fact, LedgerOpened)
    return replace(fact, **changes)


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        (_opened(origin="Ledger"), r"\[a-z0-9"),
        (_opened(origin="ledger.example/other"), "//ledger.example/other, found //ledger.example/incidents"),
        (_opened(format=2), "1, found 2"),
        (_opened(threshold=2), "at most 1, found 2"),
        (_opened(threshold=0), "data of"),
        (_opened(rootkeys=()), "data of"),
        (_opened(logkeys=()), "data of"),
        (_opened(recorderkey="00" * 31), "data of"),
        (_opened(recorderkey="AA" * 32), "data of"),
        (_opened(recorderkey=RECORDER.public_key.hex() + "\n"), "data of"),
        (_opened(recorderkey=IDENTITY), "an Ed25519 public key"),
        (_opened(recorderkey=LOG.public_key.hex()), "a key never enrolled before, found .* recorder key"),
        (_opened(logkeys=(_vkey(LOG), _vkey(LOG))), "distinct keys"),
        (_opened(logkeys=("nonsense",)), "name"),
        (_opened(logkeys=(format_vkey(log_vkey("other.example", LOG.public_key)),)), "named ledger.example"),
        (
            _opened(rootkeys=(ssh_public_key(LOG.public_key),)),
            "a key never enrolled before, found .* log key",
        ),
        (_opened(rootkeys=(ssh_public_key(ROOT.public_key, "ada@host"),)), "without a comment"),
        (_opened(rootkeys=(ssh_public_key(ROOT.public_key),) * 2), "distinct keys"),
        (_opened(rootkeys=("ssh-rsa AAAA",)), "ssh-ed25519"),
    ],
)
def test_a_wrong_leaf_0_is_refused(fact: LedgerOpened, said: str) -> None:
    _refused(KeyStream(), fact, said, position=0)


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
        stream.folded(_moved(stream.entry(0, _opened()), changes))


def test_leaf_0_signed_by_another_key_than_it_enrols_is_refused() -> None:
    with pytest.raises(
        IntegrityError, match=r"^entry 0: expected a recorder key in force, found .* never enrolled"
    ):
        KeyStream().then(0, _opened(), by=STRANGER)


def test_the_first_fact_opens_the_ledger_at_leaf_0() -> None:
    with pytest.raises(IntegrityError, match="index of the first fact: expected 0, found 1"):
        KeyStream().then(1, _opened())
    with pytest.raises(
        IntegrityError, match=r"type of the first fact: expected tallystick\.ledger-opened\.v1"
    ):
        KeyStream().then(0, RecorderRetired(key=RECORDER.public_key.hex()))


def test_a_ledger_is_opened_once() -> None:
    with pytest.raises(IntegrityError, match="expected a change of keys after entry 0, found entry 5"):
        FIRST.then(5, _opened())


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
        _refused(
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


# Recorder and log keys


def test_an_enrolled_recorder_signs_from_the_next_entry_on() -> None:
    assert [_may_sign(SECOND, RECORDER_2, position) for position in (9, 10, 11, 99)] == [
        False,
        False,
        True,
        True,
    ]
    assert _may_sign(SECOND, RECORDER, 99)


def test_a_retired_recorder_signs_its_own_retirement_and_nothing_after() -> None:
    fact = keyorders.retire_recorder(SECOND.head, RECORDER_2.public_key, [ROOT])
    retired = SECOND.then(20, fact, by=RECORDER_2)
    assert [_may_sign(retired, RECORDER_2, position) for position in (11, 20, 21)] == [True, True, False]
    with pytest.raises(IntegrityError, match=r"^entry 21: .*recorder key since entry 10, ended at entry 20$"):
        valid(retired.keyring, keyid(RECORDER_2.public_key), 21)
    assert doubtful(retired.keyring) == ()


def test_a_compromised_recorder_leaves_doubt_over_what_it_signed_since() -> None:
    fact = keyorders.compromise_recorder(SECOND.head, RECORDER_2.public_key, 15, [ROOT])
    stream = SECOND.then(20, fact)
    assert [_may_sign(stream, RECORDER_2, position) for position in (11, 15, 20, 21)] == [
        True,
        True,
        True,
        False,
    ]
    name = keyid(RECORDER_2.public_key)
    assert doubtful(stream.keyring) == (Doubt(keyid=name, role="recorder", first=15, last=20),)


def test_doubt_may_come_after_retirement_and_reach_further_back_later() -> None:
    key, name = RECORDER_2.public_key, keyid(RECORDER_2.public_key)
    stream = SECOND.then(20, keyorders.retire_recorder(SECOND.head, key, [ROOT]))
    stream = stream.then(30, keyorders.compromise_recorder(stream.head, key, 25, [ROOT]))
    assert doubtful(stream.keyring) == ()
    stream = stream.then(40, keyorders.compromise_recorder(stream.head, key, 12, [ROOT]))
    assert doubtful(stream.keyring) == (Doubt(keyid=name, role="recorder", first=12, last=20),)
    _refused(stream, keyorders.compromise_recorder(stream.head, key, 12, [ROOT]), "10 to 11, found 12", 50)
    assert not _may_sign(stream, RECORDER_2, 21)


@pytest.mark.parametrize("first", [9, 21])
def test_doubt_begins_while_the_key_was_known(first: int) -> None:
    fact = keyorders.compromise_recorder(SECOND.head, RECORDER_2.public_key, first, [ROOT])
    _refused(SECOND, fact, f"10 to 20, found {first}")


def test_the_last_recorder_does_not_end() -> None:
    key = RECORDER.public_key
    for fact in (
        keyorders.retire_recorder(FIRST.head, key, [ROOT]),
        keyorders.compromise_recorder(FIRST.head, key, 5, [ROOT]),
    ):
        _refused(FIRST, fact, "another recorder key before the last one ends, found none")


def test_log_keys_follow_the_size_of_the_checkpoint_they_sign() -> None:
    stream = FIRST.then(10, keyorders.add_logkey(FIRST.head, LOG_2, [ROOT]))
    stream = stream.then(20, keyorders.retire_logkey(stream.head, LOG.public_key, [ROOT]))
    both = tuple(sorted((_vkey(LOG), _vkey(LOG_2))))
    assert [log_keys(stream.keyring, size) for size in (1, 10, 11, 20, 21)] == [
        (_vkey(LOG),),
        (_vkey(LOG),),
        both,
        both,
        (_vkey(LOG_2),),
    ]


def test_the_last_log_key_does_not_end() -> None:
    fact = keyorders.retire_logkey(FIRST.head, LOG.public_key, [ROOT])
    _refused(FIRST, fact, "another log key before the last one ends, found none")


@pytest.mark.parametrize("key", [RECORDER, RECORDER_2, LOG, ROOT])
def test_no_key_is_enrolled_twice_in_any_role(key: Ed25519Signer) -> None:
    said = "a key never enrolled before"
    _refused(SECOND, keyorders.enrol_recorder(SECOND.head, key, [ROOT]), said)
    _refused(SECOND, keyorders.add_logkey(SECOND.head, key, [ROOT]), said)
    _refused(SECOND, keyorders.enrol_actor(SECOND.head, "p-ada", key, [ROOT]), said)


def test_a_retired_key_does_not_come_back() -> None:
    stream = SECOND.then(20, keyorders.retire_recorder(SECOND.head, RECORDER_2.public_key, [ROOT]))
    said = "a key never enrolled before, found .*, recorder key since entry 10"
    _refused(stream, keyorders.enrol_recorder(stream.head, RECORDER_2, [ROOT]), said, 30)
    said = "recorder key .* in force, found it ended at entry 20"
    _refused(stream, keyorders.retire_recorder(stream.head, RECORDER_2.public_key, [ROOT]), said, 30)


@pytest.mark.parametrize("key", [STRANGER, LOG, ROOT])
def test_only_a_recorder_retires_as_one(key: Ed25519Signer) -> None:
    _refused(
        SECOND, keyorders.retire_recorder(SECOND.head, key.public_key, [ROOT]), "an enrolled recorder key"
    )


@pytest.mark.parametrize(
    "vkey",
    [
        format_vkey(log_vkey("other.example", LOG_2.public_key)),
        format_vkey(verifier_key(ORIGIN, COSIGNATURE, LOG_2.public_key)),
    ],
)
def test_a_log_key_of_another_name_or_kind_is_refused(vkey: str) -> None:
    fact = keyorders.authorised(FIRST.head, LogkeyAdded(vkey=vkey), [ROOT])
    _refused(FIRST, fact, f"an Ed25519 key named {ORIGIN}")


# Authority


def test_a_change_of_keys_needs_a_recorder_in_force() -> None:
    fact = keyorders.enrol_recorder(FIRST.head, RECORDER_2, [ROOT])
    with pytest.raises(
        IntegrityError, match=r"^entry 10: expected a recorder key in force, found .* never enrolled"
    ):
        FIRST.then(10, fact, by=STRANGER)
    with pytest.raises(IntegrityError, match=r"found .*, root key since entry 0$"):
        FIRST.then(10, fact, by=ROOT)


def test_without_root_signatures_nothing_changes() -> None:
    _refused(FIRST, keyorders.enrol_recorder(FIRST.head, RECORDER_2, []), "at least 1 root keys, found 0")


def test_a_signature_by_another_key_is_refused_even_beside_enough_good_ones() -> None:
    for signers in ([STRANGER], [ROOT, STRANGER]):
        fact = keyorders.enrol_recorder(FIRST.head, RECORDER_2, signers)
        _refused(FIRST, fact, f"one of the keys {keyid(ROOT.public_key)}, found {keyid(STRANGER.public_key)}")


def test_as_many_root_keys_sign_as_the_threshold_says() -> None:
    stream = opened_stream(ROOT, ROOT_2, ROOT_3, threshold=2)
    for signers in ([ROOT], [ROOT_2]):
        fact = keyorders.enrol_recorder(stream.head, RECORDER_2, signers)
        _refused(stream, fact, "at least 2 root keys, found 1")
    for signers in ([ROOT, ROOT_3], [ROOT_2, ROOT, ROOT_3]):
        assert (
            stream.then(5, keyorders.enrol_recorder(stream.head, RECORDER_2, signers)).keyring.position == 5
        )


def test_one_root_key_counts_once() -> None:
    stream = opened_stream(ROOT, ROOT_2, threshold=2)
    fact = keyorders.enrol_recorder(stream.head, RECORDER_2, [ROOT])
    _refused(
        stream, replace(fact, rootsignatures=fact.rootsignatures * 2), "distinct keys in ascending order"
    )


def test_root_signatures_have_one_order() -> None:
    stream = opened_stream(ROOT, ROOT_2, threshold=2)
    fact = keyorders.enrol_recorder(stream.head, RECORDER_2, [ROOT, ROOT_2])
    turned = replace(fact, rootsignatures=fact.rootsignatures[::-1])
    _refused(stream, turned, "distinct keys in ascending order")


def _resigned(fact: RecorderEnrolled, text: bytes, space: str = "tallystick/keys@v1") -> RecorderEnrolled:
    signature = KeySignature(keyid(ROOT.public_key), sign_ssh(text, space, ROOT))
    return replace(fact, rootsignatures=(signature,))


def test_a_root_signature_counts_for_its_namespace_only() -> None:
    fact = keyorders.enrol_recorder(FIRST.head, RECORDER_2, [ROOT])
    text = statement(FIRST.head, fact)
    assert FIRST.then(10, _resigned(fact, text)) == SECOND
    _refused(FIRST, _resigned(fact, text, "file"), "namespace tallystick/keys@v1, found for 'file'")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("origin ledger.example/incidents", "origin ledger.example/incidentz"),
        ("recorder-enrolled", "recorder-retired"),
        ("after ", "after 0"),
        ("data ", "data 0"),
        ("tallystick/keys/v1", "tallystick/keys/v2"),
    ],
)
def test_a_root_signature_counts_for_this_very_fact_at_this_very_place(old: str, new: str) -> None:
    fact = keyorders.enrol_recorder(FIRST.head, RECORDER_2, [ROOT])
    text = statement(FIRST.head, fact).decode()
    assert old in text
    _refused(FIRST, _resigned(fact, text.replace(old, new).encode()), "found one that does not verify")


def test_an_authorised_fact_is_not_good_for_a_second_place() -> None:
    fact = keyorders.enrol_actor(FIRST.head, "p-ada", ADA, [ROOT])
    _refused(SECOND, fact, "found one that does not verify")


def test_root_signatures_do_not_cover_a_fact_that_was_changed() -> None:
    fact = keyorders.compromise_recorder(SECOND.head, RECORDER_2.public_key, 15, [ROOT])
    _refused(SECOND, replace(fact, suspect_from=16), "found one that does not verify")


def test_root_signatures_made_elsewhere_are_added_later() -> None:
    stream = opened_stream(ROOT, ROOT_2, threshold=2)
    fact = keyorders.enrol_recorder(stream.head, RECORDER_2, [])
    text = statement(stream.head, fact)
    letters = [sign_ssh(text, "tallystick/keys@v1", root) for root in (ROOT_2, ROOT, ROOT)]
    signed = keyorders.countersigned(keyorders.countersigned(fact, letters[:1]), iter(letters[1:]))
    assert signed == keyorders.enrol_recorder(stream.head, RECORDER_2, [ROOT, ROOT_2])


# Possession


@pytest.mark.parametrize("proof", ["", "AAAA", show_possession(b"another statement", RECORDER_2)])
def test_a_new_key_that_nobody_shows_to_hold_is_refused(proof: str) -> None:
    for fact in (
        keyorders.enrol_recorder(FIRST.head, RECORDER_2, [ROOT]),
        keyorders.add_logkey(FIRST.head, RECORDER_2, [ROOT]),
    ):
        _refused(FIRST, replace(fact, possession=proof), "an Ed25519 signature by key")


def test_possession_is_shown_by_the_new_key_itself() -> None:
    fact = keyorders.enrol_recorder(FIRST.head, RECORDER_2, [ROOT])
    proof = show_possession(statement(FIRST.head, fact), STRANGER)
    _refused(FIRST, replace(fact, possession=proof), "an Ed25519 signature by key")


def test_an_actor_shows_possession_as_openssh_does() -> None:
    fact = keyorders.enrol_actor(FIRST.head, "p-ada", ADA, [ROOT])
    for proof in ("", show_possession(statement(FIRST.head, fact), ADA)):
        _refused(FIRST, replace(fact, possession=proof), "an armored SSH signature")
    text = statement(FIRST.head, fact)
    _refused(
        FIRST,
        replace(fact, possession=sign_ssh(text, "tallystick/possession@v1", ADA)),
        "one that does not verify",
    )


# Root keys


def test_root_keys_change_from_the_next_fact_on() -> None:
    changed = keyorders.change_root(
        FIRST.head, [ROOT_2.public_key, ROOT_3.public_key], 2, added=[ROOT_2, ROOT_3], roots=[ROOT]
    )
    stream = FIRST.then(10, changed)
    roots = root_keys(stream.keyring)
    assert (set(roots.keys.values()), roots.threshold) == ({ROOT_2.public_key, ROOT_3.public_key}, 2)
    _refused(stream, keyorders.enrol_recorder(stream.head, RECORDER_2, [ROOT]), "one of the keys")
    enrolled = stream.then(20, keyorders.enrol_recorder(stream.head, RECORDER_2, [ROOT_2, ROOT_3]))
    assert _may_sign(enrolled, RECORDER_2, 21)


def test_the_outgoing_root_keys_authorise_the_change() -> None:
    changed = keyorders.change_root(FIRST.head, [ROOT_2.public_key], 1, added=[ROOT_2], roots=[ROOT_2])
    _refused(FIRST, changed, f"one of the keys {keyid(ROOT.public_key)}")


def test_the_threshold_alone_may_change() -> None:
    stream = opened_stream(ROOT, ROOT_2)
    keys = [ROOT.public_key, ROOT_2.public_key]
    changed = stream.then(10, keyorders.change_root(stream.head, keys, 2, added=[], roots=[ROOT]))
    assert root_keys(changed.keyring).threshold == 2


@pytest.mark.parametrize("added", [[], [ROOT_3], [ROOT_2, ROOT_3]])
def test_exactly_the_new_root_keys_show_possession(added: list[Ed25519Signer]) -> None:
    keys = [ROOT.public_key, ROOT_2.public_key]
    changed = keyorders.change_root(FIRST.head, keys, 1, added=added, roots=[ROOT])
    _refused(FIRST, changed, "one by each new key")


def test_possession_of_a_root_key_is_shown_for_this_change() -> None:
    changed = keyorders.change_root(FIRST.head, [ROOT_2.public_key], 1, added=[ROOT_2], roots=[ROOT])
    wrong = KeySignature(keyid(ROOT_2.public_key), changed.rootsignatures[0].signature)
    _refused(
        FIRST, replace(changed, possession=(wrong,)), "a signature for namespace tallystick/possession@v1"
    )


def test_a_threshold_that_cannot_be_reached_is_refused() -> None:
    changed = keyorders.change_root(FIRST.head, [ROOT_2.public_key], 2, added=[ROOT_2], roots=[ROOT])
    _refused(FIRST, changed, "at most 1, found 2")


def test_a_root_key_that_was_taken_out_does_not_come_back() -> None:
    stream = FIRST.then(
        10, keyorders.change_root(FIRST.head, [ROOT_2.public_key], 1, added=[ROOT_2], roots=[ROOT])
    )
    back = keyorders.change_root(stream.head, [ROOT.public_key], 1, added=[ROOT], roots=[ROOT_2])
    _refused(stream, back, "a key never enrolled before")


# People's keys


def test_a_person_signs_decisions_with_the_keys_in_force() -> None:
    stream = FIRST.then(10, keyorders.enrol_actor(FIRST.head, "p-ada", ADA, [ROOT]))
    stream = stream.then(20, keyorders.enrol_actor(stream.head, "p-ada", BOB, [ROOT]))
    stream = stream.then(30, keyorders.retire_actor(stream.head, "p-ada", ADA.public_key, [ROOT]))
    held = [set(actor_keys(stream.keyring, "p-ada", position).values()) for position in (10, 11, 21, 30, 31)]
    ada, bob = ADA.public_key, BOB.public_key
    assert held == [set(), {ada}, {ada, bob}, {ada, bob}, {bob}]
    assert actor_keys(stream.keyring, "p-bob", 31) == {}
    assert not _may_sign(stream, ADA, 15)


def test_a_compromised_persons_key_leaves_doubt_and_may_be_the_last() -> None:
    stream = FIRST.then(10, keyorders.enrol_actor(FIRST.head, "p-ada", ADA, [ROOT]))
    stream = stream.then(30, keyorders.compromise_actor(stream.head, "p-ada", ADA.public_key, 12, [ROOT]))
    assert doubtful(stream.keyring) == (Doubt(keyid=keyid(ADA.public_key), role="actor", first=12, last=30),)
    assert actor_keys(stream.keyring, "p-ada", 31) == {}


def test_a_persons_key_ends_under_the_persons_own_name() -> None:
    stream = FIRST.then(10, keyorders.enrol_actor(FIRST.head, "p-ada", ADA, [ROOT]))
    fact = keyorders.retire_actor(stream.head, "p-bob", ADA.public_key, [ROOT])
    _refused(stream, fact, "an enrolled actor key of p-bob")


@pytest.mark.parametrize("principal", ["ada", "p-", "p-Ada", "p-ada\n", "P-ada"])
def test_a_person_is_named_by_principal_id(principal: str) -> None:
    _refused(FIRST, keyorders.enrol_actor(FIRST.head, principal, ADA, [ROOT]), "data of")


# Places and forms


def test_key_facts_come_in_the_order_of_the_log() -> None:
    fact = keyorders.enrol_actor(SECOND.head, "p-ada", ADA, [ROOT])
    for position in (9, 10):
        _refused(SECOND, fact, f"a change of keys after entry 10, found entry {position}", position)


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
        _opened(),
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


def test_folding_changes_nothing_but_makes_anew() -> None:
    before = SECOND.keyring
    copy = dict(before.book)
    SECOND.then(20, keyorders.retire_recorder(SECOND.head, RECORDER_2.public_key, [ROOT]))
    assert SECOND.keyring is before
    assert dict(before.book) == copy
    assert EMPTY.book == {}


# For ssh-keygen


def test_allowed_signers_lists_root_and_actor_keys_with_their_namespace_and_life() -> None:
    stream = FIRST.then(10, keyorders.enrol_actor(FIRST.head, "p-ada", ADA, [ROOT]))
    stream = stream.then(70, keyorders.retire_actor(stream.head, "p-ada", ADA.public_key, [ROOT]))
    assert allowed_signers(stream.keyring) == (
        'p-ada namespaces="tallystick/decision@v1,tallystick/possession@v1",valid-after="20261123000010Z",'
        f'valid-before="20261123000110Z" {ssh_public_key(ADA.public_key)}\n'
        'root namespaces="tallystick/keys@v1,tallystick/possession@v1",valid-after="20261123000000Z" '
        f"{ssh_public_key(ROOT.public_key)}\n"
    )
