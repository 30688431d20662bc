"""An old copy of the home is put in its place: the service reads, refuses to write, and says the way out."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.support.commandline import Ran, Tally, run
from tests.support.once import made_once
from tests.support.processes import Children
from tests.support.service import Answer, Service

ENTRY = {"action": "add-timeline-entry", "text": "Traffic moved to region B."}
DELIVERY = {
    "version": "4",
    "groupKey": "demo",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "CheckoutSlow"},
            "startsAt": "2026-03-01T02:10:00Z",
            "endsAt": "0001-01-01T00:00:00Z",
        }
    ],
}


class Story:
    """A home that is served, copied, served on, and set back to the copy."""

    def __init__(self, home: Path, children: Children, env: dict[str, str]) -> None:
        self.home, self.old = home, home.parent / "old"
        self._children, self._env = children, env

    def serve(self) -> Service:
        return Service(self._children, self.home, env=self._env)

    def tell(self) -> None:
        """Open an incident, copy the stopped home, then add an entry that the copy does not have."""
        service = self.serve()
        assert service.post("/v1/incidents", {"title": "x", "environment": "p"}).status == 201
        assert service.child.stop() == 0
        shutil.copytree(self.home, self.old)
        service = self.serve()
        assert self.note(service).status == 200
        assert service.child.stop() == 0
        self.command("export", "--ledger", "--out", self.home.parent / "copy").fine()

    def note(self, service: Service) -> Answer:
        return service.post("/v1/incidents/INC-1/actions", ENTRY)

    def roll_back(self, *names: str) -> None:
        """Put the old copy of the files named, or of everything, in the place of what is there."""
        for name in names or [path.name for path in self.home.iterdir()]:
            here, there = self.home / name, self.old / name
            for path in (here, here.with_name(f"{name}-wal"), here.with_name(f"{name}-shm")):
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
            if there.exists():
                shutil.copytree(there, here) if there.is_dir() else shutil.copy2(there, here)

    def command(self, *argv: str | Path) -> Ran:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self._env.items():
                patch.setenv(name, value)
            return Tally(self.home)(*argv)


def reads_and_says_the_way_out(service: Service) -> None:
    """Check everything that a read-only service owes to whoever asks."""
    said = service.child.output()
    assert "READ-ONLY" in said
    assert "entries 2 to 2 are missing" in said
    assert "tallystick recover --from DIR|URL" in said
    assert "init --successor-of" in said

    assert service.get("/v1/incidents/INC-1").json["version"] == 1
    assert service.get("/v1/incidents/INC-1/timeline").status == 200
    assert len(service.get("/v1/events?after=0").json["events"]) == 2
    assert service.get("/log/checkpoint").status == 200
    assert service.get("/healthz").status == 200
    assert service.get("/readyz").status == 503
    assert b"tallystick_read_only 1.0" in service.get("/metrics").body

    for answer in (
        service.post("/v1/incidents/INC-1/actions", ENTRY),
        service.post("/v1/incidents", {"title": "y", "environment": "p"}),
        service.request("POST", "/v1/signals/alertmanager", DELIVERY, token=service.token("intake")),
    ):
        problem: Mapping[str, Any] = answer.json
        assert (answer.status, problem["code"]) == (503, "READ_ONLY")
        assert "recover --from" in problem["detail"]


def in_folder(folder: Path, children: Children, *, whole: bool) -> Story:
    """Return a story whose files are in ``folder``; of a whole home set back, a record elsewhere tells."""
    env = {"TALLYSTICK_CHECKPOINT_COPY": str(folder / "elsewhere")} if whole else {}
    return Story(folder / "home", children, env)


def tell_in(folder: Path, *, whole: bool) -> None:
    children = Children(folder / "children")
    try:
        in_folder(folder, children, whole=whole).tell()
    finally:
        children.stop()


@pytest.fixture(params=["the log alone", "the whole home"])
def story(
    request: pytest.FixtureRequest,
    children: Children,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Story:
    """A home that was set back, told once a test run and copied."""
    whole = request.param == "the whole home"
    name = "set-back-whole" if whole else "set-back"
    made = made_once(tmp_path_factory, name, partial(tell_in, whole=whole))
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    story = in_folder(tmp_path, children, whole=whole)
    story.roll_back(*([] if whole else ["ledger.db"]))
    return story


def test_a_home_that_was_set_back_is_only_read_until_it_is_recovered(story: Story) -> None:
    service = story.serve()
    reads_and_says_the_way_out(service)
    beside = story.command("recover", "--from", story.home.parent / "copy")
    assert beside.code == 69, "not beside a service"
    assert service.child.stop() == 0

    said = story.command("recover", "--from", story.home.parent / "copy").fine().out
    assert "Appended entries 2 to 2" in said
    service = story.serve()
    assert "READ-ONLY" not in service.child.output()
    assert service.get("/v1/incidents/INC-1").json["version"] == 2
    assert story.note(service).status == 200
    assert service.child.stop() == 0
    after = story.home.parent / "after"
    story.command("export", "--ledger", "--out", after).fine()
    before = story.home.parent / "copy" / "checkpoint"
    run("verify", after, "--log-key", story.home / "log.vkey", "--since", before).fine()


def test_another_service_that_has_the_entries_can_give_them_back(
    story: Story, children: Children, tmp_path: Path
) -> None:
    run("init", "--home", tmp_path / "mirror").fine()
    mirror = tmp_path / "mirror"
    for name in ("ledger.db", "keys", "log.vkey"):
        shutil.rmtree(mirror / name) if (mirror / name).is_dir() else (mirror / name).unlink()
    shutil.copytree(story.old / "keys", mirror / "keys")
    shutil.copy2(story.old / "log.vkey", mirror / "log.vkey")
    shutil.copy2(story.old / "vault.db", mirror / "vault.db")
    (mirror / "last-checkpoint").unlink()
    Tally(mirror)("recover", "--from", story.home.parent / "copy").fine()
    other = Service(children, mirror)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TALLYSTICK_TOKEN", other.token())
        said = story.command("recover", "--from", other.url).fine().out
    assert "Appended entries 2 to 2" in said
    assert story.note(story.serve()).status == 200
