"""Laws of the canonical ZIP: what is read can be written again, byte for byte, and no byte can be another."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.canonicalzip import CanonicalZip
from ledger.errors import IntegrityError
from tests.support.zips import zipped

names = st.from_regex(r"[a-zA-Z0-9_-][a-zA-Z0-9._-]{0,3}(/[a-z0-9]{1,2}){0,2}", fullmatch=True)
files = st.dictionaries(names, st.binary(max_size=20), max_size=5)


def rebuilt(data: bytes) -> bytes:
    found = CanonicalZip(io.BytesIO(data))
    return zipped({member.name: b"".join(found.chunks(member.name)) for member in found.members()})


@pytest.mark.req("R-BUN-03")
@given(files)
def test_what_is_read_can_be_written_again(files: dict[str, bytes]) -> None:
    data = zipped(files)

    assert rebuilt(data) == data


@pytest.mark.req("R-BUN-03")
@given(st.data())
def test_whatever_happens_to_the_bytes_it_is_refused_or_still_canonical(data: st.DataObject) -> None:
    whole = zipped(data.draw(files))
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 40)))
    damaged = whole[:start] + data.draw(st.binary(max_size=6)) + whole[end:]

    try:
        again = rebuilt(damaged)
    except IntegrityError:
        return
    assert again == damaged
