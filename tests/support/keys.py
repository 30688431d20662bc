"""A stream ``keys`` in memory, with fixed keys: each fact chained, signed and folded as the writer would."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ledger import keyorders
from ledger.dsse import seal
from ledger.event import Event, encode_event, genesis
from ledger.keyfacts import KeyFact, to_data, type_name
from ledger.keyring import EMPTY, Keyring, fold
from ledger.merkle import leaf_hash
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
