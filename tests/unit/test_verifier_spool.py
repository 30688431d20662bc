"""What is put aside comes back in groups and in order, from memory or from a file."""

from __future__ import annotations

import msgspec
import pytest

from verifier import spool
from verifier.spool import PARTS, Spool


class Record(msgspec.Struct, frozen=True, array_like=True):
    """Something with a key."""

    key: str
    number: int
    data: bytes = b""


def make() -> Spool[str, Record]:
    return Spool(Record, lambda record: record.key, lambda key: ord(key[0]) % PARTS)


@pytest.mark.parametrize("size", [0, 100, 100_000])
def test_groups_come_back_in_order(size: int) -> None:
    with make() as records:
        for number in range(50):
            records.put(Record("abc"[number % 3], number, bytes(size)))
        assert records.parts == [ord(key) for key in "abc"]
        for shift, key in enumerate("abc"):
            (group,) = records.part(ord(key)).values()
            assert [record.number for record in group] == list(range(shift, 50, 3))
            assert records.part(ord(key)) == {key: group}


def test_keys_of_one_part_are_kept_apart() -> None:
    with make() as records:
        for number, key in enumerate(("a1", "a2", "a1")):
            records.put(Record(key, number))
        assert records.part(ord("a")) == {"a1": [Record("a1", 0), Record("a1", 2)], "a2": [Record("a2", 1)]}


def test_a_part_without_records_is_empty() -> None:
    with make() as records:
        assert records.part(7) == {}
        assert records.parts == []


def test_memory_stays_within_the_buffers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "BUFFER", 10)
    with make() as records:
        for number in range(1000):
            records.put(Record("a", number, b"x" * 20))
        assert len(records.part(ord("a"))["a"]) == 1000
        assert all(len(buffer) <= 10 for buffer in records._buffers.values())
