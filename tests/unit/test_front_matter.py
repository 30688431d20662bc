"""Front matter: YAML that reads back as it was, and shows nothing to a reader of Markdown."""

from __future__ import annotations

import pytest
import yaml

from projections.front_matter import Value, front_matter


@pytest.mark.req("R-ART-02")
@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        False,
        -7,
        2**53 - 1,
        "",
        "plain text",
        'a "quoted" \\ text\nwith lines: [x](http://y) <b> --- 😀 ⟦ é',
        ["a", 1, None],
        {"b": {"a": []}, "a": "null"},
        {},
    ],
)
def test_every_value_reads_back(value: Value) -> None:
    text = front_matter({"key": value, "another": 1})
    lines = text.splitlines()
    assert (lines[0], lines[1], lines[-1], len(lines)) == ("---", "another: 1", "---", 4)
    assert yaml.safe_load(text.split("---\n")[1]) == {"key": value, "another": 1}
    assert not set("<>[]()*`") & set(text) - set("[]")
