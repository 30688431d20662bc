"""How commands name uploaded bytes."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from domain.stored_blob import StoredBlob, blob_prose, optional_blob_prose

GIVEN: dict[str, Any] = {"c": "a" * 64, "kid": "b" * 32, "sha256": "c" * 64, "size": 61}


@pytest.mark.req("R-MAN-06")
def test_a_fact_holds_the_reference_just_as_the_command_gave_it() -> None:
    blob = msgspec.convert(GIVEN, StoredBlob)

    assert msgspec.to_builtins(blob_prose(blob)) == {"blob": GIVEN}
    assert optional_blob_prose(blob) == blob_prose(blob)
    assert optional_blob_prose(None) is None


@pytest.mark.parametrize(
    "change",
    [
        {"c": "A" * 64},
        {"c": "a" * 64 + "\n"},
        {"kid": "b" * 33},
        {"sha256": "../" + "c" * 61},
        {"size": -1},
        {"size": 2**53},
        {"path": "/etc/passwd"},
    ],
)
def test_a_reference_of_another_form_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**GIVEN, **change}, StoredBlob)
