"""The directory as of everything that is committed, also by other processes: folded once, then carried on."""

from __future__ import annotations

import threading

from application.reading import recorded
from application.states import Folded
from domain.directory import NOBODY, Directory, evolve, of_people
from domain.people_facts import STREAM
from ledger.store.contract import Reader


class People:
    """The directory of one ledger. Threads may share it: what is remembered is never wrong, only old."""

    def __init__(self, store: Reader) -> None:
        self._store = store
        self._known = Folded(0, NOBODY)
        self._guard = threading.Lock()  # guards _known

    def current(self) -> Folded[Directory]:
        """Return the directory at the newest version of its stream; reads what came since, mostly nothing."""
        with self._guard:
            known = self._known
        version, directory = known.version, known.state
        for row in self._store.stream_rows(STREAM, version):
            item = recorded(row)
            version = row.version
            if of_people(item):
                directory = evolve(directory, item)
        if version == known.version:
            return known
        return self._keep(Folded(version, directory))

    def _keep(self, folded: Folded[Directory]) -> Folded[Directory]:
        with self._guard:
            if folded.version > self._known.version:
                self._known = folded
        return folded
