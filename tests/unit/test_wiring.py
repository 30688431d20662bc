"""A home opened and kept running: what is pinned, what runs, and that all of it ends."""

from __future__ import annotations

import hashlib
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog

from domain.intake.commands import DeclareIncident
from domain.intake.facts import IncidentOpened
from domain.oncall import NOBODY
from domain.refusal import Refusal
from ledger.checkpoint import open_checkpoint
from ledger.errors import IntegrityError, KeyUnavailable, LedgerError, ReadOnly, StoreBusy, StoreError
from ledger.note import parse_vkey
from projections.configerror import ConfigError
from tallystick import housekeeping, wiring
from tallystick.defaults import POLICY_FILES
from tallystick.home import Home
from tallystick.settings import Settings, load_settings
from tallystick.wiring import NotInitialised, open_engine, running
from tests.support.processes import wait_until
from tests.support.use_cases import OPEN, an_alert, ask, deliver, do, history, kinds, make_home, open_one


@pytest.fixture
def settings(home: Path) -> Settings:
    return load_settings(home=make_home(home))


@pytest.fixture(autouse=True)
def all_threads_end() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    wait_until(lambda: set(threading.enumerate()) <= before, 10, "every thread of the ledger has ended")


def test_an_empty_folder_is_no_ledger(tmp_path: Path) -> None:
    with pytest.raises(NotInitialised, match="tallystick init"), open_engine(load_settings(home=tmp_path)):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("missing", ["keys/recorder.key", "keys/master.key"])
def test_a_missing_key_is_named(settings: Settings, missing: str) -> None:
    (settings.home / missing).unlink()
    with pytest.raises(KeyUnavailable, match=Path(missing).name), open_engine(settings):
        pass


@pytest.mark.parametrize(
    "file", ["alert-rules.yaml", "protocol_gates/17.team.yaml", "plans/rollback.yaml", "oncall.yaml"]
)
def test_a_mistake_in_the_configuration_is_named_and_nothing_stays_open(
    settings: Settings, file: str
) -> None:
    path = settings.home / "config" / file
    path.write_text(path.read_text() + "\nsurplus: 1\n")
    with pytest.raises(ConfigError, match="surplus"), open_engine(settings):
        pass


@pytest.mark.req("R-CFG-04", "R-PROF-01")
@pytest.mark.parametrize(("profile", "allowed"), [("team", {"team", "solo"}), ("strict", {"strict"})])
def test_new_incidents_pin_the_exact_bytes_of_an_allowed_policy(
    settings: Settings, profile: str, allowed: set[str]
) -> None:
    chosen = load_settings(home=settings.home, profile=profile)
    with open_engine(chosen) as engine:
        assert set(engine.policies) == allowed
        for name, sha256 in engine.policies.items():
            text = (settings.home / "config/protocol_gates" / POLICY_FILES[name]).read_bytes()
            assert engine.blobs.get(sha256) == text
            assert hashlib.sha256(text).hexdigest() == sha256
        opened = history(engine, open_one(engine))[0].fact
        assert isinstance(opened, IncidentOpened)
        assert opened.policy_sha256 == engine.policies[engine.profile]


@pytest.mark.req("R-WF-34")
def test_a_home_has_the_shipped_templates_kept_byte_by_byte_and_may_have_none(settings: Settings) -> None:
    with open_engine(settings) as engine:
        assert set(engine.templates) == {"rollback", "feature_flag", "hotfix"}
        for name, loaded in engine.templates.items():
            assert (
                engine.blobs.get(loaded.sha256) == (settings.home / f"config/plans/{name}.yaml").read_bytes()
            )
        assert engine.oncall == NOBODY
    shutil.rmtree(settings.home / "config/plans")
    (settings.home / "config/oncall.yaml").unlink()
    with open_engine(settings) as engine:
        assert (engine.templates, engine.oncall) == ({}, NOBODY)


@pytest.mark.req("R-PROF-01")
def test_a_profile_that_is_not_allowed_is_refused(settings: Settings) -> None:
    asked = type(OPEN)(title="x", environment="y", profile="team")
    with open_engine(load_settings(home=settings.home, profile="strict")) as engine:
        outcome = ask(engine, asked)
        assert isinstance(outcome, Refusal)
        assert outcome.code == "PROFILE_NOT_ALLOWED"


def test_edited_rules_judge_the_next_signal(settings: Settings) -> None:
    rules = settings.home / "config" / "alert-rules.yaml"
    with open_engine(settings) as engine:
        assert deliver(engine, an_alert(pod="a")).incidents != ()
    rules.write_text(
        rules.read_text().replace("{name: any-alert, action: open}", "{name: any-alert, action: record}")
    )
    with open_engine(settings) as engine:
        assert deliver(engine, an_alert(pod="b")).incidents == ()


def test_what_was_recorded_is_there_when_the_home_is_opened_again(settings: Settings) -> None:
    with open_engine(settings) as engine:
        stream = open_one(engine)
    with open_engine(settings) as engine:
        do(engine, DeclareIncident(rationale="Confirmed by hand."), stream)
        assert "IncidentDeclared" in kinds(engine, stream)


def published_size(settings: Settings) -> int:
    with open_engine(settings, read_only=True) as engine:
        newest = engine.store.newest_publication()
        assert newest is not None
        open_checkpoint(newest.note, parse_vkey(engine.vkey))
        return newest.size


def test_a_running_ledger_is_published_and_followed(settings: Settings) -> None:
    with running(settings) as engine:
        open_one(engine)
        wait_until(lambda: engine.published.size == 2, 20, "a checkpoint covers the incident")
        wait_until(lambda: len(engine.index.rows()) == 1, 20, "the list has the incident")
        deliver(engine, an_alert())
        size = engine.store.head().size
    assert published_size(settings) == size


def test_what_was_acknowledged_last_is_published_before_the_end(settings: Settings) -> None:
    with running(settings) as engine:
        for _ in range(5):
            open_one(engine)
    assert published_size(settings) == 6


def test_without_a_log_key_the_ledger_runs_and_another_has_to_publish(settings: Settings) -> None:
    (settings.home / "keys/log.key").unlink()
    with running(settings) as engine:
        stream = open_one(engine)
        assert kinds(engine, stream) == ["IncidentOpened"]
    assert published_size(settings) == 1


def test_a_label_that_cannot_be_read_does_not_stop_the_publisher(settings: Settings) -> None:
    with running(settings) as engine:
        Home(settings.home).vkey.unlink()
        open_one(engine)
        wait_until(lambda: engine.published.size == 2, 20, "the first incident is published")
        open_one(engine)
        wait_until(lambda: engine.published.size == 3, 20, "so is the second")
        Home(settings.home).vkey.write_text("restored\n")


@pytest.mark.parametrize(
    ("error", "frozen"),
    [
        (StoreBusy("held"), False),
        (StoreError("disk"), False),
        (KeyUnavailable("pkcs11:", "gone"), False),
        (StoreError("damaged", fatal=True), True),
        (ReadOnly("an older copy"), True),
        (IntegrityError("tree", "a prefix", "another"), True),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_what_the_publisher_must_not_sign_nobody_adds_to(
    settings: Settings, error: LedgerError, *, frozen: bool
) -> None:
    with open_engine(settings) as engine:
        wiring._unpublished(engine, error)
        assert (engine.writer.refusal is not None) == frozen
        if frozen:
            with pytest.raises(ReadOnly, match=str(error)):
                open_one(engine)
        else:
            open_one(engine)


def _hours(stop: threading.Event, count: int) -> Callable[[float], bool]:
    waits = iter(range(count))
    return lambda _: next(waits, None) is None


@pytest.mark.parametrize("error", [StoreError("disk"), OSError("disk"), KeyError("a mistake of ours")])
def test_housekeeping_that_fails_is_tried_again_the_next_hour(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    tidied: list[int] = []

    def tidy(_: object) -> None:
        tidied.append(len(tidied))
        if len(tidied) == 1:
            raise error

    monkeypatch.setattr(housekeeping, "tidy", tidy)
    stop = threading.Event()
    monkeypatch.setattr(stop, "wait", _hours(stop, 3))
    with open_engine(settings) as engine, structlog.testing.capture_logs() as logs:
        housekeeping.run_housekeeping(engine, stop)
    assert tidied == [0, 1, 2]
    assert [entry["event"] for entry in logs] == ["housekeeping failed"]


def test_a_ledger_that_is_only_read_is_not_tidied(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "tidy", lambda _: pytest.fail("tidied"))
    stop = threading.Event()
    monkeypatch.setattr(stop, "wait", _hours(stop, 2))
    with open_engine(settings, read_only=True) as engine:
        housekeeping.run_housekeeping(engine, stop)


def test_files_of_the_ledger_are_private(settings: Settings) -> None:
    with open_engine(settings) as engine:
        deliver(engine, an_alert())
        files = [path for path in settings.home.rglob("*") if path.is_file()]
        open_to_others = {path.name for path in files if path.stat().st_mode & 0o077}
    assert open_to_others == {"log.vkey", "root.pub"}
