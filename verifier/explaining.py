"""What verdicts, steps and kinds of findings mean, for readers who are no engineers (design section 10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from verifier.report import State, Verdict
from verifier.steps import Step


class Meaning(msgspec.Struct, frozen=True):
    """A verdict in one sentence, and what a reader does next."""

    sentence: str
    advice: str


class Plain(msgspec.Struct, frozen=True):
    """A step's name, what it looks at, and what it counts; ``skipped`` says why it may not have run."""

    name: str
    sentence: str
    unit: str
    skipped: str = "An earlier step has to hold first."


MEANINGS: Final[Mapping[Verdict, Meaning]] = {
    "valid": Meaning(
        "This record is intact, and it was sealed with a key you trust.",
        "Keep its file “checkpoint” and compare the next record with it (--since): that finds a history "
        "that was cut off or rewritten in between.",
    ),
    "invalid": Meaning(
        "This record contradicts itself, your key, or what you kept from before: do not rely on it.",
        "Ask for another copy, and show where this one fails. Damage on the way and forgery look alike here; "
        "a second copy tells them apart.",
    ),
    "could not check": Meaning(
        "Nothing in this record contradicts, but not everything could be checked.",
        "Read below what could not be looked at and why. Until then, take what was checked for what it is.",
    ),
    "origin not established": Meaning(
        "This record is consistent in itself, but nothing shows whose it is.",
        "Get the log's verifier key by another way than this record, and check again with it (--log-key). "
        "Without it, anybody could have made all of this.",
    ),
}

STATES: Final[Mapping[State, str]] = {
    "passed": "holds",
    "failed": "does not hold",
    "incomplete": "not complete",
    "not run": "not checked",
}

PLAIN: Final[Mapping[Step, Plain]] = {
    Step.CONTAINER: Plain(
        "The parcel is undamaged",
        "Only files that belong here, each with the checksum on the parcel's own list. This finds damage; "
        "forgery is for the steps that follow.",
        "files",
    ),
    Step.CHECKPOINT: Plain(
        "The seal is genuine",
        "The log's key signed a short text, the checkpoint, that stands for all entries and their order.",
        "checkpoints",
    ),
    Step.CONSISTENCY: Plain(
        "History was not rewritten since last time",
        "The entries under the older checkpoint that you kept are all here, unchanged and in front.",
        "entries",
        "No older checkpoint was given to compare with.",
    ),
    Step.INCLUSION: Plain(
        "Every entry is under the seal",
        "The fingerprint of each entry leads to the checkpoint, at that entry's own place. An entry that was "
        "changed, added or moved does not.",
        "entries",
    ),
    Step.EVENTS: Plain(
        "Every entry can be read in one way only",
        "Each entry is well formed, has exactly one spelling, and was made for this ledger.",
        "entries",
    ),
    Step.COMPLETENESS: Plain(
        "Nothing was left out of the parcel",
        "A parcel of one incident holds some histories of a larger ledger. Each goes on to the entry that "
        "the ledger itself stated as its newest, in an entry that is here.",
        "histories",
        "A whole ledger needs no such statement: its seal counts every entry.",
    ),
    Step.SIGNATURES: Plain(
        "Every entry was written by a recorder entitled to",
        "Each carries the signature of a recording program whose key was in force at that place.",
        "entries",
    ),
    Step.CHAINS: Plain(
        "Nothing is missing in between",
        "Each entry continues the one before it in its own history: no number is left out, and the recorded "
        "time never runs backwards.",
        "entries",
    ),
    Step.REFERENCES: Plain(
        "Attachments, rules and disclosed texts are the original ones",
        "Every file that an entry names is here, byte for byte, and no other; every text that was disclosed "
        "is the one that its entry committed to.",
        "files and texts",
        "A live log serves entries only; an export brings the files.",
    ),
    Step.ARTIFACTS: Plain(
        "Reports say what the entries say",
        "This program wrote them again from the signed entries alone, and compared letter for letter.",
        "reports",
        "A live log serves entries only; an export brings the reports.",
    ),
    Step.VERDICTS: Plain(
        "Decisions follow from the rules",
        "What the process concluded by itself was concluded again, from what was known at that moment and "
        "the rules in force then.",
        "conclusions",
        "A live log serves entries only; an export brings the rules.",
    ),
    Step.ATTESTATIONS: Plain(
        "People's own signatures are theirs",
        "Where people signed a decision with a key of their own, they signed exactly what is recorded.",
        "signatures",
    ),
}

KINDS: Final[Mapping[str, str]] = {
    "file": "A file is missing, or does not belong here.",
    "sum": "A file is not the one that the list of checksums describes.",
    "checkpoint": "The checkpoint is not signed by the key it should be signed by.",
    "label": "The key beside the record is not the one that signed it.",
    "consistency": "History is not the one that you saw earlier.",
    "tree": "The fingerprints of entries do not lead to the checkpoint.",
    "bundle": "A file of entries is malformed.",
    "inclusion": "An entry is not the one under the seal.",
    "stream": "A list of entries is malformed, or not what it should be.",
    "proof": "The proof that an entry is under the seal is missing or malformed.",
    "envelope": "An entry is malformed.",
    "event": "An entry is malformed.",
    "source": "An entry was made for another ledger.",
    "fact": "What an entry says is malformed.",
    "completeness": "Something was left out, or the statement that nothing was is wrong.",
    "keyring": "A change of keys was not authorised.",
    "key": "An entry is signed by a key that was not in force.",
    "signature": "A signature is not genuine.",
    "chain": "An entry does not continue the one before it.",
    "time": "Recorded time runs backwards.",
    "blob": "An attachment is not the original one.",
    "disclosure": "A disclosed text is not the one that the entry committed to.",
    "artifact": "A report does not say what the entries say.",
    "verdict": "A conclusion does not follow from the rules.",
    "attestation": "A person's signature does not fit what is recorded.",
}
