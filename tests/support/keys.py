"""A stream ``keys`` in memory, with fixed keys: each fact chained, signed and folded as the writer would."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import pytest
from msgspec.structs import replace

from ledger import keyorders
from ledger.dsse import seal
from ledger.errors import IntegrityError
from ledger.event import Event, encode_event, genesis
from ledger.keyfacts import KeyFact, LedgerOpened, parse_fact, to_data, type_name
from ledger.keyring import EMPTY, Keyring, fold, valid
from ledger.merkle import leaf_hash
from ledger.note import format_vkey, log_vkey
from ledger.rootkeys import KeysHead
from ledger.signer import Ed25519Signer, Signer, keyid
from tests.support.logs import LOG, ORIGIN, RECORDER

if TYPE_CHECKING:
    from ledger.canonical import Json

ROOT = Ed25519Signer(b"\x11" * 32)
ROOT_2 = Ed25519Signer(b"\x12" * 32)
ROOT_3 = Ed25519Signer(b"\x13" * 32)
RECORDER_2 = Ed25519Signer(b"\x14" * 32)
RECORDER_3 = Ed25519Signer(b"\x15" * 32)
LOG_2 = Ed25519Signer(b"\x16" * 32)
ADA = Ed25519Signer(b"\x17" * 32)
BOB = Ed25519Signer(b"\x18" * 32)


class Entry(msgspec.Struct, frozen=True):
    """A key fact where it stands: what `ledger.keyring.fold` is given."""

    position: int
    event: Event
    keyid: str


class KeyStream(msgspec.Struct, frozen=True):
    """The key facts so far and what they fold to; each method returns a longer one."""

    entries: tuple[Entry, ...] = ()
    keyring: Keyring = EMPTY
    leaf: str = genesis(ORIGIN, "keys")

    @property
    def head(self) -> KeysHead:
        """What the next fact stands on."""
        return KeysHead(ORIGIN, self.leaf)

    def entry(self, position: int, fact: KeyFact, by: Signer = RECORDER) -> Entry:
        """Return the next entry, not folded yet."""
        return self.entry_of(position, type_name(fact), to_data(fact), by)

    def entry_of(self, position: int, name: str, data: dict[str, Json], by: Signer = RECORDER) -> Entry:
        """Return the next entry with ``data`` as it is."""
        moment = f"2026-11-23T{position // 3600:02}:{position // 60 % 60:02}:{position % 60:02}.500000Z"
        event = Event(
            id=f"0192f000-0000-7000-8000-{position:012x}",
            source=f"//{ORIGIN}",
            type=name,
            subject="keys",
            streamversion=len(self.entries) + 1,
            prevhash=self.leaf,
            time=moment,
            recordedtime=moment,
            authtype="system",
            authid="p-system",
            data=data,
        )
        return Entry(position, event, keyid(by.public_key))

    def folded(self, entry: Entry, by: Signer = RECORDER) -> KeyStream:
        """Return the stream with ``entry`` at its end, or raise what `fold` raises."""
        keyring = fold(self.keyring, entry.position, entry.event, entry.keyid)
        leaf = leaf_hash(seal(encode_event(entry.event), by)).hex()
        return KeyStream((*self.entries, entry), keyring, leaf)

    def then(self, position: int, fact: KeyFact, by: Signer = RECORDER) -> KeyStream:
        """Return the stream with ``fact`` at ``position``, signed by the recorder ``by``."""
        return self.folded(self.entry(position, fact, by), by)


def opened_stream(*roots: Signer, threshold: int = 1) -> KeyStream:
    """Return a stream of leaf 0 alone, with ``roots`` (or `ROOT`) as root keys."""
    fact = keyorders.opened(
        origin=ORIGIN,
        recorder=RECORDER.public_key,
        logkeys=[LOG.public_key],
        rootkeys=[root.public_key for root in roots or (ROOT,)],
        threshold=threshold,
    )
    return KeyStream().then(0, fact)


FIRST = opened_stream()
SECOND = FIRST.then(10, keyorders.enrol_recorder(FIRST.head, RECORDER_2, [ROOT]))


def opened_fact(**changes: object) -> LedgerOpened:
    """Return leaf 0 of `FIRST`, with ``changes``."""
    fact = parse_fact("tallystick.ledger-opened.v1", FIRST.entries[0].event.data, "test")
    assert isinstance(fact, LedgerOpened)
    return replace(fact, **changes)


def vkey_of(signer: Signer) -> str:
    """Return the verifier key of a log key."""
    return format_vkey(log_vkey(ORIGIN, signer.public_key))


def may_sign(keyring: Keyring, signer: Signer, position: int) -> bool:
    """Return whether ``signer`` is a recorder that may sign entry ``position``."""
    try:
        return valid(keyring, keyid(signer.public_key), position) == signer.public_key
    except IntegrityError:
        return False


def refused(stream: KeyStream, fact: KeyFact, said: str, position: int = 20) -> None:
    """Assert that ``fact`` is refused at ``position``, with a place and with the words ``said``."""
    place = re.escape(f"entry {position} ({type_name(fact)})")
    with pytest.raises(IntegrityError, match=rf"^{place}.*: expected .*{said}"):
        stream.then(position, fact)
