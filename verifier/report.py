"""What a verification says in the end: a verdict, and what exactly it rests on."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

from ledger.finding import Finding
from ledger.keyring import Doubt

Verdict: TypeAlias = Literal["valid", "invalid", "could not check", "origin not established"]
Kind: TypeAlias = Literal["ledger", "incident"]
State: TypeAlias = Literal["passed", "failed", "incomplete", "not run"]

EXITS: Final[dict[Verdict, int]] = {
    "valid": 0,
    "invalid": 1,
    "could not check": 2,
    "origin not established": 2,
}


class Findings(msgspec.Struct, frozen=True):
    """All findings of one kind: how many, and the first that was met."""

    kind: str
    count: int
    first: Finding


class Gap(msgspec.Struct, frozen=True):
    """Something that could not be checked, and why."""

    place: str
    reason: str


class Gaps(msgspec.Struct, frozen=True):
    """All gaps of one kind: how many, and the first that was met."""

    kind: str
    count: int
    first: Gap


class StepReport(msgspec.Struct, frozen=True):
    """How one step went, and how many things it accepted."""

    number: int
    title: str
    state: State
    checked: int


class Unknown(msgspec.Struct, frozen=True):
    """Facts of a type that this program does not know: counted, kept, not understood (R-EVT-03)."""

    type: str
    count: int


class Doubtful(msgspec.Struct, frozen=True):
    """Entries that are valid but signed with a key that may have been stolen by then.

    ``existed`` is the size of the oldest checkpoint at hand that covers them all: whoever held it before
    the theft knows that these entries are older. None where no checkpoint does.
    """

    doubt: Doubt
    existed: int | None


class Complete(msgspec.Struct, frozen=True):
    """The streams of an export are whole among the first ``size`` entries, as heads fact ``heads`` claims."""

    size: int
    heads: int


class Sealed(msgspec.Struct, frozen=True):
    """How many sealed values the entries of an export commit to, and how many of them are disclosed in it."""

    disclosed: int
    withheld: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome. ``log_key`` signed the checkpoint; ``pinned`` says whether the auditor brought it.

    ``size`` counts the entries of the log, ``entries`` those of them that are here. ``complete`` and
    ``sealed`` are for the export of an incident.
    """

    verdict: Verdict
    kind: Kind = "ledger"
    origin: str | None = None
    size: int | None = None
    entries: int = 0
    root: str | None = None
    log_key: str | None = None
    pinned: bool = False
    since: int | None = None
    streams: int = 0
    complete: Complete | None = None
    sealed: Sealed | None = None
    steps: tuple[StepReport, ...] = ()
    findings: tuple[Findings, ...] = ()
    gaps: tuple[Gaps, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    doubtful: tuple[Doubtful, ...] = ()
    proves: tuple[str, ...] = ()
    does_not_prove: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 valid, 1 invalid, 2 could not check or origin not established."""
        return EXITS[self.verdict]
