"""``show``, ``timeline`` and ``replay``: now, at any version, at any recorded time, with and without text."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from application.past import NOW, At
from application.replay import ReplayView
from tallystick.cli.replay import Tape, walk
from tallystick.desk_local import local_desk
from tallystick.settings import load_settings
from tests.support.commandline import Tally
from tests.support.processes import wait_until
from tests.support.tree import ROOT
from tests.support.use_cases import make_home

WHY = "rationale=Error rate above 20 %, confirmed by hand"


@pytest.fixture(scope="module")
def tally(tmp_path_factory: pytest.TempPathFactory) -> Tally:
    """A home with one incident of six versions: opened, judged real, declared and commanded, noted."""
    tally = Tally(make_home(tmp_path_factory.mktemp("reading") / "home"))
    number = tally.opened(title="Checkout ⟦ is slow", services="checkout,pay")
    tally("act", number, "declare", WHY).fine()
    tally("act", number, "add-timeline-entry", "text=Moved traffic", "at=2026-03-01T02:10:00Z").fine()
    return tally


def test_the_list_names_number_state_and_title(tally: Tally) -> None:
    heads, row = tally("show").fine().out.splitlines()
    assert heads.split()[:2] == ["number", "state"]
    assert row.startswith("INC-1   assessing")
    assert row.endswith("Checkout ⟦ is slow")


def test_an_empty_ledger_says_so(tmp_path: Path) -> None:
    empty = Tally(make_home(tmp_path / "home"))
    assert empty("show").fine().out == "No incidents yet.\n"
    assert empty("show", "--json").fine().json == []


def test_one_incident_shows_its_fields(tally: Tally) -> None:
    said = tally("show", "INC-1").fine().out
    assert said.startswith("INC-1  Checkout ⟦ is slow\n")
    assert "services     checkout, pay" in said
    assert "state        assessing at version 6" in said


def test_the_stream_names_an_incident_as_the_number_does(tally: Tally) -> None:
    by_number = tally("show", "INC-1", "--json").fine().json
    assert tally("show", by_number["incident"], "--json").fine().json == by_number


@pytest.mark.req("R-AUT-03")
@pytest.mark.parametrize("words", [("show",), ("show", "INC-1"), ("timeline", "INC-1"), ("replay", "INC-1")])
def test_json_is_one_document_and_nothing_else(words: tuple[str, ...], tally: Tally) -> None:
    ran = tally(*words, "--json").fine()
    assert ran.json
    assert ran.err == ""


def test_the_timeline_is_in_the_order_in_which_things_happened(tally: Tally) -> None:
    said = tally("timeline", "INC-1").fine().out
    order = ["2026-03-01", "Moved traffic", "Incident opened", "judged real", "declared"]
    places = [said.index(words) for words in order]
    assert places == sorted(places)
    (moved,) = [line for line in said.splitlines() if "Moved traffic" in line]
    assert "[recorded 20" in moved, "it was reported late"


def test_canonical_bytes_hold_placeholders_and_no_text(tally: Tally) -> None:
    canonical = tally("timeline", "INC-1", "--canonical").fine().out
    assert canonical.startswith("---\n")
    assert "⟦sealed:" in canonical
    assert "Moved traffic" not in canonical
    assert tally("replay", "INC-1", "--canonical").fine().out == canonical


@pytest.mark.parametrize(("version", "state"), [(1, "detecting"), (2, "detecting"), (3, "assessing")])
def test_the_past_of_a_version_is_what_was_known_then(version: int, state: str, tally: Tally) -> None:
    then = tally("show", "INC-1", "--at-version", str(version), "--json").fine().json
    assert (then["version"], then["state"]) == (version, state)
    entries = tally("timeline", "INC-1", "--at-version", str(version), "--json").fine().json["entries"]
    assert sorted(entry["version"] for entry in entries) == list(range(1, version + 1))
    replayed = tally("replay", "INC-1", "--at-version", str(version), "--json").fine().json
    assert replayed["incident"] == then
    assert replayed["timeline"]["entries"] == entries


def test_the_past_of_a_moment_is_what_was_recorded_until_then(tally: Tally) -> None:
    opened = tally("show", "INC-1", "--json").fine().json["opened_at"]
    assert tally("show", "INC-1", "--at", opened, "--json").fine().json["version"] == 1
    assert tally("show", "INC-1", "--at", "2001-01-01T00:00:00Z").code == 1
    in_another_zone = f"{opened[:11]}23:59:59.999999-12:00"
    assert tally("replay", "INC-1", "--at", in_another_zone).fine().out.startswith("INC-1")


@pytest.mark.parametrize("command", ["show", "timeline", "replay"])
def test_a_version_that_never_was_is_not_found(command: str, tally: Tally) -> None:
    ended = tally(command, "INC-1", "--at-version", "99")
    assert ended.code == 1
    assert "NOT_FOUND" in ended.err
    assert tally(command, "INC-2").code == 1


def test_replay_lists_every_version_and_the_state_after_it(tally: Tally) -> None:
    said = tally("replay", "INC-1").fine().out
    states = [line.split()[1] for line in said.splitlines() if line.startswith("  ->")]
    assert states == ["detecting", "detecting", *["assessing"] * 4]
    steps = tally("replay", "INC-1", "--json").fine().json
    assert [step["version"] for step in steps] == [1, 2, 3, 4, 5, 6]
    assert [step["after"]["state"] for step in steps] == states


class Counting:
    """A desk that hands out two steps at a time and notes what it was asked for."""

    def __init__(self, tally: Tally) -> None:
        self.asked: list[tuple[int | None, int]] = []
        self._tally = tally

    def replay(self, name: str, at: At = NOW, *, after: int = 0) -> ReplayView:
        self.asked.append((at.version, after))
        with local_desk(load_settings(home=self._tally.home), read_only=True) as desk:
            return desk.replay(name, at, after=after, limit=2)


@pytest.mark.parametrize(
    ("keys", "seen"),
    [
        ("q", [1]),
        ("nnq", [1, 2, 3]),
        ("npq", [1, 2, 1]),
        ("pq", [1, 1]),
        ("n\rn  n q", [1, 2, 3, 4, 5, 6, 6, 6]),
        ("xQ", [1, 1]),
        ("\x1b", [1]),
        (["\x1b[C", "\x1b[B", "\x1b[A", "\x1bOC", "\x1b[D", "q"], [1, 2, 3, 2, 3, 2]),
        ("g4\rG\rq", [1, 4, 4]),
        ("g99\rg2\rq", [1, 6, 2]),
        ("gx\rg\rq", [1, 1, 1]),
        ("g³\rq", [1, 1]),
    ],
)
def test_the_keys_walk_through_the_versions_and_stop_at_both_ends(
    keys: Iterable[str], seen: list[int], tally: Tally, capsys: pytest.CaptureFixture[str]
) -> None:
    desk, pressed = Counting(tally), iter(keys)
    walk(Tape(desk, "INC-1"), lambda: next(pressed))  # type: ignore[arg-type]  # a desk that only reads
    lines = capsys.readouterr().out.splitlines()
    shown = [int(line.split()[1]) for line in lines if re.match(r"version \d+ of 6", line)]
    assert shown == seen
    assert next(pressed, None) is None


def test_the_steps_are_fetched_as_far_as_somebody_walks_and_as_of_the_version_first_seen(
    tally: Tally,
) -> None:
    desk = Counting(tally)
    tape = Tape(desk, "INC-1")  # type: ignore[arg-type]  # a desk that only reads
    assert desk.asked == [(None, 0)]
    assert tape.step(3).version == 3
    assert desk.asked == [(None, 0), (6, 2)]
    assert [tape.step(version).version for version in (1, 6)] == [1, 6]
    assert desk.asked == [(None, 0), (6, 2), (6, 4)]


class Shown:
    """What a command has written to its terminal so far."""

    def __init__(self, end: int) -> None:
        self._end = end
        self.all = b""

    def read(self) -> None:
        # Nothing new, or nobody on the other side any more.
        with suppress(BlockingIOError, OSError):
            self.all += os.read(self._end, 65_536)

    def prompts(self) -> int:
        self.read()
        return self.all.count(b"q quit")


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """The two ends of a terminal: ours, and the command's."""
    ours, theirs = pty.openpty()
    yield ours, theirs
    os.close(ours)


def test_on_a_terminal_replay_waits_for_keys(tally: Tally, terminal: tuple[int, int]) -> None:
    ours, theirs = terminal
    command = [sys.executable, "-m", "tallystick", "replay", "INC-1", "--home", str(tally.home)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    os.set_blocking(ours, False)
    shown = Shown(ours)
    try:
        for pressed, key in enumerate((b"n", b"\x1b[C", b"q")):
            wait_until(lambda: shown.prompts() > pressed, what="the next prompt")  # noqa: B023 - asked at once
            os.write(ours, key)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
    shown.read()
    assert b"version 3 of 6" in shown.all
    assert b"version 4 of 4" not in shown.all


def test_text_from_outside_reaches_no_terminal_as_control_characters(home: Path) -> None:
    hostile = Tally(make_home(home))
    number = hostile.opened(title="x")
    hostile("act", number, "add-timeline-entry", "text=\x1b[31mred\x1b[0m [bold]b[/bold]").fine()
    said = hostile("timeline", number).fine().out
    assert "\x1b" not in said
    assert "[bold]b[/bold]" in said


@pytest.mark.parametrize("given", ["0", "-1", "x", "1.5", "²", "9" * 19])
def test_a_version_is_a_whole_number_from_one_on(tally: Tally, given: str) -> None:
    ended = tally("show", "INC-1", f"--at-version={given}")
    assert (ended.code, f"expected a whole number from 1 on, found '{given}'" in ended.err) == (64, True)
