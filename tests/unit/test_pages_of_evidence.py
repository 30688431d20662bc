"""The pages of evidence, report and numbers: what is there, what is missing, as of any moment, as text."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from api.pages.report import printed
from api.pages.wording import measured, place, size, value
from tests.support.engines import INTAKE, NOBODY, RATIONALE, RESPONDER, Client, client_in

HOSTILE = "<script>alert(1)</script>\"'& [x](javascript:alert(1)) <b>"
SCOPE = {"services": ["pay"], "regulated_data": False, "customer_notification": False}
ONE = ("evidence", "report", "numbers")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with client_in(tmp_path_factory.mktemp("evidence-pages") / "home") as found:
        incident = found.open(title=f"Payments fail {HOSTILE}")
        base = f"/v1/incidents/{incident}"
        blob = found.ask("POST", f"{base}/blobs", content=b"a log\n").json()
        for action, body in (
            ("declare", {"rationale": RATIONALE}),
            ("propose-severity", {"severity": "SEV-1", "rationale": RATIONALE}),
            ("confirm-scope", SCOPE),
            ("capture-evidence", {"kind": "log", "title": f"Log {HOSTILE}", "blob": blob}),
            ("capture-evidence", {"kind": "diff", "title": "Change", "content": HOSTILE}),
            ("write-report", {"status": "draft", "sections": [{"name": "impact", "text": HOSTILE}]}),
        ):
            answer = found.post(f"{base}/actions/{action}", body)
            assert answer.status_code == 200, (action, answer.text)
        found.open(title="Not declared")
        found.open(title="A drill", drill=True)
        found.open(title="Hidden from most", visibility="restricted")
        yield found


def page(client: Client, path: str, token: str = RESPONDER, status: int = 200) -> str:
    client.http.cookies.clear()
    assert client.ask("POST", "/session", token=None, data={"token": token}).status_code == 303
    answer = client.get(path, token=None)
    assert answer.status_code == status, answer.text
    return answer.text


def shown(text: str) -> str:
    """Return a page as its reader sees it."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).split())


@pytest.mark.req("R-ART-01", "R-MAN-01")
def test_every_artifact_is_there_with_its_hash_or_is_said_to_be_missing(client: Client) -> None:
    text = page(client, "/incidents/INC-1/evidence")
    listed = client.get("/v1/incidents/INC-1/artifacts").json()
    for item in listed["artifacts"]:
        assert item["sha256"] in text
        assert f"/artifacts/{item['name']}?copy=readable" in text
    assert listed["missing"]
    for name in listed["missing"]:
        assert re.search(rf'<tr class="lacks"><td>[^<]*{re.escape(name)}</td>', text)
    manifest = client.get("/v1/incidents/INC-1/artifacts/evidence-manifest.json").json()
    covered = manifest["data"]["coverage"]
    assert f"{covered['present']} of {covered['required']} required are there" in shown(text)


@pytest.mark.req("R-MAN-06", "R-STO-04")
def test_a_piece_of_evidence_says_who_when_how_large_and_whether_it_holds(client: Client) -> None:
    text = page(client, "/incidents/INC-1/evidence")
    piece = client.get("/v1/incidents/INC-1/evidence").json()["evidence"][0]
    assert piece["sha256"] in text
    assert f'href="/v1/incidents/INC-1/blobs/{piece["sha256"]}"' in text
    assert size(piece["size"]) in shown(text)
    assert {"unchecked": "not compared yet", "ok": "bytes hold"}[piece["checked"]] in text
    assert piece["by"] in text
    downloaded = client.get(f"/v1/incidents/INC-1/blobs/{piece['sha256']}")
    assert downloaded.content == b"a log\n"


def test_the_matrix_leads_from_facts_to_readers(client: Client) -> None:
    text = page(client, "/incidents/INC-1/evidence")
    matrix = client.get("/v1/incidents/INC-1/artifacts/traceability-matrix.json").json()
    for trace in matrix["data"]["traces"]:
        assert f"<td>{trace['artifact']}</td>" in text
        for fed in trace["facts"]:
            assert fed["type"].removeprefix("tallystick.") in text


def test_evidence_has_a_past(client: Client) -> None:
    text = page(client, "/incidents/INC-1/evidence?at_version=2")
    assert "As it was at version 2 of" in text
    assert "Nothing is captured yet." in text
    assert "No fact names a file." in text
    assert "?at_version=2" in text
    assert "?copy=readable&at_version=2" in unescape(text)


def test_without_a_bundle_the_page_says_why(client: Client) -> None:
    text = page(client, "/incidents/INC-1/evidence")
    assert "No bundle is sealed: an incident has one after it is closed." in shown(text)
    assert "/v1/incidents/INC-1/bundle" not in text


@pytest.mark.req("R-ART-23")
def test_the_report_is_the_readable_copy_as_a_page(client: Client) -> None:
    text = page(client, "/incidents/INC-1/report")
    copy = client.get("/v1/incidents/INC-1/artifacts/INCIDENT-REPORT.md?copy=readable").text
    titles = re.findall(r"^## (.+)$", copy, re.MULTILINE)
    assert re.findall(r'<h2 id="section-\d+">(.+)</h2>', text) == titles
    assert re.findall(r'<a href="#section-\d+">(.+)</a>', text) == titles
    assert text.count("<h1>") == 1
    assert f"“{RATIONALE}”" in shown(text)


def test_before_the_declaration_there_is_no_report_and_the_page_says_so(client: Client) -> None:
    assert "No report yet" in page(client, "/incidents/INC-2/report")
    assert "No report yet" in page(client, "/incidents/INC-1/report?at_version=1")
    assert "As it was at version 2" in page(client, "/incidents/INC-1/report?at_version=2")


@pytest.mark.parametrize("part", ONE)
def test_what_people_write_stays_text(client: Client, part: str) -> None:
    text = page(client, f"/incidents/INC-1/{part}")
    assert "<script>" not in text
    assert "<b>" not in text
    assert 'href="javascript' not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


@pytest.mark.parametrize(
    "markdown",
    [
        "<script>alert(1)</script>",
        "a <b onclick=alert(1)>b</b>",
        "[x](javascript:alert(1))",
        "![x](https://elsewhere.example/x.png)",
        "<https://elsewhere.example>",
        "[x]: https://elsewhere.example\n\n[x]",
        "<!-- -->\n<div>",
        "# <svg/onload=alert(1)>",
        "```\n<script>\n```",
        "&lt;script&gt;",
    ],
)
def test_even_a_report_that_was_made_wrongly_holds_no_markup_and_no_link(markdown: str) -> None:
    body = printed(markdown).body
    assert set(re.findall(r"</?([a-z0-9]+)[^>]*>", body)) <= {"p", "h1", "pre", "code"}
    assert "href" not in re.sub(r"&lt;.*?&gt;", "", body)


@pytest.mark.req("R-GATE-34", "R-LRN-20")
def test_numbers_of_an_incident_stand_beside_their_formulas(client: Client) -> None:
    text = page(client, "/incidents/INC-1/numbers")
    for metric in client.get("/v1/incidents/INC-1/metrics").json()["metrics"]:
        assert metric["title"] in text
        assert unescape(text).count(metric["formula"])
        assert f'<data value="{metric["raw"] or ""}">' in text
    assert "<svg" in text
    assert "Nothing to measure before" in page(client, "/incidents/INC-2/numbers")


@pytest.mark.req("R-LRN-20")
def test_numbers_over_incidents_can_be_narrowed_and_say_how_many(client: Client) -> None:
    everything = shown(page(client, "/numbers?drills=true"))
    assert "4 incidents." in everything
    assert "3 incidents, drills left out." in shown(page(client, "/numbers"))
    assert "0 incidents" in shown(page(client, "/numbers?from=2999-01-01&to=&severity="))
    assert "1 incident," in shown(page(client, "/numbers?severity=SEV-1"))
    opened = client.get("/v1/incidents/INC-1").json()["opened_at"][:7]
    assert f"{opened} 3" in shown(page(client, "/numbers"))
    for query in ("from=soon", "severity=SEV-9", "drills=maybe", "x=1"):
        page(client, f"/numbers?{query}", status=422)


@pytest.mark.req("R-LRN-20")
def test_numbers_are_tables_too(client: Client) -> None:
    whole = client.get("/v1/metrics/incidents").json()["metrics"]
    rows = list(csv.DictReader(io.StringIO(client.get("/v1/metrics/incidents?format=csv").text)))
    wanted = [(it["id"], basis) for it in whole for basis in ("raw", "recorded", "late") if it[basis]]
    assert [(row["id"], row["basis"]) for row in rows] == wanted
    lines = client.get("/v1/metrics/incidents?format=jsonl").text.splitlines()
    assert [json.loads(line)["median"] for line in lines] == [row["median"] for row in rows]
    one = client.get("/v1/incidents/INC-1/metrics").json()["metrics"]
    answer = client.get("/v1/incidents/INC-1/metrics", headers={"Accept": "text/csv"})
    assert answer.headers["content-disposition"] == 'attachment; filename="INC-1-metrics.csv"'
    found = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["id"], row["raw"]) for row in found] == [(it["id"], it["raw"] or "") for it in one]


@pytest.mark.req("R-VIS-01", "R-SVC-13")
@pytest.mark.parametrize("part", ONE)
def test_only_who_sees_the_incident_sees_these_pages(client: Client, part: str) -> None:
    page(client, f"/incidents/INC-4/{part}", status=404)
    page(client, f"/incidents/INC-99/{part}", status=404)
    page(client, f"/incidents/INC-1/{part}?at_version=99", status=404)
    page(client, f"/incidents/INC-1/{part}?at_verison=1", status=422)
    for token in (INTAKE, NOBODY):
        page(client, f"/incidents/INC-1/{part}", token, 303)
        page(client, "/numbers", token, 303)


def test_the_print_style_is_for_paper() -> None:
    style = Path("api/static/report.css").read_text()
    assert "size: A4" in style
    assert "break-after: avoid" in style


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (size(0), "0 bytes"),
        (size(999), "999 bytes"),
        (size(1_000), "1.0 kB"),
        (size(354_252), "354.3 kB"),
        (size(2_500_000_000), "2.5 GB"),
        (size(10**18), "1000000.0 TB"),
        (measured(None, "seconds"), "not yet"),
        (measured("0.812", "seconds"), "812 ms"),
        (measured("1620.000", "seconds"), "27 minutes"),
        (measured("2/3", "ratio"), "2 of 3"),
        (measured("4", "count"), "4"),
        (place("/gates/severity_alignment/state"), "gates › severity alignment › state"),
        (place("/a~1b/0~0"), "a/b › 0~"),
        (place("/01a21e50-e967-70bb-8ea4-32088990d01d/x"), "01a21e50… › x"),
        (value(None), "nothing"),
        (value([True, {"a_b": 1, "c": None}]), "yes, a b: 1"),
        (len(value("x" * 999)), 400),
    ],
)
def test_values_are_said_in_words(said: object, wanted: object) -> None:
    assert said == wanted
