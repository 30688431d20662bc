"""An incident over HTTP as a ZIP: for those who see it, in any state, whole, and nothing left behind."""

from __future__ import annotations

import asyncio
import errno
import io
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from api.exports import HOLDS
from api.limits import Limits
from application.exportwish import IncidentExported
from domain.alert_facts import SignalDeduplicated
from domain.facts import NAMES, encode
from domain.heads_facts import HeadsRecorded
from ledger.append import AppendRequest, Part
from ledger.canonicalzip import CanonicalZip
from tests.support.engines import AUDITOR, COMMANDER, INTAKE, NOBODY, RESPONDER, Client, alert_body, client_in
from tests.support.incident_exports import Files, Read
from tests.support.ledgers import draft
from tests.support.use_cases import whole_log


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with client_in(tmp_path_factory.mktemp("exports") / "home", Limits(published_seconds=0.05)) as found:
        yield found


@pytest.fixture(scope="module")
def incident(client: Client) -> str:
    stream = client.open(summary="The summary that people read.")
    exported(client, stream)
    client.publish()
    return stream


def exported(client: Client, stream: str, query: str = "", **options: Any) -> Any:
    return client.get(f"/v1/incidents/{stream}/export{query}", **options)


def files(answer: Any) -> Files:
    assert answer.status_code == 200, answer.text
    found = CanonicalZip(io.BytesIO(answer.content))
    return {member.name: b"".join(found.chunks(member.name)) for member in found.members()}


@pytest.mark.req("R-SVC-14", "R-BUN-03")
def test_the_zip_is_what_a_stranger_can_check(client: Client, incident: str) -> None:
    answer = exported(client, incident)
    read = Read(files(answer), client.engine.vkey)

    assert incident in read.streams
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == f'attachment; filename="{incident}.zip"'
    assert answer.headers["content-length"] == str(len(answer.content))
    holds = msgspec.json.decode(answer.headers[HOLDS], type=IncidentExported)
    assert (holds.incident, holds.size, holds.files) == (incident, read.size, len(files(answer)))
    assert exported(client, incident).content == answer.content
    assert not list(client.home.glob(".export-*"))


def test_a_full_disk_is_said_and_nothing_is_left_behind(
    client: Client, incident: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr("application.exportfiles.ExportFiles.write_sums", full)
        problem = exported(client, incident).json()
    assert (problem["status"], problem["code"]) == (503, "STORE_FULL")
    assert not list(client.home.glob(".export-*"))
    assert exported(client, incident).status_code == 200


@pytest.mark.req("R-SVC-05")
def test_an_export_states_the_heads_of_what_is_there_when_it_is_asked_for(
    client: Client, incident: str
) -> None:
    def stated() -> list[int]:
        return [f.fact.size for f in whole_log(client.engine) if isinstance(f.fact, HeadsRecorded)]

    before = stated()
    client.post(f"/v1/incidents/{incident}/actions/add-timeline-entry", {"text": "Later."})
    size = client.engine.store.head().size
    exported(client, incident)
    assert stated() == [*before, size]
    exported(client, incident)
    assert stated() == [*before, size]


def test_texts_go_along_where_they_are_asked_for(client: Client, incident: str) -> None:
    assert "disclosures.jsonl" not in files(exported(client, incident))
    with_texts = files(exported(client, incident, "?disclose=true"))
    assert b"The summary that people read." in with_texts["disclosures.jsonl"]
    assert any(path.startswith("readable/") for path in with_texts)


@pytest.mark.req("R-VIS-01")
@pytest.mark.parametrize(
    ("token", "status"), [(RESPONDER, 200), (AUDITOR, 200), (NOBODY, 403), (INTAKE, 403), (None, 401)]
)
def test_whoever_sees_the_incident_may_export_it(
    client: Client, incident: str, token: str | None, status: int
) -> None:
    assert exported(client, incident, token=token).status_code == status


@pytest.mark.req("R-VIS-01")
def test_a_restricted_incident_is_not_there_for_others(client: Client) -> None:
    stream = client.open(visibility="restricted")
    for query in ("", "?disclose=true"):
        assert exported(client, stream, query, token=RESPONDER).status_code == 404
    exported(client, stream)
    client.publish()
    assert exported(client, stream, token=COMMANDER).status_code == 200


@pytest.mark.req("R-VIS-01")
def test_an_alert_that_names_a_restricted_incident_is_in_no_export_for_others(client: Client) -> None:
    delivered = client.post("/v1/signals/alertmanager", alert_body("Leak"), token=INTAKE).json()
    stream, hidden = delivered["incidents"][0], client.open(visibility="restricted")
    alert = client.get(f"/v1/incidents/{stream}").json()["alerts"][0]["alert"]
    fact = SignalDeduplicated(signal_id=alert, delivery_id=alert, duplicate_of=alert, count=1)
    naming = replace(draft(encode(fact), kind=NAMES[SignalDeduplicated]), correlationid=hidden)
    client.engine.writer.append(AppendRequest((Part(alert, None, (naming,)),)))
    exported(client, stream)
    client.publish()

    assert f"streams/{alert}.jsonl" in files(exported(client, stream))
    assert f"streams/{alert}.jsonl" not in files(exported(client, stream, token=RESPONDER))


def test_what_is_not_published_yet_cannot_be_exported(client: Client, incident: str) -> None:
    later = client.open()
    answer = exported(client, later)
    assert (answer.status_code, answer.json()["code"]) == (503, "STORE_UNAVAILABLE")
    assert "published entries" in answer.json()["detail"]
    # The older one is exported as it was.
    assert exported(client, incident).status_code == 200
    assert not list(client.home.glob(".export-*"))


@pytest.mark.parametrize("query", ["?disclose=maybe", "?blobs=1.5", "?other=true"])
def test_a_wrong_question_is_refused(client: Client, incident: str, query: str) -> None:
    assert exported(client, incident, query).status_code == 422


def test_nothing_is_left_when_the_client_leaves(client: Client, incident: str) -> None:
    async def gone() -> None:
        async def send(message: Any) -> None:
            if message["type"] == "http.response.body":
                prepared.extend(client.home.glob(".export-*"))
                raise ConnectionResetError

        scope = {
            "type": "http",
            "method": "GET",
            "path": f"/v1/incidents/{incident}/export",
            "query_string": b"",
            "headers": [(b"authorization", f"Bearer {COMMANDER}".encode())],
        }

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        with suppress(ConnectionResetError):
            await client.http.app(scope, receive, send)

    prepared = list[Path]()
    asyncio.run(gone())
    assert prepared
    assert not list(client.home.glob(".export-*"))
    assert exported(client, incident).status_code == 200


def test_what_cannot_be_exported_leaves_nothing(
    client: Client, incident: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest = type(client.engine.store).newest_rows
    monkeypatch.setattr(type(client.engine.store), "newest_rows", lambda self, *a: newest(self, *a)[:-1])
    answer = exported(client, incident)
    assert (answer.status_code, answer.json()["code"]) == (500, "EVIDENCE_BROKEN")
    assert not list(client.home.glob(".export-*"))
