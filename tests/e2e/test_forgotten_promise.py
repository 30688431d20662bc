"""A home whose record of what was promised is gone only reads, until `recover` has looked at another copy."""

from __future__ import annotations

from pathlib import Path

from tallystick.cli import main
from tests.support.processes import Children, wait_until
from tests.support.service import Service


def test_a_home_without_its_last_checkpoint_reads_and_recovers(
    home: Path, tmp_path: Path, children: Children
) -> None:
    service = Service(children, home)
    assert service.post("/v1/incidents", {"title": "Slow", "environment": "test"}).status == 201
    service.child.stop()
    copy = tmp_path / "copy"
    assert main(["export", "--ledger", "--out", str(copy), "--home", str(home)]) == 0
    (home / "last-checkpoint").unlink()

    forgetful = Service(children, home)
    refused = forgetful.post("/v1/incidents", {"title": "Slow", "environment": "test"})
    assert (refused.status, refused.json["code"]) == (503, "READ_ONLY")
    assert "last-checkpoint is missing" in refused.json["detail"]
    assert forgetful.get("/v1/incidents/INC-1").status == 200
    forgetful.child.stop()

    assert main(["recover", "--from", str(copy), "--home", str(home)]) == 0
    again = Service(children, home)
    wait_until(lambda: again.get("/readyz").status == 200, 20, "it is ready")
    assert again.post("/v1/incidents", {"title": "Slow", "environment": "test"}).status == 201
