"""How often gates pass, asked over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.engines import INTAKE, RATIONALE, Client, client_in

PATH = "/v1/metrics/gates"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with client_in(tmp_path_factory.mktemp("rates") / "home") as found:
        for drill in (False, True):
            incident = found.open(drill=drill)
            for action, body in (
                ("declare", {"rationale": RATIONALE}),
                ("evaluate-gate", {"gate": "severity"}),
            ):
                answer = found.post(f"/v1/incidents/{incident}/actions/{action}", body)
                assert answer.status_code == 200, answer.text
        yield found


@pytest.mark.req("R-GATE-57", "R-DRILL-01")
def test_verdicts_of_all_incidents_are_counted_and_drills_only_when_asked_for(client: Client) -> None:
    (row,) = client.get(PATH).json()["rates"]
    assert (row["gate"], row["mode"], row["severity"]) == ("severity_alignment", "strict", None)
    assert (row["passed"], row["evaluated"]) == (0, 1)
    (both,) = client.get(f"{PATH}?drills=true").json()["rates"]
    assert both["evaluated"] == 2


def test_who_reads_no_incidents_reads_no_rates(client: Client) -> None:
    assert client.get(PATH, token=INTAKE).status_code == 403
    assert client.get(f"{PATH}?drill=true").json()["code"] == "QUERY_INVALID"
