"""``evidence-manifest.json``: every artifact and registered blob with its hash (R-ART-27, R-MAN-01).

A function of facts like all else: it names neither a tree head nor a signature, nor itself, nor the bundle
(R-MAN-03). What makes it binding is a signed fact, `EvidenceManifestSealed`, that names its hash.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

from msgspec import Struct

from domain.archive.facts import EvidenceManifestSealed
from domain.gates.board import GateState, lights
from domain.gates.facts import Gate
from domain.gates.table import GATES
from domain.intake.facts import IncidentOpened, PolicyAdopted, SignalAttached
from domain.planning.facts import MitigationPlanProposed
from projections.artifacts.artifact import Artifact
from projections.artifacts.blobs import Blob, blobs
from projections.artifacts.content import Content
from projections.artifacts.coverage import Coverage
from projections.artifacts.header import Source, source
from projections.artifacts.rendering import RecordedFact, Rendering
from projections.artifacts.transformations import Transformation, transformations
from projections.waivers import WaiverStatus, status

UPSTREAM = ("16", "15", "14")
DOWNSTREAM = ("18", "22")


class Integrity(Struct, frozen=True, kw_only=True):
    """The bytes; of an encrypted blob those that are stored, so that anybody can check them."""

    sha256: str
    size_bytes: int


class Listed(Struct, frozen=True, kw_only=True):
    """One file. ``path`` of an artifact is below the incident's folder, that of a blob below the export's.

    ``ledger`` is the fact as of which an artifact was rendered, or the first that names a blob.
    """

    artifact_id: str
    path: str
    kind: str
    media_type: str
    integrity: Integrity
    created_at: str
    produced_by_step: str
    gate: Gate | None
    commander: str | None
    ledger: Source
    encrypted: bool


class Input(Struct, frozen=True, kw_only=True):
    """Something from outside that went in, and the fact that says so; ``sha256`` where it is a file."""

    kind: str
    name: str
    sha256: str | None
    ledger: Source


class Dependencies(Struct, frozen=True, kw_only=True):
    """Protocols before and after this one (R-DEC-05)."""

    upstream: tuple[str, ...] = UPSTREAM
    downstream: tuple[str, ...] = DOWNSTREAM


class GateListed(Struct, frozen=True, kw_only=True):
    """A gate as it stands, and the verdict behind that."""

    gate: Gate
    number: int
    state: GateState
    evaluation_id: str | None
    at_version: int | None


class WaiverListed(Struct, frozen=True, kw_only=True):
    """A waiver as it stands."""

    waiver_id: str
    gate: Gate
    status: WaiverStatus
    criteria: tuple[str, ...]
    expires_at: str
    version: int


class ManifestMetrics(Struct, frozen=True, kw_only=True):
    """How many files are listed, and how many bytes they have."""

    listed: int
    size_bytes: int


class ManifestData(Struct, frozen=True, kw_only=True):
    """The manifest; ``previous_manifest_sha256`` is the one that was sealed before, null for the first."""

    revision: int
    previous_manifest_sha256: str | None
    artifacts: tuple[Listed, ...]
    inputs: tuple[Input, ...]
    dependencies: Dependencies
    transformations: tuple[Transformation, ...]
    coverage: Coverage
    gates: tuple[GateListed, ...]
    waivers: tuple[WaiverListed, ...]
    ledger: Source


def content(rendering: Rendering, covered: Coverage, made: Sequence[Artifact]) -> Content:
    """Return what is listed: all artifacts that were ``made``, and all registered blobs."""
    listed = (
        *(_rendered(artifact, rendering) for artifact in made),
        *(_registered(blob, rendering) for blob in blobs(rendering)),
    )
    sealed = rendering.of(EvidenceManifestSealed)
    return Content(
        status="incomplete" if covered.missing else "complete",
        metrics=ManifestMetrics(listed=len(listed), size_bytes=sum(it.integrity.size_bytes for it in listed)),
        data=ManifestData(
            revision=sealed[-1].fact.revision + 1 if sealed else 1,
            previous_manifest_sha256=sealed[-1].fact.sha256 if sealed else None,
            artifacts=listed,
            inputs=tuple(_inputs(rendering)),
            dependencies=Dependencies(),
            transformations=transformations(rendering),
            coverage=covered,
            gates=_gates(rendering),
            waivers=_waivers(rendering),
            ledger=source(rendering.last),
        ),
    )


def _rendered(artifact: Artifact, rendering: Rendering) -> Listed:
    return Listed(
        artifact_id=artifact.row.artifact_id,
        path=artifact.row.path,
        kind="artifact",
        media_type=artifact.row.media_type,
        integrity=Integrity(sha256=sha256(artifact.data).hexdigest(), size_bytes=len(artifact.data)),
        created_at=rendering.last.recordedtime,
        produced_by_step=artifact.row.step,
        gate=artifact.row.gate,
        commander=rendering.row.commander,
        ledger=source(rendering.last),
        encrypted=False,
    )


def _registered(blob: Blob, rendering: Rendering) -> Listed:
    return Listed(
        artifact_id=blob.name,
        path=blob.path,
        kind=blob.kind,
        media_type=blob.media_type,
        integrity=Integrity(sha256=blob.blob.sha256, size_bytes=blob.blob.size),
        created_at=blob.item.recordedtime,
        produced_by_step=blob.step,
        gate=None,
        commander=rendering.row.commander,
        ledger=source(blob.item),
        encrypted=True,
    )


def _inputs(rendering: Rendering) -> Iterable[Input]:
    for item in rendering.among(IncidentOpened, PolicyAdopted, MitigationPlanProposed, SignalAttached):
        match item.fact:
            case IncidentOpened() | PolicyAdopted():
                yield _input("policy", item.fact.profile, item.fact.policy_sha256, item)
            case MitigationPlanProposed(template=str() as name):
                yield _input("plan_template", name, item.fact.template_sha256, item)
            case SignalAttached():
                yield _input("alert", item.fact.alert, None, item)


def _input(kind: str, name: str, digest: str | None, item: RecordedFact) -> Input:
    return Input(kind=kind, name=name, sha256=digest, ledger=source(item))


def _gates(rendering: Rendering) -> tuple[GateListed, ...]:
    shown = lights(rendering.incident, rendering.last.recordedtime)
    return tuple(
        GateListed(
            gate=gate,
            number=GATES[gate].number,
            state=light.state,
            evaluation_id=None if light.verdict is None else light.verdict.fact.evaluation_id,
            at_version=None if light.verdict is None else light.verdict.fact.at_version,
        )
        for gate, light in shown.items()
    )


def _waivers(rendering: Rendering) -> tuple[WaiverListed, ...]:
    return tuple(
        WaiverListed(
            waiver_id=waiver.fact.waiver_id,
            gate=waiver.fact.gate,
            status=status(rendering.incident, waiver, rendering.last.recordedtime),
            criteria=waiver.fact.criteria,
            expires_at=waiver.fact.expires_at,
            version=waiver.version,
        )
        for waiver in rendering.incident.gates.waivers.values()
    )
