"""The keyring: from which position to which a key may sign, and what is doubted."""

from __future__ import annotations

import pytest

from ledger import keyorders
from ledger.allowedsigners import allowed_signers
from ledger.errors import IntegrityError
from ledger.keyfacts import (
    LogkeyAdded,
)
from ledger.keyring import EMPTY, Doubt, actor_keys, doubtful, log_keys, valid
from ledger.note import COSIGNATURE, format_vkey, log_vkey, verifier_key
from ledger.signer import Ed25519Signer, keyid
from ledger.sshkey import ssh_public_key
from tests.support.keys import (
    ADA,
    BOB,
    FIRST,
    LOG_2,
    RECORDER_2,
    ROOT,
    SECOND,
    may_sign,
    refused,
    vkey_of,
)
from tests.support.logs import LOG, ORIGIN, RECORDER, STRANGER


def test_an_enrolled_recorder_signs_from_the_next_entry_on() -> None:
    assert [may_sign(SECOND.keyring, RECORDER_2, position) for position in (9, 10, 11, 99)] == [
        False,
        False,
        True,
        True,
    ]
    assert may_sign(SECOND.keyring, RECORDER, 99)


def test_a_retired_recorder_signs_its_own_retirement_and_nothing_after() -> None:
    fact = keyorders.retire_recorder(SECOND.head, RECORDER_2.public_key, [ROOT])
    retired = SECOND.then(20, fact, by=RECORDER_2)
    assert [may_sign(retired.keyring, RECORDER_2, position) for position in (11, 20, 21)] == [
        True,
        True,
        False,
    ]
    with pytest.raises(IntegrityError, match=r"^entry 21: .*recorder key since entry 10, ended at entry 20$"):
        valid(retired.keyring, keyid(RECORDER_2.public_key), 21)
    assert doubtful(retired.keyring) == ()


def test_a_compromised_recorder_leaves_doubt_over_what_it_signed_since() -> None:
    fact = keyorders.compromise_recorder(SECOND.head, RECORDER_2.public_key, 15, [ROOT])
    stream = SECOND.then(20, fact)
    assert [may_sign(stream.keyring, RECORDER_2, position) for position in (11, 15, 20, 21)] == [
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
    refused(stream, keyorders.compromise_recorder(stream.head, key, 12, [ROOT]), "10 to 11, found 12", 50)
    assert not may_sign(stream.keyring, RECORDER_2, 21)


@pytest.mark.parametrize("first", [9, 21])
def test_doubt_begins_while_the_key_was_known(first: int) -> None:
    fact = keyorders.compromise_recorder(SECOND.head, RECORDER_2.public_key, first, [ROOT])
    refused(SECOND, fact, f"10 to 20, found {first}")


def test_the_last_recorder_does_not_end() -> None:
    key = RECORDER.public_key
    for fact in (
        keyorders.retire_recorder(FIRST.head, key, [ROOT]),
        keyorders.compromise_recorder(FIRST.head, key, 5, [ROOT]),
    ):
        refused(FIRST, fact, "another recorder key before the last one ends, found none")


def test_log_keys_follow_the_size_of_the_checkpoint_they_sign() -> None:
    stream = FIRST.then(10, keyorders.add_logkey(FIRST.head, LOG_2, [ROOT]))
    stream = stream.then(20, keyorders.retire_logkey(stream.head, LOG.public_key, [ROOT]))
    both = tuple(sorted((vkey_of(LOG), vkey_of(LOG_2))))
    assert [log_keys(stream.keyring, size) for size in (1, 10, 11, 20, 21)] == [
        (vkey_of(LOG),),
        (vkey_of(LOG),),
        both,
        both,
        (vkey_of(LOG_2),),
    ]


def test_the_last_log_key_does_not_end() -> None:
    fact = keyorders.retire_logkey(FIRST.head, LOG.public_key, [ROOT])
    refused(FIRST, fact, "another log key before the last one ends, found none")


@pytest.mark.parametrize("key", [RECORDER, RECORDER_2, LOG, ROOT])
def test_no_key_is_enrolled_twice_in_any_role(key: Ed25519Signer) -> None:
    said = "a key never enrolled before"
    refused(SECOND, keyorders.enrol_recorder(SECOND.head, key, [ROOT]), said)
    refused(SECOND, keyorders.add_logkey(SECOND.head, key, [ROOT]), said)
    refused(SECOND, keyorders.enrol_actor(SECOND.head, "p-ada", key, [ROOT]), said)


def test_a_retired_key_does_not_come_back() -> None:
    stream = SECOND.then(20, keyorders.retire_recorder(SECOND.head, RECORDER_2.public_key, [ROOT]))
    said = "a key never enrolled before, found .*, recorder key since entry 10"
    refused(stream, keyorders.enrol_recorder(stream.head, RECORDER_2, [ROOT]), said, 30)
    said = "recorder key .* in force, found it ended at entry 20"
    refused(stream, keyorders.retire_recorder(stream.head, RECORDER_2.public_key, [ROOT]), said, 30)


@pytest.mark.parametrize("key", [STRANGER, LOG, ROOT])
def test_only_a_recorder_retires_as_one(key: Ed25519Signer) -> None:
    refused(
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
    refused(FIRST, fact, f"an Ed25519 key named {ORIGIN}")


def test_a_person_signs_decisions_with_the_keys_in_force() -> None:
    stream = FIRST.then(10, keyorders.enrol_actor(FIRST.head, "p-ada", ADA, [ROOT]))
    stream = stream.then(20, keyorders.enrol_actor(stream.head, "p-ada", BOB, [ROOT]))
    stream = stream.then(30, keyorders.retire_actor(stream.head, "p-ada", ADA.public_key, [ROOT]))
    held = [set(actor_keys(stream.keyring, "p-ada", position).values()) for position in (10, 11, 21, 30, 31)]
    ada, bob = ADA.public_key, BOB.public_key
    assert held == [set(), {ada}, {ada, bob}, {ada, bob}, {bob}]
    assert actor_keys(stream.keyring, "p-bob", 31) == {}
    assert not may_sign(stream.keyring, ADA, 15)


def test_a_compromised_persons_key_leaves_doubt_and_may_be_the_last() -> None:
    stream = FIRST.then(10, keyorders.enrol_actor(FIRST.head, "p-ada", ADA, [ROOT]))
    stream = stream.then(30, keyorders.compromise_actor(stream.head, "p-ada", ADA.public_key, 12, [ROOT]))
    assert doubtful(stream.keyring) == (Doubt(keyid=keyid(ADA.public_key), role="actor", first=12, last=30),)
    assert actor_keys(stream.keyring, "p-ada", 31) == {}


def test_a_persons_key_ends_under_the_persons_own_name() -> None:
    stream = FIRST.then(10, keyorders.enrol_actor(FIRST.head, "p-ada", ADA, [ROOT]))
    fact = keyorders.retire_actor(stream.head, "p-bob", ADA.public_key, [ROOT])
    refused(stream, fact, "an enrolled actor key of p-bob")


@pytest.mark.parametrize("principal", ["ada", "p-", "p-Ada", "p-ada\n", "P-ada"])
def test_a_person_is_named_by_principal_id(principal: str) -> None:
    refused(FIRST, keyorders.enrol_actor(FIRST.head, principal, ADA, [ROOT]), "data of")


def test_folding_changes_nothing_but_makes_anew() -> None:
    before = SECOND.keyring
    copy = dict(before.book)
    SECOND.then(20, keyorders.retire_recorder(SECOND.head, RECORDER_2.public_key, [ROOT]))
    assert SECOND.keyring is before
    assert dict(before.book) == copy
    assert EMPTY.book == {}


def test_allowed_signers_lists_root_and_actor_keys_with_their_namespace_and_life() -> None:
    stream = FIRST.then(10, keyorders.enrol_actor(FIRST.head, "p-ada", ADA, [ROOT]))
    stream = stream.then(70, keyorders.retire_actor(stream.head, "p-ada", ADA.public_key, [ROOT]))
    assert allowed_signers(stream.keyring) == (
        'p-ada namespaces="tallystick/decision@v1,tallystick/possession@v1",valid-after="20261123000010Z",'
        f'valid-before="20261123000110Z" {ssh_public_key(ADA.public_key)}\n'
        'root namespaces="tallystick/keys@v1,tallystick/possession@v1",valid-after="20261123000000Z" '
        f"{ssh_public_key(ROOT.public_key)}\n"
    )
