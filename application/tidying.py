"""Which commitments the log names: asked before a vault row that looks like an orphan is removed.

Looked for in the bytes of the events, not in decoded facts, so that facts of types this program
does not know keep their values.
"""

from __future__ import annotations

import re
from collections.abc import Set

from application.reading import log_rows
from ledger.dsse import parse_envelope
from ledger.store.contract import Reader

_COMMITMENT = re.compile(rb'"c":"([0-9a-f]{64})"')


def referenced(store: Reader, commitments: Set[str], first: int) -> Set[str]:
    """Return those of ``commitments`` that entries from position ``first`` on name."""
    found: set[str] = set()
    for row in log_rows(store, first, store.head().size):
        if len(found) == len(commitments):
            # The rule: nothing crashed, and the entries follow soon after the values.
            break
        payload = parse_envelope(row.envelope, f"entry {row.position}").payload
        found.update(c for c in map(bytes.decode, _COMMITMENT.findall(payload)) if c in commitments)
    return found
