"""Metrics over HTTP and on the command line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from api.incident_metrics import IncidentMetrics
from domain.ratio import Ratio
from projections.metrics.measured import Sample
from projections.metrics.reading import summaries
from projections.metrics.table import METRICS
from tallystick.cli.metrics import say_together, shown
from tests.support.commandline import Tally
from tests.support.engines import INTAKE, RATIONALE, RESPONDER, Client, client_in

PATH = "/v1/metrics/incidents"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with client_in(tmp_path_factory.mktemp("metrics") / "home") as found:
        for drill in (False, False, True):
            incident = found.open(drill=drill)
            answer = found.post(f"/v1/incidents/{incident}/actions/declare", {"rationale": RATIONALE})
            assert answer.status_code == 200, answer.text
        yield found


def rows(body: Any) -> dict[str, Any]:
    return {row["id"]: row for row in body["metrics"]}


@pytest.mark.req("R-GATE-34", "R-LRN-20")
def test_one_incident_has_every_metric_with_its_formula(client: Client) -> None:
    found = client.get("/v1/incidents/INC-1/metrics").json()
    assert [row["id"] for row in found["metrics"]] == [row.id for row in METRICS]
    assert all(row["formula"] for row in found["metrics"])
    declared = rows(found)["time_to_declare"]
    assert (declared["unit"], declared["reported_late"]) == ("seconds", False)
    assert declared["raw"].split(".")[0].isdecimal()
    assert rows(found)["mttr"]["raw"] is None
    before = client.get("/v1/incidents/INC-1/metrics?at_version=1").json()
    assert (before["version"], rows(before)["time_to_declare"]["raw"]) == (1, None)


@pytest.mark.req("R-LRN-20", "R-DRILL-01")
def test_incidents_together_have_counts_and_percentiles(client: Client) -> None:
    found = client.get(PATH, token=RESPONDER).json()
    assert found["incidents"] == 2
    declared = rows(found)["time_to_declare"]["raw"]
    assert set(declared) == {"count", "median", "p90", "p95", "max", "total"}
    assert declared["count"] == 2
    assert rows(found)["mttr"]["raw"] is None
    assert client.get(f"{PATH}?drills=true").json()["incidents"] == 3
    assert client.get(f"{PATH}?from=2999-01-01T00:00:00Z").json()["incidents"] == 0
    assert client.get(f"{PATH}?to=2999-01-01T00:00:00Z&severity=SEV-1").json()["incidents"] == 0


@pytest.mark.req("R-SVC-13")
def test_who_reads_no_incidents_reads_no_metrics(client: Client) -> None:
    for path in (PATH, "/v1/incidents/INC-1/metrics"):
        assert client.get(path, token=INTAKE).status_code == 403
    assert client.get(f"{PATH}?since=x").json()["code"] == "QUERY_INVALID"
    assert client.get(f"{PATH}?severity=SEV-9").json()["code"] == "QUERY_INVALID"


@pytest.mark.req("R-LRN-20")
def test_the_command_line_says_the_same(client: Client) -> None:
    tally = Tally(client.home)
    assert tally("metrics", "--json").fine().json == client.get(PATH).json()
    assert tally("metrics", "--drills", "--json").fine().json["incidents"] == 3
    one = tally("metrics", "INC-1", "--at-version", "4", "--json").fine().json
    assert one == client.get("/v1/incidents/INC-1/metrics?at_version=4").json()
    said = tally("metrics").fine().out
    assert said.startswith("2 incidents\n")
    assert "declared - opened" in said
    assert "more have nothing to measure yet" in said
    assert "Time to declare" in tally("metrics", "INC-1").fine().out


@pytest.mark.parametrize(
    "words",
    [
        ("--severity", "SEV-9"),
        ("--from", "yesterday"),
        ("INC-1", "--drills"),
        ("INC-1", "--from", "2026-01-01T00:00:00Z"),
        ("--at-version", "1"),
    ],
)
def test_options_that_do_not_go_together_are_a_wrong_command_line(
    client: Client, words: tuple[str, ...]
) -> None:
    assert Tally(client.home)("metrics", *words).code == 64


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [
        ("seconds", "1620.000", "27 min"),
        ("seconds", "0.007", "0.007 s"),
        ("ratio", "2/3", "2 of 3"),
        ("count", "2", "2"),
        ("count", None, ""),
    ],
)
def test_values_are_shown_in_peoples_units(unit: Any, value: str | None, text: str) -> None:
    assert shown(unit, value) == text


@pytest.mark.req("R-WF-35")
def test_what_differs_by_recorded_time_and_what_was_late_stand_on_lines_of_their_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    late = Sample(raw=Ratio(60_000), recorded=Ratio(120_000), late=True)
    soon = Sample(raw=Ratio(60_000), recorded=Ratio(60_000))
    say_together(IncidentMetrics(incidents=2, metrics=summaries([{"mttd": late, "mttr": soon}])))
    _, _, detect, recorded, reported, recover, _ = capsys.readouterr().out.splitlines()
    assert (detect[:14], "1 min" in detect, "2 min" in detect) == ("Time to detect", True, False)
    assert ("by recorded time" in recorded, "2 min" in recorded) == (True, True)
    assert ("reported late" in reported, "1 min" in reported) == (True, True)
    assert recover.startswith("Time to recover")
