"""The log key is rotated: what is served, labelled and exported is checked with the key that signed it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.checkpoint import open_checkpoint
from ledger.keyfile import create_key_file
from ledger.note import parse_vkey
from tallystick.cli import main
from tests.support.processes import Children, wait_until
from tests.support.service import Service


@pytest.mark.req("R-SVC-03")
def test_after_a_rotation_the_new_key_is_the_one_handed_out(
    home: Path, tmp_path: Path, children: Children
) -> None:
    assert main(["init", "--home", str(home)]) == 0
    old = (home / "log.vkey").read_text()
    create_key_file(tmp_path / "new.key")
    new_key = f"file:{tmp_path / 'new.key'}"
    assert main(["keys", "add-log-key", "--key", new_key, "--home", str(home)]) == 0

    service = Service(children, home, env={"TALLYSTICK_LOG_KEY": new_key})
    assert service.post("/v1/incidents", {"title": "Slow", "environment": "test"}).status == 201
    wait_until(lambda: service.get("/log/vkey").body.decode() != old, 20, "the new key signs")
    vkey = service.get("/log/vkey").body.decode().strip()
    open_checkpoint(service.get("/log/checkpoint").body, parse_vkey(vkey))
    wait_until(lambda: (home / "log.vkey").read_text().strip() == vkey, 10, "the label is renewed")
    service.child.stop()

    copy = tmp_path / "copy"
    assert main(["export", "--ledger", "--out", str(copy), "--home", str(home)]) == 0
    assert main(["verify", str(copy), "--log-key", str(home / "log.vkey")]) == 0
    assert main(["verify", str(copy), "--log-key", old.strip(), "--log-key", vkey]) == 0
