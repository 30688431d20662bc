"""An outsider checks a disclosure with ``sha256sum`` and ``printf``, and opens a box with ``openssl``."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from application.local_blobs import LocalBlobs
from application.sealing import seal_bytes, seal_value, store
from application.unsealing import open_content
from application.vault import Vault
from ledger import canonical
from ledger.disclosure import encode_disclosure
from tests.support.gcm import ctr, seal
from tests.support.tools import tool
from tests.support.tree import ROOT
from tests.support.vaults import MASTER, STREAM
from tests.vectors.make_sealed_vectors import vectors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = (ROOT / "docs" / "formats" / "sealed-fields.md").read_text(encoding="utf-8")


@pytest.fixture
def script() -> str:
    """Return the commands of the page, as printed."""
    tool("sha256sum", "coreutils")
    found = re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL)
    assert len(found) == 1
    return str(found[0])


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    opened = Vault(tmp_path / "vault.db", MASTER)
    yield opened
    opened.close()


def run(script: str, line: bytes) -> tuple[int, str]:
    """Return exit status and output of the page's commands for one line of ``disclosures.jsonl``."""
    done = subprocess.run(["sh", "-c", script], input=line + b"\n", capture_output=True, check=False)
    assert done.stderr == b""
    return done.returncode, done.stdout.decode().strip()


VALUES: list[object] = [
    "Database “primary” is down",
    '50 % \\ "quoted" \n\t $HOME `id` \'; é 🔥 \u0000\u007f',
    "",
    None,
    [["instance", "db-1"], ["value", "}"]],
    {"value": "x", "c": 17},
]


def disclosed(vault: Vault, value: object) -> bytes:
    found, pending = seal_value(value, STREAM, vault)
    vault.put(pending.rows, pending.keys)
    assert found.c is not None
    return encode_disclosure(vault.disclose(found.c))


@pytest.mark.req("R-EVT-04")
@pytest.mark.parametrize("value", VALUES)
def test_a_disclosure_is_accepted_by_sha256sum(vault: Vault, script: str, value: object) -> None:
    assert run(script, disclosed(vault, value)) == (0, "disclosed")


@pytest.mark.req("R-EVT-04")
def test_a_changed_disclosure_is_refused_by_sha256sum(vault: Vault, script: str) -> None:
    line = disclosed(vault, "alice did it")
    start = len('{"c":"')
    salt = line.index(b'"salt":"') + len('"salt":"')
    for changed in (
        line.replace(b"alice", b"blice"),
        line[:start] + (b"1" if line[start : start + 1] == b"0" else b"0") + line[start + 1 :],
        line[:salt] + (b"1" if line[salt : salt + 1] == b"0" else b"0") + line[salt + 1 :],
    ):
        assert changed != line
        assert run(script, changed) == (1, "broken")


def test_the_vector_is_accepted_by_sha256sum(script: str) -> None:
    assert run(script, vectors()["disclosure"].encode()) == (0, "disclosed")


def test_a_blob_is_checked_by_sha256sum_with_and_without_its_content(
    vault: Vault, script: str, tmp_path: Path
) -> None:
    blobs = LocalBlobs(tmp_path / "blobs")
    found, pending = seal_bytes(b"\x00\xffraw\n", STREAM, vault)
    store(pending, vault, blobs)
    assert found.blob is not None
    file = next((blobs.root / "sha256").rglob(found.blob.sha256))
    assert digest(file) == found.blob.sha256
    assert file.stat().st_size == found.blob.size
    opened = open_content(found.blob, vault, blobs)
    content = tmp_path / "content"
    content.write_bytes(b"tallystick/blob/v1\n" + opened.salt + opened.content)
    assert digest(content) == found.blob.c


def digest(path: Path) -> str:
    listing = subprocess.run(["sha256sum", str(path)], capture_output=True, check=True)
    return listing.stdout.decode().split()[0]


@pytest.fixture
def openssl() -> str:
    return tool("openssl", "openssl")


def test_the_page_prints_what_openssl_makes(openssl: str) -> None:
    printed = dict(re.findall(r"^\| `([a-z0-9-]+)` \| `([^`]*)` \|$", PAGE, flags=re.MULTILINE))
    assert printed == vectors()


def test_openssl_opens_a_row_of_the_vault(vault: Vault, openssl: str) -> None:
    value = {"text": "recovered by hand"}
    found, pending = seal_value(value, STREAM, vault)
    vault.put(pending.rows, pending.keys)
    box, wrapped = vault.select("SELECT box, wrapped FROM sealed JOIN data_key USING (kid)")[0]
    key = ctr(MASTER, wrapped[:12], wrapped[12:-16])
    plain = ctr(key, box[:12], box[12:-16])
    assert canonical.decode(plain[32:], "row") == value
    assert found.c is not None
    # The whole box, tag and all, is what the second implementation makes of the same.
    assert box[12:] == seal(key, box[:12], plain, bytes.fromhex(found.c))
