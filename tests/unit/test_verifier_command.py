"""``tallystick verify`` without the command line: arguments in, report and exit code out."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from ledger.note import format_vkey, log_vkey
from ledger.signer import Ed25519Signer
from tests.support.exports import VKEY, two_event_export
from verifier.command import USAGE, run, trusted_folder

PINNED = format_vkey(VKEY)
OTHER = format_vkey(log_vkey(VKEY.name, Ed25519Signer(b"\x44" * 32).public_key))


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return two_event_export(tmp_path_factory.mktemp("command"))


@pytest.fixture(autouse=True)
def _nobodys_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def asked(export: Path, **options: object) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    code = run(str(export), out=out, err=err, **options)  # type: ignore[arg-type]  # tests name them one by one
    return code, out.getvalue(), err.getvalue()


def keep(folder: Path, **keys: str) -> Path:
    folder.mkdir(parents=True)
    for name, key in keys.items():
        (folder / f"{name}.vkey").write_text(f"{key}\n")
    return folder


def test_a_pinned_key_makes_it_valid(export: Path) -> None:
    code, out, err = asked(export, log_key=PINNED)
    assert (code, err) == (0, "")
    assert out.endswith("\nVALID\n")


def test_json_is_for_programs(export: Path) -> None:
    code, out, _ = asked(export, log_key=PINNED, json=True)
    assert (code, json.loads(out)["verdict"]) == (0, "valid")


def test_another_key_makes_it_invalid(export: Path) -> None:
    assert asked(export, log_key=OTHER)[0] == 1


def test_no_key_leaves_the_origin_open(export: Path) -> None:
    assert asked(export)[0] == 2


def test_keys_come_from_the_auditors_own_folder(export: Path, tmp_path: Path) -> None:
    keep(trusted_folder(), mine=PINNED)
    assert trusted_folder() == tmp_path / "config/tallystick/trusted"
    assert asked(export)[0] == 0


def test_keys_come_from_the_folder_named(export: Path, tmp_path: Path) -> None:
    assert asked(export, trusted=keep(tmp_path / "a", mine=PINNED))[0] == 0
    assert asked(export, trusted=keep(tmp_path / "b", other=OTHER))[0] == 1
    assert asked(export, trusted=keep(tmp_path / "c", both=PINNED, other=OTHER))[0] == 0


def test_a_folder_without_a_key_of_that_name_leaves_the_origin_open(export: Path, tmp_path: Path) -> None:
    elsewhere = format_vkey(log_vkey("ledger.example/others", VKEY.public_key))
    assert asked(export, trusted=keep(tmp_path / "d", other=elsewhere))[0] == 2


@pytest.mark.parametrize("checkpoint", [None, b"nonsense"])
def test_no_key_is_chosen_for_a_log_that_does_not_say_its_name(
    tmp_path: Path, checkpoint: bytes | None
) -> None:
    export = two_event_export(tmp_path)
    (export / "checkpoint").unlink()
    if checkpoint is not None:
        (export / "checkpoint").write_bytes(checkpoint)
    assert asked(export, trusted=keep(tmp_path / "h", mine=PINNED))[0] == 1


def test_the_option_goes_before_the_folder(export: Path, tmp_path: Path) -> None:
    assert asked(export, log_key=OTHER, trusted=keep(tmp_path / "e", mine=PINNED))[0] == 1


def test_a_folder_inside_the_export_is_not_asked(tmp_path: Path) -> None:
    export = two_event_export(tmp_path)
    keep(export / "trusted", mine=PINNED)
    assert asked(export)[0] == 1


def test_an_older_checkpoint_is_compared(export: Path, tmp_path: Path) -> None:
    assert asked(export, log_key=PINNED, since=export / "checkpoint")[0] == 0
    (tmp_path / "other").write_bytes(b"nothing of the kind")
    code, out, err = asked(export, log_key=PINNED, since=tmp_path / "other")
    assert (code, out) == (USAGE, "")
    assert err.startswith("error: older checkpoint: ")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"log_key": "nonsense"}, "error: log key: verifier key"),
        ({"log_key": PINNED[:-1]}, "error: log key: "),
        ({"since": Path("/nowhere/at/all")}, "error: /nowhere/at/all: No such file"),
        ({"trusted": Path("/nowhere/at/all")}, "error: /nowhere/at/all: expected a folder"),
    ],
)
def test_arguments_that_make_no_sense_exit_64(export: Path, options: dict[str, object], message: str) -> None:
    code, out, err = asked(export, **options)
    assert (code, out) == (USAGE, "")
    assert err.startswith(message)


def test_a_broken_key_file_is_named(export: Path, tmp_path: Path) -> None:
    code, _, err = asked(export, trusted=keep(tmp_path / "f", broken="nonsense"))
    assert code == USAGE
    assert "broken.vkey" in err


def test_a_key_file_that_cannot_be_read_is_named(export: Path, tmp_path: Path) -> None:
    folder = keep(tmp_path / "g")
    (folder / "folder.vkey").mkdir()
    code, _, err = asked(export, trusted=folder)
    assert (code, "folder.vkey: Is a directory" in err) == (USAGE, True)


@pytest.mark.parametrize("what", ["nowhere", "ftp://host/log", "http://", "https://host/log?x=1"])
def test_what_can_be_no_source_exits_64(what: str) -> None:
    err = io.StringIO()
    assert run(what, out=io.StringIO(), err=err) == USAGE
    assert err.getvalue().startswith(f"error: {what}: expected ")


def test_output_goes_to_the_terminal_by_default(export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(export), log_key=PINNED) == 0
    assert capsys.readouterr().out.endswith("VALID\n")
    assert run(str(export), log_key="x") == USAGE
    assert capsys.readouterr().err.startswith("error: ")


def test_the_home_of_the_auditor_is_the_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert trusted_folder() == tmp_path / ".config/tallystick/trusted"
