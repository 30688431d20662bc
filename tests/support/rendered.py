"""Artifacts of facts that tests make: policies are the shipped ones, under the names that tests give them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from msgspec.structs import replace

from domain.archive.facts import EvidenceManifestSealed
from domain.artifacts import TIMELINE
from domain.classified import Profile
from domain.policy import Policy
from projections.artifacts.header import document
from projections.artifacts.renderer import RENDERER
from projections.artifacts.rendering import RecordedFact, Rendering, rendering
from projections.artifacts.row import Row
from projections.artifacts.table import TABLE, artifact, evidence_manifest
from projections.names import Names
from projections.readable import readable_markdown
from projections.told import Known
from tests.support.meaning import POLICIES, fresh_id
from tests.support.playing import CONFIG, FILES, POLICY_IDS, policy

_PROFILES: Mapping[str, Profile] = {
    **{ident: profile for profile, ident in POLICY_IDS.items()},
    POLICIES["team"]: "team",
    POLICIES["solo"]: "solo",
    **{
        sha256((CONFIG / "protocol_gates" / file).read_bytes()).hexdigest(): profile
        for profile, file in FILES.items()
    },
}


class PolicyMissing(Exception):
    """No policy has this hash."""


def policies(sha256: str) -> Policy:
    """Return the shipped policy that tests know by this hash."""
    if sha256 not in _PROFILES:
        raise PolicyMissing(sha256)
    return policy(_PROFILES[sha256])


def rendered(facts: Sequence[RecordedFact], name: str = TIMELINE) -> bytes | None:
    """Return the canonical bytes of an artifact, None while there are none."""
    view = rendering(facts, policies)
    return None if view is None else artifact(name, view)


def manifest_seal(facts: Sequence[RecordedFact], **changes: Any) -> EvidenceManifestSealed:
    """Return the seal of the manifest that follows from ``facts``, with ``changes``."""
    view = rendering(facts, policies)
    assert view is not None
    made = evidence_manifest(view)
    seal = EvidenceManifestSealed(
        decision_id=fresh_id(9),
        revision=1,
        sha256=made.sha256,
        at_version=len(facts),
        renderer=RENDERER,
        listed=made.listed,
        required=made.required,
        missing=made.missing,
    )
    return replace(seal, **changes)


def all_rendered(facts: Sequence[RecordedFact]) -> dict[str, bytes]:
    """Return every artifact of an incident by its path, but those for which a policy is missing."""
    view = rendering(facts, policies)
    made = {} if view is None else {row.path: _rendered(row, view) for row in TABLE}
    return {path: data for path, data in made.items() if data is not None}


def _rendered(row: Row, view: Rendering) -> bytes | None:
    try:
        return document(row, view)
    except PolicyMissing:
        return None


def as_read(canonical: bytes, known: Known, names: Names | None = None) -> str:
    """Return the readable copy of a Markdown artifact, without what it says of itself at the end."""
    copy = readable_markdown(canonical, known, names or {}, "X.md").decode()
    return copy.rpartition("\n---\n")[0]
