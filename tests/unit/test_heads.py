"""The heads of streams as one tree: its bytes, its paths, and the file that carries them."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger import canonical
from ledger.completeness import Completeness, encode_completeness, parse_completeness
from ledger.errors import IntegrityError
from ledger.heads import HeadRecord, ProvenHead, heads_tree, record_bytes, verify_head
from ledger.merkle import EMPTY_ROOT
from tests.support.naive_tree import NaiveTree
from tests.support.tree import ROOT

RECORDS = [
    HeadRecord(f"alert-{name}", version, f"{version:064x}") for version, name in enumerate("abcdefg", 1)
]
PAGE = (ROOT / "docs/formats/heads.md").read_text()


def naive(records: list[HeadRecord]) -> NaiveTree:
    """Return the tree over records spelled here once more, by a program that shares nothing with ours."""
    lines = (["tallystick/head/v1", item.stream, str(item.version), item.leaf, ""] for item in records)
    return NaiveTree(["\n".join(line).encode("ascii") for line in lines])


def documented() -> list[HeadRecord]:
    rows = re.findall(r"^\| `([a-z0-9-]+)` \| (\d+) \| `([0-9a-f]{64})` \|$", PAGE, re.MULTILINE)
    return [HeadRecord(stream, int(version), leaf) for stream, version, leaf in rows]


@pytest.mark.req("R-SVC-05")
def test_the_documented_tree_is_ours_and_another_program_s() -> None:
    records = documented()
    tree, other = heads_tree(records, {"incident-1"}), naive(records)
    (proven,) = tree.proven

    assert len(records) == 5
    assert f"`{tree.root.hex()}`" in PAGE
    assert other.root(5) == tree.root
    assert other.path(proven.index, 5) == proven.path
    assert f"`{hashlib.sha256(bytes(1) + record_bytes(records[0])).hexdigest()}`" in PAGE
    assert encode_completeness(Completeness(9, tree.proven)).decode() in PAGE


@pytest.mark.req("R-SVC-05")
@given(st.integers(0, 40), st.sets(st.integers(0, 39)))
def test_every_record_can_be_proven_at_every_size(count: int, wanted: set[int]) -> None:
    records = [HeadRecord(f"s-{number:02}", number + 1, "ab" * 32) for number in range(count)]
    tree = heads_tree(records, {f"s-{number:02}" for number in wanted})
    other = naive(records)

    assert (tree.streams, tree.root) == (count, other.root(count))
    assert [head.index for head in tree.proven] == sorted(number for number in wanted if number < count)
    for head in tree.proven:
        assert head.path == other.path(head.index, count)
        verify_head(head, tree.streams, tree.root)


def test_no_streams_make_the_empty_tree() -> None:
    assert heads_tree([]).root == EMPTY_ROOT


@pytest.mark.parametrize(
    "change",
    [
        lambda head: replace(head, index=head.index ^ 1),
        lambda head: replace(head, path=head.path[:-1]),
        lambda head: replace(head, record=replace(head.record, version=head.record.version + 1)),
        lambda head: replace(head, record=replace(head.record, leaf="ff" * 32)),
        lambda head: replace(head, record=replace(head.record, stream="alert-bb")),
    ],
)
def test_a_head_that_is_not_in_the_tree_is_refused(change: Any) -> None:
    tree = heads_tree(RECORDS, {"alert-b"})
    (head,) = tree.proven

    verify_head(head, tree.streams, tree.root)
    with pytest.raises(IntegrityError, match="head of alert-b"):
        verify_head(change(head), tree.streams, tree.root)


@pytest.mark.parametrize("names", [("b", "a"), ("a", "a")])
def test_records_out_of_order_make_no_tree(names: tuple[str, ...]) -> None:
    with pytest.raises(IntegrityError, match="heads: expected a stream after"):
        heads_tree(HeadRecord(name, 1, "00" * 32) for name in names)


# --- completeness.json ------------------------------------------------------------------------------------

PROVEN = heads_tree(RECORDS, {"alert-b", "alert-g"}).proven
FILE = encode_completeness(Completeness(7, PROVEN))


def test_the_file_is_read_as_it_was_written() -> None:
    assert parse_completeness(FILE) == Completeness(7, PROVEN)
    assert parse_completeness(encode_completeness(Completeness(0, ()))) == Completeness(0, ())


def changed(**fields: Any) -> bytes:
    """Return the file with other members in its first stream, absent where None."""
    file: Any = canonical.decode(FILE, "file")
    members = {**file["streams"][0], **fields}
    kept = {name: value for name, value in members.items() if value is not None}
    return canonical.encode({"heads": 7, "streams": [kept]})


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (FILE + b"\n", "completeness:"),
        (b"[]", "completeness:"),
        (b'{"heads":7}', "completeness:"),
        (b'{"heads":-1,"streams":[]}', r"completeness\.heads"),
        (b'{"heads":true,"streams":[]}', r"completeness\.heads"),
        (b'{"heads":7,"streams":{}}', r"completeness\.streams"),
        (b'{"heads":7,"streams":[1]}', r"completeness\.streams\[0\]"),
        (changed(leaf=None), r"streams\[0\]"),
        (changed(more=1), r"streams\[0\]"),
        (changed(stream="A"), r"streams\[0\]\.stream"),
        (changed(stream=1), r"streams\[0\]\.stream"),
        (changed(leaf="AB" * 32), r"streams\[0\]\.leaf"),
        (changed(version=0), r"streams\[0\]\.version"),
        (changed(index=-1), r"streams\[0\]\.index"),
        (changed(path=[1]), r"streams\[0\]\.path\[0\]"),
        (changed(path=["AA=="]), r"streams\[0\]\.path\[0\]"),
        (changed(path=["A" * 44] * 64), r"streams\[0\]\.path"),
        (changed(path="x"), r"streams\[0\]\.path"),
        (encode_completeness(Completeness(7, PROVEN[::-1])), "a stream after alert-g"),
        (encode_completeness(Completeness(7, PROVEN[:1] * 2)), "a stream after alert-b"),
    ],
)
def test_any_other_file_is_refused_and_says_where(data: bytes, place: str) -> None:
    with pytest.raises(IntegrityError, match=place):
        parse_completeness(data)


@given(st.builds(ProvenHead, st.sampled_from(RECORDS), st.integers(0, 2**40), st.just((bytes(32),))))
def test_whatever_is_written_can_be_read(head: ProvenHead) -> None:
    completeness = Completeness(3, (head,))

    assert parse_completeness(encode_completeness(completeness)) == completeness
