"""What an entry names outside the log is found by its shape, in facts of any type."""

from __future__ import annotations

import pytest

from ledger import canonical
from ledger.canonical import Json
from ledger.references import Reference, may_refer, references

SHA = "ab" * 32
REF: dict[str, Json] = {"c": "c" * 64, "kid": "d" * 32, "sha256": SHA, "size": 7}


def as_payload(data: Json) -> bytes:
    return canonical.encode({"data": data})


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"raw": {"blob": REF}}, [Reference(SHA, 7)]),
        ({"policy_sha256": SHA}, [Reference(SHA)]),
        (
            {"a": [[{"b": {"blob": REF}}], {"policy_sha256": "0" * 64}]},
            [Reference("0" * 64), Reference(SHA, 7)],
        ),
        ({"one": {"blob": REF}, "two": {"blob": REF}}, [Reference(SHA, 7)]),
        ({"one": {"blob": REF}, "two": {"blob": {**REF, "size": 8}}}, [Reference(SHA, 7), Reference(SHA, 8)]),
        ({"blob": REF, "policy_sha256": SHA}, [Reference(SHA), Reference(SHA, 7)]),
    ],
)
def test_blobs_and_policies_are_found_once_and_in_order(data: Json, expected: list[Reference]) -> None:
    assert references(data) == expected
    assert may_refer(as_payload(data))


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"text": {"sealed": {"c": "c" * 64, "kid": "d" * 32}}},
        {"blob": SHA},
        {"blob": [REF]},
        {"blob": {**REF, "more": 1}},
        {"blob": {name: value for name, value in REF.items() if name != "size"}},
        {"blob": {**REF, "sha256": SHA.upper()}},
        {"blob": {**REF, "sha256": SHA[:-1]}},
        {"blob": {**REF, "size": "7"}},
        {"blob": {**REF, "size": True}},
        {"policy_sha256": None},
        {"policy_sha256": "x"},
        {"policy": SHA, "sha256": SHA},
        "policy_sha256",
        [],
        None,
    ],
)
def test_what_only_looks_like_one_is_none(data: Json) -> None:
    assert references(data) == []


def test_the_quick_look_never_misses_what_the_long_one_finds() -> None:
    quiet: dict[str, Json] = {"text": 'a "blob":{ in a text', "n": 1}
    assert references(quiet) == []
    assert not may_refer(as_payload(quiet))
