"""Entry bundles come back, and nothing that is not quite one is read."""

from __future__ import annotations

import pytest

from ledger.bundle import MAX_ENTRY, decode_bundle, encode_bundle
from ledger.errors import EntryTooLarge, IntegrityError


def test_each_entry_stands_after_its_length() -> None:
    assert encode_bundle([b"ab", b"", b"c"]) == b"\x00\x02ab\x00\x00\x00\x01c"


@pytest.mark.parametrize("entries", [(b"",), (b"a", b"b"), (b"x" * MAX_ENTRY,), (b"e",) * 256])
def test_a_bundle_comes_back(entries: tuple[bytes, ...]) -> None:
    assert decode_bundle(encode_bundle(entries), "bundle") == entries


def test_an_entry_beyond_its_length_field_is_refused_before_it_is_written() -> None:
    with pytest.raises(EntryTooLarge) as caught:
        encode_bundle([b"x" * (MAX_ENTRY + 1)])
    assert (caught.value.size, caught.value.limit) == (MAX_ENTRY + 1, MAX_ENTRY)


@pytest.mark.parametrize("count", [0, 257])
def test_a_bundle_holds_one_to_256_entries(count: int) -> None:
    with pytest.raises(ValueError, match=f"expected 1 to 256 entries, found {count}"):
        encode_bundle([b"e"] * count)
    with pytest.raises(IntegrityError, match="tile/entries/000: expected at "):
        decode_bundle(b"\x00\x01e" * count, "tile/entries/000")


def test_the_entry_that_is_cut_is_named_with_its_length() -> None:
    with pytest.raises(
        IntegrityError, match="bundle, entry 1: expected 5 bytes, found the end of the bundle"
    ):
        decode_bundle(b"\x00\x01a\x00\x05ab", "bundle")


@pytest.mark.parametrize(
    "data", [b"\x00", b"\x00\x02a", b"\x00\x01ab", b"\x00\x01a\x00", b"\xff\xff" + b"x" * 65_534]
)
def test_a_bundle_that_ends_inside_an_entry_is_refused(data: bytes) -> None:
    with pytest.raises(IntegrityError, match=r"bundle, entry [01]: expected \d+ bytes, found the end"):
        decode_bundle(data, "bundle")
