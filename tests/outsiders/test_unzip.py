"""Info-ZIP's unzip reads our archives, to the byte."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.tools import tool
from tests.support.zips import zipped

FILES = {"VERIFY.md": b"help\n", "a/b-1.json": b"{}", "a/c": b"", "checkpoint": b"x" * 70_000}


@pytest.mark.req("R-BUN-03")
def test_unzip_reads_it(tmp_path: Path) -> None:
    unzip, path, out = tool("unzip", "unzip"), tmp_path / "export.zip", tmp_path / "out"
    path.write_bytes(zipped(FILES))
    subprocess.run([unzip, "-q", str(path), "-d", str(out)], check=True, timeout=60)
    assert {name: (out / name).read_bytes() for name in FILES} == FILES
