"""The export of an incident as whoever asks over HTTP gets it, verified offline under the pinned key."""

from __future__ import annotations

import io
import json
from typing import Any, NamedTuple

from ledger.canonicalzip import CanonicalZip
from ledger.note import parse_vkey
from tests.support.stories import Incident, Person, Told
from verifier import Report, verify
from verifier.archive import Archive
from verifier.steps import Step


class Exported(NamedTuple):
    """What came, file by file, and what the verifier says of it."""

    stream: str
    files: dict[str, bytes]
    report: Report

    def artifact(self, name: str) -> Any:
        """Return what an artifact in JSON says."""
        return json.loads(self.files[f"artifacts/{self.stream}/{name}"])

    def readable(self, name: str) -> str:
        """Return the copy of a document with the texts in their places."""
        return self.files[f"readable/{self.stream}/{name}"].decode()

    @property
    def artifacts(self) -> set[str]:
        """The names of the artifacts."""
        under = f"artifacts/{self.stream}/"
        return {path.removeprefix(under) for path in self.files if path.startswith(under)}

    def count(self, step: Step) -> int:
        """Return how many things a step of the verifier accepted."""
        return next(row.checked for row in self.report.steps if row.number == step)


def exported(incident: Incident, who: Person | None = None, *, disclose: bool = False) -> Exported:
    """Return the export of an incident as it stands, every part of which an auditor accepted."""
    found = looked_at(incident, who, disclose=disclose)
    assert found.report.verdict == "valid", (found.report.findings, found.report.gaps)
    assert not found.report.gaps, found.report.gaps
    return found


def facts(incident: Incident, kind: str) -> list[Told]:
    """Return the facts of an incident that are of this kind."""
    return [fact for fact in incident.facts if fact.kind == kind]


def looked_at(incident: Incident, who: Person | None = None, *, disclose: bool = False) -> Exported:
    """Return the export of an incident with whatever an auditor says of it, who finds nothing wrong."""
    world = incident.story.world
    path = f"/v1/incidents/{incident.stream}/export?disclose={str(disclose).lower()}"
    answer = world.ask(who or world.admin, "GET", path)
    assert answer.status == 200, answer.body
    content = io.BytesIO(answer.body)
    report = verify(Archive(content), log_keys=[parse_vkey((world.home / "log.vkey").read_text().strip())])
    assert not report.findings, report.findings
    assert not report.unknown, report.unknown
    archive = CanonicalZip(io.BytesIO(answer.body))
    files = {member.name: b"".join(archive.chunks(member.name)) for member in archive.members()}
    found = Exported(incident.stream, files, report)
    # Nothing is left to belief: artifacts, copies and what facts name the hash of were derived again.
    derived = sum(path.startswith(("artifacts/", "readable/")) for path in files)
    bound = sum(fact.data.get("status") == "complete" for fact in facts(incident, "incident-report-written"))
    bound += len(facts(incident, "evidence-manifest-sealed"))
    assert (found.count(Step.ARTIFACTS), found.artifacts != set()) == (derived + bound, True)
    return found
