"""Sealing the manifest and the bundle: what they are is on record (R-MAN-05, R-BUN-01, R-DEC-54)."""

from __future__ import annotations

from domain.archive.commands import Seal
from domain.archive.facts import EvidenceBundleSealed, EvidenceManifestSealed
from domain.archive.reviews import GATE, reviewable
from domain.artifacts import BUNDLE, MANIFEST
from domain.context import Context
from domain.documents import not_rendered
from domain.gates.board import light
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident
from domain.recorded_at import recorded_at
from domain.refusal import Refusal


def seal(state: Incident, command: Seal, context: Context) -> tuple[IncidentFact, ...] | Refusal:
    """Return that the manifest, or the bundle, is what it is."""
    return _manifest(state, context) if command.what == "manifest" else _bundle(state, context)


def manifest_is_final(state: Incident) -> bool:
    """Return whether a manifest was sealed after the incident was closed, and nothing was captured since."""
    manifest = state.archive.manifest
    closed = max(state.resolution.closed, state.rootcause.changed)
    return manifest is not None and state.state == "closed" and manifest.version > closed


def manifest_is_sealed(state: Incident) -> bool:
    """Return whether the manifest that is wanted now is there: of this verdict, or the final one."""
    return manifest_is_final(state) if state.state == "closed" else reviewable(state) is not None


def _manifest(state: Incident, context: Context) -> tuple[IncidentFact, ...] | Refusal:
    shown = light(state, GATE, recorded_at(state, context)).state
    if state.state == "documented" and shown != "PASS":
        return _not_sealed("GATE_NOT_PASSED", "gate 4 is evaluated anew first", "gate 4: PASS", shown)
    if manifest_is_sealed(state):
        return _not_sealed("ALREADY_SEALED", "the manifest is sealed already", "news since", "none")
    rendered, before = context.documents.manifest, state.archive.manifest
    if rendered is None:
        return not_rendered(MANIFEST)
    return (
        EvidenceManifestSealed(
            decision_id=context.ids[0],
            revision=1 if before is None else before.fact.revision + 1,
            sha256=rendered.sha256,
            at_version=state.version,
            renderer=context.documents.renderer,
            listed=rendered.listed,
            required=rendered.required,
            missing=rendered.missing,
            previous_sha256=None if before is None else before.fact.sha256,
        ),
    )


def _bundle(state: Incident, context: Context) -> tuple[IncidentFact, ...] | Refusal:
    manifest, sealed = state.archive.manifest, state.archive.bundle
    if state.state != "closed" or manifest is None or not manifest_is_final(state):
        return _not_sealed(
            "NO_MANIFEST",
            "the bundle is sealed after gate 4, both reviews, the closing and the final manifest",
            "a closed incident with its final manifest",
            state.state if state.state != "closed" else "no final manifest",
        )
    if sealed is not None and sealed.version > manifest.version:
        return _not_sealed("ALREADY_SEALED", "the bundle is sealed already", "news since", "none")
    packed = context.documents.bundle
    if packed is None:
        return not_rendered(BUNDLE)
    return (
        EvidenceBundleSealed(
            name=BUNDLE,
            sha256=packed.sha256,
            size_bytes=packed.size_bytes,
            manifest_revision=manifest.fact.revision,
            log_size=packed.log_size,
        ),
    )


def _not_sealed(code: str, message: str, expected: str, found: str) -> Refusal:
    return Refusal(code=code, message=message, place="what", expected=expected, found=found)
