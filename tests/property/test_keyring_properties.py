"""Laws of the keyring: the past stays as it was, and who may sign follows from when keys began and ended."""

from __future__ import annotations

from contextlib import suppress
from functools import partial, reduce
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger import keyorders
from ledger.enrolment import current
from ledger.errors import IntegrityError
from ledger.keyfacts import FACTS, parse_fact, to_data
from ledger.keyring import EMPTY, Keyring, actor_keys, doubtful, fold, log_keys, root_keys, valid
from ledger.signer import Ed25519Signer, Signer, keyid
from tests.support.keys import ROOT, Entry, KeyStream, may_sign, opened_stream
from tests.support.logs import LOG, RECORDER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ledger.keyfacts import LaterFact
    from ledger.rootkeys import KeysHead

RECORDERS = (RECORDER, *(Ed25519Signer(bytes([0x40 + number]) * 32) for number in range(3)))
LOGS = (LOG, *(Ed25519Signer(bytes([0x50 + number]) * 32) for number in range(2)))
ACTORS = tuple(Ed25519Signer(bytes([0x60 + number]) * 32) for number in range(3))
ROOTS = (ROOT, *(Ed25519Signer(bytes([0x70 + number]) * 32) for number in range(3)))

Step: TypeAlias = tuple[int, int]
Order: TypeAlias = "Callable[[KeysHead, Sequence[Signer]], LaterFact]"
STEPS = st.lists(st.tuples(st.integers(0, 99), st.integers(1, 4)), min_size=2, max_size=10)


def _stream(steps: list[Step]) -> list[KeyStream]:
    """Return the stream after leaf 0 and after each step, which takes one of the orders possible there."""
    streams = [opened_stream()]
    for choice, gap in steps:
        stream = streams[-1]
        position = stream.keyring.position + gap
        possible = [*_enrolments(stream.keyring), *_ends(stream.keyring, position, choice)]
        roots = [root for root in ROOTS if keyid(root.public_key) in root_keys(stream.keyring).keys]
        order = possible[choice % len(possible)]
        by = [recorder for recorder in RECORDERS if may_sign(stream.keyring, recorder, position)]
        streams.append(stream.then(position, order(stream.head, roots), by[choice % len(by)]))
    return streams


def _enrolments(keyring: Keyring) -> Iterator[Order]:
    for recorder in _unknown(keyring, RECORDERS):
        yield partial(_call, keyorders.enrol_recorder, recorder)
    for log in _unknown(keyring, LOGS):
        yield partial(_call, keyorders.add_logkey, log)
    for number, actor in enumerate(_unknown(keyring, ACTORS)):
        yield partial(_call, keyorders.enrol_actor, f"p-{number % 2}", actor)
    for root in _unknown(keyring, ROOTS):
        yield partial(_more_roots, root)
    yield _fewer_roots


def _ends(keyring: Keyring, position: int, choice: int) -> Iterator[Order]:
    for entry in keyring.book.values():
        owner, since = entry.owner, entry.since.position
        last = entry.until is None and len(current(keyring.book, owner.role)) == 1
        latest = position if entry.suspect_from is None else entry.suspect_from - 1
        ends, first = entry.until is None, since + choice % (max(latest - since, 0) + 1)
        if owner.role == "log" and ends and not last:
            yield partial(_call, keyorders.retire_logkey, owner.public_key)
        if owner.role == "recorder" and ends and not last:
            yield partial(_call, keyorders.retire_recorder, owner.public_key)
        if owner.role == "recorder" and latest >= since and not last:
            yield partial(_call, keyorders.compromise_recorder, owner.public_key, first)
        if owner.role == "actor" and ends:
            yield partial(_call, keyorders.retire_actor, owner.principal, owner.public_key)
        if owner.role == "actor" and latest >= since:
            yield partial(_call, keyorders.compromise_actor, owner.principal, owner.public_key, first)


def _unknown(keyring: Keyring, signers: Iterable[Signer]) -> list[Signer]:
    return [signer for signer in signers if keyid(signer.public_key) not in keyring.book]


def _call(make: Callable[..., LaterFact], *args: object) -> LaterFact:
    *values, head, roots = args
    return make(head, *values, roots)


def _more_roots(other: Signer, head: KeysHead, roots: Sequence[Signer]) -> LaterFact:
    keys = [root.public_key for root in (*roots, other)]
    return keyorders.change_root(head, keys, len(keys), added=[other], roots=roots)


def _fewer_roots(head: KeysHead, roots: Sequence[Signer]) -> LaterFact:
    return keyorders.change_root(head, [roots[-1].public_key], 1, added=[], roots=roots)


def _view(keyring: Keyring, position: int) -> object:
    """Return all that the keyring says about entry ``position``."""
    return (
        [may_sign(keyring, recorder, position) for recorder in RECORDERS],
        [actor_keys(keyring, f"p-{number}", position) for number in range(2)],
        log_keys(keyring, position),
    )


@given(STEPS)
def test_later_facts_never_change_who_could_sign_an_earlier_entry(steps: list[Step]) -> None:
    streams = _stream(steps)
    for earlier, later in pairwise(streams):
        # Up to the next fact itself: it takes effect on the entry after it.
        for position in range(later.keyring.position + 1):
            assert _view(earlier.keyring, position) == _view(streams[-1].keyring, position)


@given(STEPS, st.integers(0, 9))
def test_folding_a_prefix_and_then_the_rest_is_folding_all(steps: list[Step], cut: int) -> None:
    entries = _stream(steps)[-1].entries

    def step(keyring: Keyring, entry: Entry) -> Keyring:
        return fold(keyring, entry.position, entry.event, entry.keyid)

    prefix = reduce(step, entries[:cut], EMPTY)
    assert reduce(step, entries[cut:], prefix) == reduce(step, entries, EMPTY)


@given(STEPS)
def test_a_recorder_may_sign_between_the_facts_that_begin_and_end_it(steps: list[Step]) -> None:
    stream = _stream(steps)[-1]
    begun, ended = {keyid(RECORDER.public_key): -1}, dict[str, int]()
    for entry in stream.entries[1:]:
        key = entry.event.data.get("key")
        name = keyid(bytes.fromhex(key)) if isinstance(key, str) and len(key) == 64 else ""
        if entry.event.type == "tallystick.recorder-enrolled.v1":
            begun[name] = entry.position
        elif entry.event.type.startswith("tallystick.recorder-"):
            ended.setdefault(name, entry.position)
    for recorder in RECORDERS:
        name = keyid(recorder.public_key)
        for position in range(stream.keyring.position + 3):
            expected = name in begun and begun[name] < position <= ended.get(name, position)
            assert may_sign(stream.keyring, recorder, position) == expected


@given(STEPS)
def test_doubt_covers_entries_that_stay_valid(steps: list[Step]) -> None:
    keyring = _stream(steps)[-1].keyring
    for doubt in doubtful(keyring):
        assert doubt.first <= doubt.last <= keyring.position
        if doubt.role == "recorder":
            assert valid(keyring, doubt.keyid, doubt.last)


@given(STEPS, st.data())
def test_a_stream_with_a_fact_left_out_doubled_or_moved_is_refused(
    steps: list[Step], data: st.DataObject
) -> None:
    entries = list(_stream(steps)[-1].entries)
    index = data.draw(st.integers(0, len(entries) - 2))
    left_out = entries[:index] + entries[index + 1 :]
    doubled = entries[: index + 1] + entries[index:]
    moved = [*entries[:index], entries[index + 1], entries[index], *entries[index + 2 :]]
    for broken in (left_out, doubled, moved):
        with pytest.raises(IntegrityError):
            reduce(
                lambda keyring, entry: fold(keyring, entry.position, entry.event, entry.keyid), broken, EMPTY
            )


@given(STEPS)
def test_a_fact_with_any_field_of_another_fact_is_refused(steps: list[Step]) -> None:
    streams = _stream(steps)
    for before, after in pairwise(streams):
        entry = after.entries[-1]
        for other in streams[-1].entries:
            for name in other.event.data.keys() & entry.event.data.keys():
                data = {**entry.event.data, name: other.event.data[name]}
                if data != entry.event.data:
                    with pytest.raises(IntegrityError):
                        fold(before.keyring, entry.position, replace(entry.event, data=data), entry.keyid)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    [*sorted({name for fact in FACTS.values() for name in fact.__struct_fields__}), "other"]
)


@given(st.sampled_from(sorted(FACTS)), st.dictionaries(FIELDS, JSON | st.just("ab" * 32), max_size=6))
def test_data_is_one_spelling_of_a_fact_or_refused(name: str, data: dict[str, object]) -> None:
    with suppress(IntegrityError):
        assert to_data(parse_fact(name, data, "entry 3")) == data  # type: ignore[arg-type] # any JSON
