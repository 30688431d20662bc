"""Facts about the ledger itself, in words."""

from __future__ import annotations

from collections.abc import Mapping

from domain.heads_facts import HeadsRecorded
from domain.sentence import Row, Sentence


def _heads(fact: HeadsRecorded, who: str) -> Sentence:
    return (f"The heads of {fact.streams} streams are stated as of {fact.size} entries (by {who})",)


ROWS: Mapping[type, Row] = {
    HeadsRecorded: Row(say=_heads, category="note", step="4.2", artifacts=()),
}
