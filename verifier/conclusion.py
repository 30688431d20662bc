"""From what was found to what is said: the verdict, what it proves, and what nobody should read into it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from ledger.audit import Audit
from ledger.checkpoint import Checkpoint
from ledger.keyring import doubtful
from ledger.note import format_vkey
from verifier.report import Complete, Doubtful, Kind, Report, Sealed, Unknown, Verdict
from verifier.signedhead import SignedHead
from verifier.steps import Step
from verifier.tally import Tally

ENTRIES = "Every entry is in its one spelling, signed by a recorder then in force, and linked to its stream."
DERIVED = "Every blob and policy that an entry names is there, and every artifact follows from the entries."
JUDGED = (
    "Every verdict follows from the facts before it, under the policy that its incident pins; so does every "
    "agreement, decision and readiness that the process goes on from."
)
COMPLETE = "The streams are complete up to size {:,}, as claimed by heads fact #{:,}."
DISCLOSED = "So many disclosed texts are the ones that entries commit to: {:,}."
SIGNED = "So many decisions are signed by the very people in whose names they are recorded: {:,}."

NOT_PINNED = "That this is the log you mean: no key of yours was used. Get the log's vkey by another way."
NOT_TRUE = (
    "That what was recorded is true, complete, or said by whom it names where they did not sign themselves: "
    "the recorder could sign anything."
)
NOT_TIMED = "That the times are right: they are the recorder's clock, and only never fall within a stream."
NOT_SHARED = (
    "That others were shown the same log: keep this checkpoint, and compare later ones with it (--since)."
)
NOT_LATER = (
    "That nothing was recorded in these streams after what is here, or that the heads fact told the truth: "
    "whoever has the whole log can tell."
)
WITHHELD = "What {:,} sealed texts say: they are not in this export."
SOLO = "That two people agreed in {:,} of the incidents: profile solo, no separation of duties."
NOT_HELP = "That VERIFY.md is what Tallystick wrote: it is help, not evidence; read before you run."
NOT_SERVED = (
    "Anything about blobs and artifacts, or whether verdicts follow: a live log serves entries only; verify "
    "an export for these."
)


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What is known when the last step is done; ``head`` and ``audit`` are missing if it never got there."""

    tally: Tally
    listed: bool
    kind: Kind = "ledger"
    since: Checkpoint | None
    head: SignedHead | None = None
    audit: Audit | None = None
    complete: Complete | None = None
    sealed: Sealed | None = None
    unknown: Mapping[str, int] = {}
    solo: int = 0


def conclude(outcome: Outcome) -> Report:
    """Return the report on ``outcome``."""
    verdict = _verdict(outcome)
    report = Report(
        verdict=verdict,
        kind=outcome.kind,
        since=None if outcome.since is None else outcome.since.size,
        entries=outcome.tally.count(Step.INCLUSION),
        streams=0 if outcome.audit is None else outcome.audit.streams,
        complete=outcome.complete,
        sealed=outcome.sealed,
        steps=outcome.tally.steps,
        findings=outcome.tally.findings,
        gaps=outcome.tally.gaps,
        unknown=tuple(Unknown(*item) for item in sorted(outcome.unknown.items())),
        does_not_prove=tuple(_does_not_prove(outcome)),
    )
    if outcome.head is None:
        return report
    holds = verdict in {"valid", "origin not established"}
    return msgspec.structs.replace(
        report,
        origin=outcome.head.checkpoint.origin,
        size=outcome.head.checkpoint.size,
        root=outcome.head.checkpoint.root.hex(),
        log_key=format_vkey(outcome.head.key),
        pinned=outcome.head.pinned,
        doubtful=tuple(_doubtful(outcome, outcome.head.checkpoint)),
        proves=tuple(_proves(outcome, outcome.head)) if holds else (),
    )


def _verdict(outcome: Outcome) -> Verdict:
    if outcome.tally.findings:
        return "invalid"
    incomplete = any(step.state == "incomplete" for step in outcome.tally.steps)
    if incomplete or outcome.head is None:
        return "could not check"
    return "valid" if outcome.head.pinned else "origin not established"


def _doubtful(outcome: Outcome, newest: Checkpoint) -> Iterator[Doubtful]:
    doubts = () if outcome.audit is None else doubtful(outcome.audit.keyring)
    sizes = sorted({newest.size, newest.size if outcome.since is None else outcome.since.size})
    for doubt in doubts:
        yield Doubtful(doubt, next((size for size in sizes if size > doubt.last), None))


def _proves(outcome: Outcome, head: SignedHead) -> Iterator[str]:
    size, key, here = head.checkpoint.size, format_vkey(head.key), outcome.tally.count(Step.INCLUSION)
    if outcome.kind == "ledger":
        yield f"The key {key} signed a tree of {size} entries: these, in this order."
    else:
        yield f"The key {key} signed a tree of {size} entries; these {here} are in it, each at its place."
    yield ENTRIES
    if outcome.complete is not None:
        yield COMPLETE.format(outcome.complete.size, outcome.complete.heads)
    if outcome.since is not None:
        yield f"Its first {outcome.since.size} entries are those of the older checkpoint."
    if outcome.listed:
        yield DERIVED
        yield JUDGED
    if outcome.sealed is not None and outcome.sealed.disclosed:
        yield DISCLOSED.format(outcome.sealed.disclosed)
    if signed := outcome.tally.count(Step.ATTESTATIONS):
        yield SIGNED.format(signed)


def _does_not_prove(outcome: Outcome) -> Iterator[str]:
    if outcome.head is None or not outcome.head.pinned:
        yield NOT_PINNED
    yield NOT_TRUE
    yield NOT_TIMED
    if outcome.kind == "incident":
        yield NOT_LATER
    if outcome.sealed is not None and outcome.sealed.withheld:
        yield WITHHELD.format(outcome.sealed.withheld)
    if outcome.solo:
        yield SOLO.format(outcome.solo)
    if outcome.since is None:
        yield NOT_SHARED
    if not outcome.listed:
        yield NOT_SERVED
    else:
        yield NOT_HELP
