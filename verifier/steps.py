"""The steps of a verification (design section 10), and which kind of finding belongs to which."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Final


class Step(IntEnum):
    """What is checked, in this order; a later step never runs on bytes that an earlier one refused."""

    CONTAINER = 1
    CHECKPOINT = 2
    CONSISTENCY = 3
    INCLUSION = 4
    EVENTS = 5
    COMPLETENESS = 6
    SIGNATURES = 7
    CHAINS = 8
    REFERENCES = 9
    ARTIFACTS = 10
    VERDICTS = 11
    ATTESTATIONS = 12


TITLES: Final[Mapping[Step, str]] = {
    Step.CONTAINER: "files, as SHA256SUMS lists them",
    Step.CHECKPOINT: "checkpoint",
    Step.CONSISTENCY: "consistency with an older checkpoint",
    Step.INCLUSION: "entries in the signed tree",
    Step.EVENTS: "events in their one spelling",
    Step.COMPLETENESS: "streams that were not cut",
    Step.SIGNATURES: "signatures by keys in force",
    Step.CHAINS: "links within streams",
    Step.REFERENCES: "blobs, policies and disclosures",
    Step.ARTIFACTS: "artifacts derived again",
    Step.VERDICTS: "verdicts derived again",
    Step.ATTESTATIONS: "people's own signatures",
}

STEP_OF_KIND: Final[Mapping[str, Step]] = {
    "file": Step.CONTAINER,
    "sum": Step.CONTAINER,
    "checkpoint": Step.CHECKPOINT,
    "label": Step.CHECKPOINT,
    "consistency": Step.CONSISTENCY,
    "tree": Step.INCLUSION,
    "bundle": Step.INCLUSION,
    "inclusion": Step.INCLUSION,
    "stream": Step.INCLUSION,
    "proof": Step.INCLUSION,
    "envelope": Step.EVENTS,
    "event": Step.EVENTS,
    "source": Step.EVENTS,
    "fact": Step.EVENTS,
    "completeness": Step.COMPLETENESS,
    "keyring": Step.SIGNATURES,
    "key": Step.SIGNATURES,
    "signature": Step.SIGNATURES,
    "chain": Step.CHAINS,
    "time": Step.CHAINS,
    "blob": Step.REFERENCES,
    "disclosure": Step.REFERENCES,
    "artifact": Step.ARTIFACTS,
    "verdict": Step.VERDICTS,
    "attestation": Step.ATTESTATIONS,
}
"""Every kind of finding there is; the words are stable, programs may rely on them."""
