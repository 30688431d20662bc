"""``log fsck`` and ``doctor``: a sound home passes, and each thing that can be wrong is named."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.commandline import Ran, Tally
from tests.support.use_cases import make_home


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one declared incident: entries 0 to 3."""
    tally = Tally(make_home(tmp_path_factory.mktemp("sound") / "home"))
    tally("act", tally.opened(), "declare", "rationale=Confirmed by hand.").fine()
    return tally.home


@pytest.fixture
def tally(sound: Path, home: Path) -> Tally:
    return Tally(shutil.copytree(sound, home))


def execute(path: Path, *statements: str) -> None:
    """Change a database as somebody with full access could: triggers dropped first."""
    with closing(sqlite3.connect(path)) as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def checks(ran: Ran) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for check in ran.json:
        found.setdefault(check["name"], []).append(check)
    return found


def worst(tally: Tally, name: str) -> str:
    levels = [check["level"] for check in checks(tally("doctor", "--json"))[name]]
    return "problem" if "problem" in levels else "warning" if "warning" in levels else "ok"


def test_a_sound_ledger_passes(tally: Tally) -> None:
    found = tally("log", "fsck", "--json").fine().json
    assert (found["entries"], found["streams"], found["findings"]) == (6, 2, [])
    assert tally("log", "fsck").fine().out.endswith("everything holds.\n")


FLIP = "CAST(substr(envelope, 1, 40) || '~' || substr(envelope, 42) AS BLOB)"
DAMAGE: dict[str, tuple[str, str, Callable[[Path], None]]] = {
    "an entry's bytes": (
        "envelope",
        "entry 2",
        lambda home: execute(home / "ledger.db", f"UPDATE event SET envelope = {FLIP} WHERE position = 2"),
    ),
    "a column that repeats the envelope": (
        "row",
        "entry 1",
        lambda home: execute(home / "ledger.db", "UPDATE event SET version = 9 WHERE position = 1"),
    ),
    "an entry removed": (
        "position",
        "entry 2",
        lambda home: execute(home / "ledger.db", "DELETE FROM event WHERE position = 2"),
    ),
    "the tail cut off": (
        "promise",
        "log",
        lambda home: execute(
            home / "ledger.db",
            "DELETE FROM event WHERE position = 5",
            "UPDATE head SET size = 5",
            "DELETE FROM checkpoint WHERE size = 6",
        ),
    ),
    "the root in the head": (
        "head",
        "root",
        lambda home: execute(home / "ledger.db", "UPDATE head SET root = zeroblob(32)"),
    ),
    "a signed checkpoint's root": (
        "checkpoint",
        "root",
        lambda home: execute(home / "ledger.db", "UPDATE checkpoint SET root = zeroblob(32) WHERE size = 6"),
    ),
    "what was promised outside": (
        "promise",
        "log",
        lambda home: replace_line(home / "last-checkpoint", 1, "9"),
    ),
    "a sealed value deleted": (
        "sealed",
        "entry 1",
        lambda home: execute(home / "vault.db", "DELETE FROM sealed"),
    ),
    "a sealed value changed": (
        "sealed",
        "entry 1",
        lambda home: execute(home / "vault.db", "UPDATE sealed SET box = zeroblob(99)"),
    ),
    "the policy's file deleted": ("policy", "blob", lambda home: shutil.rmtree(home / "blobs" / "sha256")),
}


def replace_line(path: Path, number: int, text: str) -> None:
    lines = path.read_text().split("\n")
    lines[number] = text
    path.write_text("\n".join(lines))


@pytest.mark.parametrize("what", DAMAGE)
def test_fsck_names_what_does_not_hold(what: str, tally: Tally) -> None:
    kind, place, damage = DAMAGE[what]
    damage(tally.home)
    ended = tally("log", "fsck", "--json")
    assert ended.code == 1
    found = [item for item in ended.json["findings"] if item["kind"] == kind and place in item["place"]]
    assert found, ended.json["findings"]
    said = tally("log", "fsck")
    assert said.code == 1
    assert f"{kind}: " in said.out


def test_fsck_changes_nothing(tally: Tally) -> None:
    before = (tally.home / "ledger.db").read_bytes()
    tally("log", "fsck").fine()
    assert (tally.home / "ledger.db").read_bytes() == before


def test_without_the_file_of_the_log_fsck_says_what_is_missing_and_makes_no_new_one(tally: Tally) -> None:
    (tally.home / "ledger.db").unlink()
    ended = tally("log", "fsck")
    assert ended.code == 69
    assert "recover --from" in ended.err
    assert not (tally.home / "ledger.db").exists()
    assert tally("show").code == 69


def test_a_healthy_home_has_advice_and_no_problem(tally: Tally) -> None:
    found = checks(tally("doctor", "--json").fine())
    levels = {name: [check["level"] for check in items] for name, items in found.items()}
    assert levels.pop("root key") == ["warning"]
    assert levels.pop("checkpoint copy") == ["warning"]
    assert levels
    assert {level for items in levels.values() for level in items} == {"ok"}


def test_the_root_key_in_the_home_is_nagged_about_until_it_is_gone(tally: Tally, tmp_path: Path) -> None:
    said = tally("doctor").fine().out
    assert str(tally.home / "keys" / "root") in said
    assert "drawer" in said
    (tally.home / "keys" / "root").rename(tmp_path / "root")
    assert worst(tally, "root key") == "ok"


def test_without_a_home_there_is_one_problem(tmp_path: Path) -> None:
    ended = Tally(tmp_path / "nothing")("doctor", "--json")
    assert ended.code == 1
    assert [(check["name"], check["level"]) for check in ended.json] == [("home", "problem")]


ILLNESSES: dict[str, tuple[str, str, Callable[[Path], object]]] = {
    "a key that others may read": (
        "permissions",
        "problem",
        lambda home: (home / "keys" / "recorder.key").chmod(0o640),
    ),
    "a home that others may list": ("permissions", "problem", lambda home: home.chmod(0o755)),
    "another recorder key": (
        "recorder key",
        "problem",
        lambda home: (home / "keys" / "recorder.key").write_text("11" * 32 + "\n"),
    ),
    "no recorder key": ("recorder key", "problem", lambda home: (home / "keys" / "recorder.key").unlink()),
    "another log key": (
        "log key",
        "problem",
        lambda home: (home / "keys" / "log.key").write_text("11" * 32 + "\n"),
    ),
    "no log key": ("log key", "warning", lambda home: (home / "keys" / "log.key").unlink()),
    "another master key": (
        "vault",
        "problem",
        lambda home: (home / "keys" / "master.key").write_text("11" * 32 + "\n"),
    ),
    "no vault": ("vault", "problem", lambda home: (home / "vault.db").unlink()),
    "a policy that is none": (
        "configuration",
        "problem",
        lambda home: (home / "config" / "protocol_gates" / "17.team.yaml").write_text("protocol: many\n"),
    ),
    "no alert rules": (
        "configuration",
        "problem",
        lambda home: (home / "config" / "alert-rules.yaml").unlink(),
    ),
    "a plan template that is none": (
        "configuration",
        "problem",
        lambda home: (home / "config" / "plans" / "rollback.yaml").write_text("name: rollback\n"),
    ),
    "an on-call table that is none": (
        "configuration",
        "problem",
        lambda home: (home / "config" / "oncall.yaml").write_text("oncall: everybody\n"),
    ),
    "sources that are none": (
        "configuration",
        "problem",
        lambda home: (home / "config" / "sources.yaml").write_text("sources: all\n"),
    ),
    "a source whose key is not there": (
        "configuration",
        "problem",
        lambda home: (home / "config" / "sources.yaml").write_text(
            "schema_version: 1\nsources: {a: {format: generic, secret: 'env:NO_SUCH_KEY'}}\n"
        ),
    ),
    "more promised than there is": (
        "promises",
        "problem",
        lambda home: replace_line(home / "last-checkpoint", 1, "9"),
    ),
}


@pytest.mark.parametrize("what", ILLNESSES)
def test_doctor_names_what_is_wrong_with_a_home(what: str, tally: Tally) -> None:
    name, level, cause = ILLNESSES[what]
    cause(tally.home)
    assert worst(tally, name) == level
    assert tally("doctor").code == (1 if level == "problem" else 0)


def test_the_second_record_of_promises_belongs_on_another_disk(
    tally: Tally, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALLYSTICK_CHECKPOINT_COPY", str(tally.home.parent / "copy"))
    assert worst(tally, "checkpoint copy") == "warning"
    monkeypatch.setenv("TALLYSTICK_CHECKPOINT_COPY", "/proc/no-such-copy")
    assert worst(tally, "checkpoint copy") == "ok"


def test_entries_that_wait_too_long_for_a_checkpoint_are_noticed(
    tally: Tally, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tally.home / "keys" / "log.key").rename(tally.home.parent / "log.key")
    tally("act", "INC-1", "add-timeline-entry", "text=x").fine()
    (tally.home.parent / "log.key").rename(tally.home / "keys" / "log.key")
    assert worst(tally, "published") == "ok"
    monkeypatch.setattr("tallystick.doctor.system_clock", lambda: datetime.now(UTC) + timedelta(seconds=90))
    assert worst(tally, "published") == "warning"


@pytest.mark.parametrize(("free", "level"), [(1 << 40, "ok"), (1 << 29, "warning"), (1 << 20, "problem")])
def test_a_disk_that_fills_up_is_noticed(
    free: int, level: str, tally: Tally, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tally.home)._replace(free=free)
    monkeypatch.setattr("tallystick.doctor.shutil.disk_usage", lambda _: usage)
    assert worst(tally, "disk") == level


def test_a_library_that_is_too_old_is_noticed(tally: Tally, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tallystick.doctor.SQLITE", (99, 0, 0))
    assert worst(tally, "SQLite") == "problem"


def test_a_clock_that_went_back_is_noticed(tally: Tally, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tallystick.doctor.system_clock", lambda: datetime(2020, 1, 1, tzinfo=UTC))
    assert worst(tally, "clock") == "problem"
