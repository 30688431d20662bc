"""Root keys authorise changes of keys, and new keys are shown to be held."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from ledger import keyorders
from ledger.errors import IntegrityError
from ledger.keyfacts import (
    KeySignature,
    RecorderEnrolled,
)
from ledger.keyring import root_keys
from ledger.possession import show_possession
from ledger.rootkeys import statement
from ledger.signer import Ed25519Signer, keyid
from ledger.sshsig import sign_ssh
from tests.support.keys import (
    ADA,
    FIRST,
    RECORDER_2,
    ROOT,
    ROOT_2,
    ROOT_3,
    SECOND,
    may_sign,
    opened_stream,
    refused,
)
from tests.support.logs import STRANGER


def test_a_change_of_keys_needs_a_recorder_in_force() -> None:
    fact = keyorders.enrol_recorder(FIRST.head, RECORDER_2, [ROOT])
    with pytest.raises(
        IntegrityError, match=r"^entry 10: expected a recorder key in force, found .* never enrolled"
    ):
        FIRST.then(10, fact, by=STRANGER)
    with pytest.raises(IntegrityError, match=r"found .*, root key since entry 0$"):
        FIRST.then(10, fact, by=ROOT)


def test_without_root_signatures_nothing_changes() -> None:
    refused(FIRST, keyorders.enrol_recorder(FIRST.head, RECORDER_2, []), "at least 1 root keys, found 0")


def test_a_signature_by_another_key_is_refused_even_beside_enough_good_ones() -> None:
    for signers in ([STRANGER], [ROOT, STRANGER]):
        fact = keyorders.enrol_recorder(FIRST.head, RECORDER_2, signers)
        refused(FIRST, fact, f"one of the keys {keyid(ROOT.public_key)}, found {keyid(STRANGER.public_key)}")


def test_as_many_root_keys_sign_as_the_threshold_says() -> None:
    stream = opened_stream(ROOT, ROOT_2, ROOT_3, threshold=2)
    for signers in ([ROOT], [ROOT_2]):
        fact = keyorders.enrol_recorder(stream.head, RECORDER_2, signers)
        refused(stream, fact, "at least 2 root keys, found 1")
    for signers in ([ROOT, ROOT_3], [ROOT_2, ROOT, ROOT_3]):
        assert (
            stream.then(5, keyorders.enrol_recorder(stream.head, RECORDER_2, signers)).keyring.position == 5
        )


def test_one_root_key_counts_once() -> None:
    stream = opened_stream(ROOT, ROOT_2, threshold=2)
    fact = keyorders.enrol_recorder(stream.head, RECORDER_2, [ROOT])
    refused(stream, replace(fact, rootsignatures=fact.rootsignatures * 2), "distinct keys in ascending order")


def test_root_signatures_have_one_order() -> None:
    stream = opened_stream(ROOT, ROOT_2, threshold=2)
    fact = keyorders.enrol_recorder(stream.head, RECORDER_2, [ROOT, ROOT_2])
    turned = replace(fact, rootsignatures=fact.rootsignatures[::-1])
    refused(stream, turned, "distinct keys in ascending order")


def _resigned(fact: RecorderEnrolled, text: bytes, space: str = "tallystick/keys@v1") -> RecorderEnrolled:
    signature = KeySignature(keyid(ROOT.public_key), sign_ssh(text, space, ROOT))
    return replace(fact, rootsignatures=(signature,))


def test_a_root_signature_counts_for_its_namespace_only() -> None:
    fact = keyorders.enrol_recorder(FIRST.head, RECORDER_2, [ROOT])
    text = statement(FIRST.head, fact)
    assert FIRST.then(10, _resigned(fact, text)) == SECOND
    refused(FIRST, _resigned(fact, text, "file"), "namespace tallystick/keys@v1, found for 'file'")


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
    refused(FIRST, _resigned(fact, text.replace(old, new).encode()), "found one that does not verify")


def test_an_authorised_fact_is_not_good_for_a_second_place() -> None:
    fact = keyorders.enrol_actor(FIRST.head, "p-ada", ADA, [ROOT])
    refused(SECOND, fact, "found one that does not verify")


def test_root_signatures_do_not_cover_a_fact_that_was_changed() -> None:
    fact = keyorders.compromise_recorder(SECOND.head, RECORDER_2.public_key, 15, [ROOT])
    refused(SECOND, replace(fact, suspect_from=16), "found one that does not verify")


def test_root_signatures_made_elsewhere_are_added_later() -> None:
    stream = opened_stream(ROOT, ROOT_2, threshold=2)
    fact = keyorders.enrol_recorder(stream.head, RECORDER_2, [])
    text = statement(stream.head, fact)
    letters = [sign_ssh(text, "tallystick/keys@v1", root) for root in (ROOT_2, ROOT, ROOT)]
    signed = keyorders.countersigned(keyorders.countersigned(fact, letters[:1]), iter(letters[1:]))
    assert signed == keyorders.enrol_recorder(stream.head, RECORDER_2, [ROOT, ROOT_2])


@pytest.mark.parametrize("proof", ["", "AAAA", show_possession(b"another statement", RECORDER_2)])
def test_a_new_key_that_nobody_shows_to_hold_is_refused(proof: str) -> None:
    for fact in (
        keyorders.enrol_recorder(FIRST.head, RECORDER_2, [ROOT]),
        keyorders.add_logkey(FIRST.head, RECORDER_2, [ROOT]),
    ):
        refused(FIRST, replace(fact, possession=proof), "an Ed25519 signature by key")


def test_possession_is_shown_by_the_new_key_itself() -> None:
    fact = keyorders.enrol_recorder(FIRST.head, RECORDER_2, [ROOT])
    proof = show_possession(statement(FIRST.head, fact), STRANGER)
    refused(FIRST, replace(fact, possession=proof), "an Ed25519 signature by key")


def test_an_actor_shows_possession_as_openssh_does() -> None:
    fact = keyorders.enrol_actor(FIRST.head, "p-ada", ADA, [ROOT])
    for proof in ("", show_possession(statement(FIRST.head, fact), ADA)):
        refused(FIRST, replace(fact, possession=proof), "an armored SSH signature")
    text = statement(FIRST.head, fact)
    refused(
        FIRST,
        replace(fact, possession=sign_ssh(text, "tallystick/possession@v1", ADA)),
        "one that does not verify",
    )


def test_root_keys_change_from_the_next_fact_on() -> None:
    changed = keyorders.change_root(
        FIRST.head, [ROOT_2.public_key, ROOT_3.public_key], 2, added=[ROOT_2, ROOT_3], roots=[ROOT]
    )
    stream = FIRST.then(10, changed)
    roots = root_keys(stream.keyring)
    assert (set(roots.keys.values()), roots.threshold) == ({ROOT_2.public_key, ROOT_3.public_key}, 2)
    refused(stream, keyorders.enrol_recorder(stream.head, RECORDER_2, [ROOT]), "one of the keys")
    enrolled = stream.then(20, keyorders.enrol_recorder(stream.head, RECORDER_2, [ROOT_2, ROOT_3]))
    assert may_sign(enrolled.keyring, RECORDER_2, 21)


def test_the_outgoing_root_keys_authorise_the_change() -> None:
    changed = keyorders.change_root(FIRST.head, [ROOT_2.public_key], 1, added=[ROOT_2], roots=[ROOT_2])
    refused(FIRST, changed, f"one of the keys {keyid(ROOT.public_key)}")


def test_the_threshold_alone_may_change() -> None:
    stream = opened_stream(ROOT, ROOT_2)
    keys = [ROOT.public_key, ROOT_2.public_key]
    changed = stream.then(10, keyorders.change_root(stream.head, keys, 2, added=[], roots=[ROOT]))
    assert root_keys(changed.keyring).threshold == 2


@pytest.mark.parametrize("added", [[], [ROOT_3], [ROOT_2, ROOT_3]])
def test_exactly_the_new_root_keys_show_possession(added: list[Ed25519Signer]) -> None:
    keys = [ROOT.public_key, ROOT_2.public_key]
    changed = keyorders.change_root(FIRST.head, keys, 1, added=added, roots=[ROOT])
    refused(FIRST, changed, "one by each new key")


def test_possession_of_a_root_key_is_shown_for_this_change() -> None:
    changed = keyorders.change_root(FIRST.head, [ROOT_2.public_key], 1, added=[ROOT_2], roots=[ROOT])
    wrong = KeySignature(keyid(ROOT_2.public_key), changed.rootsignatures[0].signature)
    refused(
        FIRST, replace(changed, possession=(wrong,)), "a signature for namespace tallystick/possession@v1"
    )


def test_a_threshold_that_cannot_be_reached_is_refused() -> None:
    changed = keyorders.change_root(FIRST.head, [ROOT_2.public_key], 2, added=[ROOT_2], roots=[ROOT])
    refused(FIRST, changed, "at most 1, found 2")


def test_a_root_key_that_was_taken_out_does_not_come_back() -> None:
    stream = FIRST.then(
        10, keyorders.change_root(FIRST.head, [ROOT_2.public_key], 1, added=[ROOT_2], roots=[ROOT])
    )
    back = keyorders.change_root(stream.head, [ROOT.public_key], 1, added=[ROOT], roots=[ROOT_2])
    refused(stream, back, "a key never enrolled before")
