"""The verification of one source, step after step (design section 10).

What a step refuses never reaches a later one; what is left is checked to the end, so that one run names the
first bad place of each kind. Memory grows with the number of streams and with the largest incident only.
"""

from __future__ import annotations

from collections.abc import Sequence

from ledger.audit import Audit
from ledger.checkpoint import Checkpoint
from ledger.errors import IntegrityError
from ledger.keyring import log_keys as keys_in_force
from ledger.note import VerifierKey, format_vkey
from verifier.ahead import ahead
from verifier.blobs import check_blobs
from verifier.completeness import Heads
from verifier.conclusion import Outcome, conclude
from verifier.consistency import check_consistency, open_since
from verifier.container import Accepted, check_container
from verifier.copies import check_copies
from verifier.disclosures import check_disclosures
from verifier.entries import AUDITED, check_entries, expect
from verifier.gathered import Gathered
from verifier.incidents import check_incidents
from verifier.inclusion import included
from verifier.proven import Proven
from verifier.report import Report
from verifier.signedhead import SignedHead, open_head
from verifier.source import Source
from verifier.steps import Step
from verifier.tally import Progress, Tally, no_progress


def verify(
    source: Source,
    *,
    log_keys: Sequence[VerifierKey] = (),
    since: bytes | None = None,
    processes: int = 1,
    progress: Progress = no_progress,
) -> Report:
    """Return what holds of ``source``; ``log_keys`` are the auditor's own, one of which must have signed.

    ``since`` is an older checkpoint that the auditor kept; raises `WrongUse` if none of the keys signed it.
    With several ``processes`` a large export is verified sooner; the report is the same.
    """
    older = None if since is None else open_since(since, log_keys)
    tally = Tally()
    accepted = check_container(source, tally, progress)
    head = open_head(accepted, log_keys, tally)
    if head is None:
        return conclude(Outcome(tally=tally, listed=source.listed, since=older))
    return _verify_log(accepted, head, older, tally, progress, processes=processes)


def _verify_log(
    source: Accepted,
    head: SignedHead,
    since: Checkpoint | None,
    tally: Tally,
    progress: Progress,
    *,
    processes: int,
) -> Report:
    if since is not None:
        check_consistency(source, head, since, tally)
    heads = Heads(source, tally) if source.layout.kind == "incident" else None
    with Gathered(heads) as gathered:
        audit = _check_entries(source, head, gathered, tally, progress, processes=processes)
        _check_log_key(head, audit, tally)
        complete = None if heads is None else heads.check()
        if source.listed:
            check_blobs(source, gathered, tally, progress)
        sealed = None if heads is None else check_disclosures(source, gathered, tally)
        check_incidents(source, gathered, audit, tally, progress)
        if source.listed:
            check_copies(source, gathered, tally)
    return conclude(
        Outcome(
            tally=tally,
            listed=source.listed,
            kind=source.layout.kind,
            since=since,
            head=head,
            audit=audit,
            complete=complete,
            sealed=sealed,
            unknown=gathered.unknown,
            solo=gathered.solo,
        )
    )


def _check_entries(
    source: Accepted,
    head: SignedHead,
    gathered: Gathered,
    tally: Tally,
    progress: Progress,
    *,
    processes: int,
) -> Audit:
    """Return the audit of every entry: those of the whole tree, or those that an export lists and proves."""
    audit, size = Audit(head.checkpoint.origin), head.checkpoint.size
    if source.layout.kind == "ledger":
        expect(tally, size)
        entries = ahead(included(source, head.checkpoint, tally), audit, processes)
        check_entries(entries, size, audit, gathered, tally, progress=progress)
        return audit
    proven = Proven(source, head, tally)
    expect(tally, 0)
    entries = ahead(proven.entries(), audit, processes)
    check_entries(entries, 0, audit, gathered, tally, progress=progress)
    expect(tally, proven.count)
    if not tally.is_clean(Step.INCLUSION):
        # Then there may be more entries than could be counted.
        for step in AUDITED:
            tally.cut_short(step)
    return audit


def _check_log_key(head: SignedHead, audit: Audit, tally: Tally) -> None:
    """Report a checkpoint by a key that the log itself does not name as its log key at that size."""
    if audit.keyring.position < 0:
        return
    with tally.collecting("keyring"):
        size, key = head.checkpoint.size, format_vkey(head.key)
        if key not in (in_force := keys_in_force(audit.keyring, size)):
            raise IntegrityError(f"checkpoint {size}", f"a signature by {' or '.join(in_force)}", key)
