"""The on-call table: who is on call at a moment, and what is no table."""

from __future__ import annotations

from datetime import datetime

import pytest

from domain.oncall import NOBODY, OnCall, on_call
from projections.configerror import ConfigError
from projections.strictyaml import parse
from tests.support.plans import CONFIG

TABLE = """
schema_version: 1
oncall:
  sre_on_call:
    - {principal: p-ada, from: 2026-03-02T09:00:00+01:00, until: 2026-03-09T09:00:00+01:00}
    - {principal: p-grace, from: 2026-03-09T08:00:00Z}
    - {principal: p-lin, until: 2026-03-03T00:00:00Z}
    - {principal: p-ada}
  executive: []
"""


def table(text: str = TABLE) -> OnCall:
    return parse(text.encode(), OnCall, "o")


@pytest.mark.req("R-DIR-01")
@pytest.mark.parametrize(
    ("now", "found"),
    [
        ("2026-03-02T07:59:59.999999Z", ("p-lin", "p-ada")),
        ("2026-03-02T08:00:00Z", ("p-ada", "p-lin")),
        ("2026-03-02T23:59:59+00:00", ("p-ada", "p-lin")),
        ("2026-03-03T00:00:00Z", ("p-ada",)),
        ("2026-03-09T07:59:59Z", ("p-ada",)),
        ("2026-03-09T08:00:00Z", ("p-grace", "p-ada")),
        ("2026-03-09T09:00:00+01:00", ("p-grace", "p-ada")),
    ],
)
def test_a_shift_lasts_from_its_first_moment_until_just_before_its_last(
    now: str, found: tuple[str, ...]
) -> None:
    assert on_call(table(), "sre_on_call", datetime.fromisoformat(now)) == found


@pytest.mark.req("R-DIR-01")
def test_nobody_is_on_call_for_a_role_without_shifts() -> None:
    now = datetime.fromisoformat("2026-03-02T08:00:00Z")
    assert on_call(table(), "executive", now) == on_call(table(), "support_lead", now) == ()


def test_the_shipped_table_names_nobody_and_its_example_is_a_table() -> None:
    text = (CONFIG / "oncall.yaml").read_text()
    assert table(text) == NOBODY
    start = text.index("# oncall:\n")
    example = text[start : text.index("schema_version")].replace("# ", "")
    names = table(f"schema_version: 1\n{example}").oncall
    assert list(names) == ["sre_on_call", "incident_commander"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("p-lin", "lin", "o.oncall.sre_on_call[2].principal: expected"),
        ("p-lin", '"p-lin\\n"', "o.oncall.sre_on_call[2].principal: expected"),
        ("2026-03-09T08:00:00Z", "2026-03-09T08:00:00", "o.oncall.sre_on_call[1].from: expected"),
        ("2026-03-09T08:00:00Z", "monday", "o.oncall.sre_on_call[1].from: expected"),
        (
            "until: 2026-03-09T09:00:00+01:00",
            "until: 2026-03-02T08:00:00Z",
            "o.oncall.sre_on_call[0].until: expected later than 2026-03-02 09:00:00+01:00, found",
        ),
        ("executive: []", "Executive: []", "o.oncall: expected"),
        ("{principal: p-ada}", "{person: p-ada}", "o.oncall.sre_on_call[3]: expected"),
        ("schema_version: 1", "schema_version: 2", "o.schema_version: expected"),
    ],
)
def test_a_wrong_table_is_refused_where_it_is_wrong(old: str, new: str, said: str) -> None:
    assert old in TABLE
    with pytest.raises(ConfigError) as caught:
        table(TABLE.replace(old, new, 1))
    assert str(caught.value).startswith(said)
