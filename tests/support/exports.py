"""Real ledgers that are exported: a store on disk, the vault, the blobs, the writer and the publisher."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec.structs import replace

from application.export import Exported, export_ledger
from application.local_blobs import LocalBlobs
from application.sealing import seal_facts
from application.vault import Vault
from domain.facts import Fact, encode, type_name
from domain.intake.facts import IncidentOpened
from ledger import keyorders
from ledger.append import AppendRequest, Part, Receipt
from ledger.keyfacts import STREAM, LaterFact, to_data
from ledger.keyfacts import type_name as key_type
from ledger.note import VerifierKey, format_vkey, log_vkey
from ledger.rootkeys import KeysHead
from ledger.signer import Ed25519Signer
from ledger.store.contract import SignedCheckpoint
from ledger.store.sqlite import SqliteStore
from ledger.writer import Writer
from tests.support.ledgers import LOG, ORIGIN, RECORDER, ROOT, Clock, draft, open_publisher, opening
from tests.support.playing import CONFIG, FILES
from tests.support.story import FACTS, OPENED

VKEY = log_vkey(ORIGIN, LOG.public_key)
INCIDENT = "incident-0123456789abcdef0123456789abcdef"
POLICY = (CONFIG / "protocol_gates" / FILES["team"]).read_bytes()
RECORDER_2 = Ed25519Signer(b"\x06" * 32)


class Ledger:
    """A ledger in ``folder`` with leaf 0, on which tests record facts, and which they export."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = SqliteStore(folder / "ledger.db")
        self.clock = Clock()
        self.writer = Writer(self.store, RECORDER, ORIGIN, clock=self.clock)
        self.vault = Vault(folder / "vault.db", bytes(range(32)))
        self.blobs = LocalBlobs(folder / "blobs")
        self.policy = self.blobs.put(POLICY)
        self.writer.append(opening())

    def record(self, stream: str, *facts: Fact) -> Receipt:
        """Record facts, sealed, in one stream."""
        sealed = seal_facts([(stream, self._with_policy(fact)) for fact in facts], self.vault, self.blobs)
        drafts = tuple(draft(encode(fact), kind=type_name(fact)) for fact in sealed)
        return self.writer.append(AppendRequest((Part(stream, None, drafts),)))

    def note(self, stream: str, kind: str = "test.noted.v1") -> Receipt:
        """Record a fact of a type that nobody knows."""
        return self.writer.append(AppendRequest((Part(stream, None, (draft({"n": 1}, kind=kind),)),)))

    def order(self, fact: LaterFact) -> Receipt:
        """Record a key fact."""
        return self.writer.append(
            AppendRequest((Part(STREAM, None, (draft(to_data(fact), kind=key_type(fact)),)),))
        )

    @property
    def keys_head(self) -> KeysHead:
        """What the next key fact stands on."""
        return KeysHead(ORIGIN, self.store.stream_heads([STREAM])[STREAM].leaf)

    def enrol(self, signer: Ed25519Signer = RECORDER_2) -> Receipt:
        """Enrol another recorder, as a root key authorises it."""
        return self.order(keyorders.enrol_recorder(self.keys_head, signer, [ROOT]))

    def publish(self) -> SignedCheckpoint:
        """Return the checkpoint of everything recorded, now published."""
        published = open_publisher(self.store, self.folder).publish()
        assert published is not None
        return published

    def export(self, out: Path, checkpoint: SignedCheckpoint | None = None) -> Exported:
        """Export everything, or what a published checkpoint covers."""
        return export_ledger(
            self.store,
            self.blobs,
            out,
            checkpoint=checkpoint or self.publish(),
            vkey=format_vkey(VKEY),
        )

    def close(self) -> None:
        """Close everything."""
        self.writer.close()
        self.vault.close()
        self.store.close()

    def _with_policy(self, fact: Fact) -> Fact:
        return replace(fact, policy_sha256=self.policy) if isinstance(fact, IncidentOpened) else fact


@contextmanager
def new_ledger(folder: Path) -> Iterator[Ledger]:
    """Give a fresh ledger; closed at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    ledger = Ledger(folder)
    try:
        yield ledger
    finally:
        ledger.close()


def two_event_export(folder: Path) -> Path:
    """Return an export of leaf 0 and one fact, which opens an incident and names a policy."""
    with new_ledger(folder / "home") as ledger:
        ledger.record(INCIDENT, OPENED)
        ledger.export(folder / "export")
    return folder / "export"


def story_export(folder: Path) -> Path:
    """Return an export of a whole incident with large text, a second recorder and unknown facts."""
    with new_ledger(folder / "home") as ledger:
        ledger.record(INCIDENT, *FACTS)
        ledger.enrol()
        ledger.note("alert-1")
        ledger.record(INCIDENT.replace("0", "9"), OPENED)
        ledger.export(folder / "export")
    return folder / "export"


def content(export: Path) -> dict[str, bytes]:
    """Return the files of an export, for `verifier.Memory`."""
    return {
        path.relative_to(export).as_posix(): path.read_bytes() for path in export.rglob("*") if path.is_file()
    }


def log_keys() -> tuple[VerifierKey, ...]:
    """Return what the auditor pinned."""
    return (VKEY,)
