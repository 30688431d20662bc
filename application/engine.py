"""Everything a use case works with, opened once and shared: the log, the vault, the blobs, the policies."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from application.blobs import Blobs
from application.configuration import LoadedTemplate
from application.follower import Follower
from application.ids import Clock, NewId
from application.incident_index import IncidentIndex
from application.logkey import signing_vkey
from application.notice_numbers import NoticeNumbers
from application.people import People
from application.policyshelf import PolicyShelf
from application.remembered import Remembered
from application.states import States
from application.turns import Turns
from application.vault import Vault
from domain.classified import Profile
from domain.oncall import OnCall
from domain.rules import AlertRules
from ledger.commits import Commits
from ledger.store.sqlite import SqliteStore
from ledger.writer import Writer


class Engine(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A running ledger. Threads and coroutines share it; whoever opened it closes it.

    ``disk`` runs what blocks on files, so that an event loop can wait for it; ``published``
    announces the sizes of published checkpoints; ``policies`` holds the SHA-256 of the policy
    of each profile that a new incident may have, kept as blobs; ``templates`` are plans by name;
    ``spools`` is a folder for files without a name (`application.spool`).
    """

    origin: str
    store: SqliteStore
    writer: Writer
    published: Commits
    vault: Vault
    blobs: Blobs
    index: IncidentIndex
    follower: Follower
    states: States
    remembered: Remembered
    people: People
    turns: Turns
    policies: Mapping[Profile, str]
    shelf: PolicyShelf
    profile: Profile
    rules: AlertRules
    templates: Mapping[str, LoadedTemplate]
    oncall: OnCall
    disk: ThreadPoolExecutor
    spools: Path
    clock: Clock
    new_id: NewId
    notices: NoticeNumbers = msgspec.field(default_factory=NoticeNumbers)

    @property
    def vkey(self) -> str:
        """The verifier key of the checkpoints that are served."""
        return signing_vkey(self.store)

    @property
    def commits(self) -> Commits:
        """Announces the sizes of the committed log."""
        return self.writer.commits
