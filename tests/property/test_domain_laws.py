"""Laws of small values: growing maps, matchings, ratios, thresholds of severity."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise, product
from math import log2

from hypothesis import given
from hypothesis import strategies as st

from domain.decisions.approvals import match
from domain.growing import Growing
from domain.ratio import Ratio, at_least, at_most, of_decimal

KEYS = st.integers(0, 40).map(str)
COUNTS = st.integers(0, 10**6)
RATIOS = st.builds(Ratio, COUNTS, st.integers(1, 10**6))
PEOPLE = st.sets(st.sampled_from("abcde"))
EDGES = st.dictionaries(st.sampled_from(["w", "x", "y", "z"]), PEOPLE.map(sorted))


@given(st.lists(st.tuples(KEYS, st.integers())))
def test_a_growing_map_is_a_dict(entries: list[tuple[str, int]]) -> None:
    grown, plain = Growing[int](), dict[str, int]()
    for key, value in entries:
        grown = grown.set(key, value)
        plain[key] = value
        assert list(grown.items()) == list(plain.items())
    for key in map(str, range(42)):
        assert grown.get(key) == plain.get(key)
        assert (key in grown) is (key in plain)


@given(st.lists(KEYS, max_size=200))
def test_a_growing_map_has_few_layers_each_more_than_twice_the_next(keys: list[str]) -> None:
    grown = Growing[int]()
    for key in keys:
        grown = grown.set(key, 0)
    sizes = [len(layer) for layer in grown.layers]
    assert all(older > 2 * newer for older, newer in pairwise(sizes))
    assert len(sizes) <= 1 + log2(1 + len(keys))


def test_adding_to_a_large_growing_map_copies_little() -> None:
    grown, copied = Growing[int](), 0
    for number in range(5_000):
        before = set(map(id, grown.layers))
        grown = grown.set(str(number), number)
        copied += sum(len(layer) for layer in grown.layers if id(layer) not in before)
    assert copied < 5_000 * 3 * log2(5_000)


@given(st.lists(st.tuples(KEYS, st.integers()), min_size=1))
def test_adding_to_a_growing_map_leaves_the_one_before_as_it_was(entries: list[tuple[str, int]]) -> None:
    grown = Growing[int]()
    for key, value in entries:
        before, items = grown, list(grown.items())
        grown = grown.set(key, value)
        assert list(before.items()) == items


def most(edges: Mapping[str, list[str]]) -> int:
    """Return how many roles can be given different people, by trying everything."""
    choices = [[None, *people] for people in edges.values()]
    tried = ([one for one in choice if one is not None] for choice in product(*choices))
    return max((len(chosen) for chosen in tried if len(set(chosen)) == len(chosen)), default=0)


@given(EDGES)
def test_a_matching_is_as_large_as_can_be_and_gives_nobody_two_roles(edges: dict[str, list[str]]) -> None:
    found = match(edges)
    assert len(found) == most(edges)
    assert len(set(found.values())) == len(found)
    assert all(person in edges[role] for role, person in found.items())


@given(RATIOS, RATIOS)
def test_ratios_compare_like_fractions(actual: Ratio, threshold: Ratio) -> None:
    ours, theirs = Fraction(actual.num, actual.den), Fraction(threshold.num, threshold.den)
    assert at_least(actual, threshold) == (ours >= theirs)
    assert at_most(actual, threshold) == (ours <= theirs)


@given(COUNTS, RATIOS)
def test_of_nothing_no_ratio_reaches_anything(number: int, threshold: Ratio) -> None:
    assert not at_least(Ratio(number, 0), threshold)
    assert not at_most(Ratio(number, 0), threshold)


@given(st.decimals(0, 1, places=12))
def test_a_decimal_becomes_exactly_its_ratio(value: Decimal) -> None:
    found = of_decimal(value)
    assert Fraction(found.num, found.den) == Fraction(value)
