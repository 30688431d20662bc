"""Laws of filling a template: each placeholder once, everything else untouched, values never read."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from domain.plan_template import Filled
from domain.template_filling import fill, filled_text
from tests.support.plans import template

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,7}", fullmatch=True)
TEXT = st.text(alphabet=st.sampled_from("ab_{}0A $\n\\é"), max_size=20)
VALUES = st.dictionaries(NAMES, TEXT, max_size=4)
# A capital is in no name, so that no value can complete a brace to a placeholder.
PLAIN = TEXT.map(lambda text: "A" + re.sub(r"[{}]", "", text))
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


@given(TEXT, VALUES)
def test_a_text_without_placeholders_is_unchanged(text: str, values: dict[str, str]) -> None:
    kept = PLACEHOLDER.sub("", text)
    if not PLACEHOLDER.search(kept):
        assert filled_text(kept, values) == kept


@given(st.lists(st.one_of(NAMES.map(lambda name: f"{{{name}}}"), TEXT)), st.dictionaries(NAMES, PLAIN))
def test_a_filled_text_contains_no_known_placeholder(parts: list[str], values: dict[str, str]) -> None:
    left = PLACEHOLDER.findall(filled_text("".join(parts), values))
    assert not set(left) & set(values)


@given(st.lists(st.tuples(st.text(alphabet="ab 0$é", max_size=8), st.sampled_from("xyz"))), TEXT, TEXT)
def test_values_are_put_in_as_they_are(parts: list[tuple[str, str]], x: str, y: str) -> None:
    values = {"x": x, "y": y}
    text = "".join(f"{before}{{{name}}}" for before, name in parts)
    wanted = "".join(before + values.get(name, f"{{{name}}}") for before, name in parts)
    assert filled_text(text, values) == wanted


@given(st.text(min_size=1, max_size=30).filter(str.strip))
def test_nothing_of_a_plan_changes_but_its_texts(value: str) -> None:
    rollback = template("rollback")
    plan = fill(rollback, {"to_version": value})
    assert isinstance(plan, Filled)
    assert plan.title == f"Roll back to {value}"
    ids = [(option.id, option.kind, option.est_duration_s) for option in plan.options]
    assert ids == [(option.id, option.kind, option.est_duration_s) for option in rollback.options]
    unchanged = {
        name: part
        for name, part in structs.asdict(plan).items()
        if "{to_version}" not in str(getattr(rollback, name))
    }
    assert unchanged == {name: getattr(rollback, name) for name in unchanged}
    assert {"premises", "risks", "prerequisites", "select"} <= set(unchanged)
