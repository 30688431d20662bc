"""``tallystick keys``: every change of keys, with root keys at hand and with root keys elsewhere."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from ledger.possession import NAMESPACE as POSSESSION
from ledger.possession import possession_text
from ledger.rootkeys import NAMESPACE
from ledger.sshkey import create_ssh_key, open_ssh_signer
from ledger.sshsig import sign_ssh
from tests.support.commandline import Tally, run
from tests.support.use_cases import make_home


@pytest.fixture
def tally(home: Path) -> Tally:
    return Tally(make_home(home))


@pytest.fixture
def root(tally: Tally, tmp_path: Path) -> Path:
    """The root key, moved out of the home."""
    drawer = tmp_path / "drawer"
    drawer.mkdir()
    (tally.home / "keys" / "root.pub").rename(drawer / "root.pub")
    return (tally.home / "keys" / "root").rename(drawer / "root")


def listed(tally: Tally, role: str) -> list[dict[str, Any]]:
    return [key for key in tally("keys", "list", "--json").fine().json if key["role"] == role]


def signed(statement: str, key: Path, to: Path, namespace: str = NAMESPACE) -> Path:
    to.write_text(sign_ssh(statement.encode(), namespace, open_ssh_signer(key)))
    return to


def set_key(tally: Tally, name: str, path: Path) -> None:
    with (tally.home / "tallystick.toml").open("a") as file:
        file.write(f'{name} = "file:{path}"\n')


def holds(tally: Tally) -> None:
    """Check that the ledger is sound, inside and as an auditor sees it."""
    assert "everything holds" in tally("log", "fsck").fine().out
    out = tally.home.parent / f"export-{len(list(tally.home.parent.iterdir()))}"
    tally("export", "--ledger", "--out", out).fine()
    verified = run("verify", out, "--log-key", tally.home / "log.vkey")
    assert verified.code == 0, verified.out


def test_a_new_ledger_has_one_key_of_each_kind(tally: Tally) -> None:
    keys = tally("keys", "list", "--json").fine().json
    assert sorted((key["role"], key["since"], key["until"]) for key in keys) == [
        ("log", 0, None),
        ("recorder", 0, None),
        ("root", 0, None),
    ]
    said = tally("keys", "list").fine().out
    assert all(key["name"][:16] in said for key in keys)


def test_the_verifier_key_is_the_one_to_hand_out(tally: Tally) -> None:
    assert tally("keys", "vkey").fine().out == (tally.home / "log.vkey").read_text()


def test_allowed_signers_name_root_and_actor_keys(tally: Tally, tmp_path: Path) -> None:
    create_ssh_key(tmp_path / "ann")
    tally("keys", "enrol-actor", "p-ann", "--key", tmp_path / "ann").fine()
    lines = tally("keys", "allowed-signers").fine().out.splitlines()
    assert [line.split()[0] for line in lines] == ["p-ann", "root"]


def test_a_recorder_is_enrolled_used_and_the_old_one_retired(tally: Tally) -> None:
    new = tally.home / "keys" / "second.key"
    said = tally("keys", "enrol-recorder", "--key", f"file:{new}", "--create").fine().out
    assert "tallystick.recorder-enrolled.v1" in said
    assert "recorder_key" in said
    assert stat.S_IMODE(new.stat().st_mode) == 0o600
    old, fresh = sorted(listed(tally, "recorder"), key=lambda key: int(key["since"]))
    set_key(tally, "recorder_key", new)
    tally("keys", "retire-recorder", old["name"][:12]).fine()
    assert [key["until"] for key in listed(tally, "recorder")] == [2, None]
    assert fresh["until"] is None
    tally.opened()
    holds(tally)


@pytest.mark.req("R-AUT-02")
def test_a_recorder_that_is_retired_cannot_write_any_more(tally: Tally) -> None:
    new = tally.home / "keys" / "second.key"
    tally("keys", "enrol-recorder", "--key", f"file:{new}", "--create").fine()
    (old,) = [key for key in listed(tally, "recorder") if key["since"] == 0]
    tally("keys", "retire-recorder", old["name"]).fine()
    ended = tally("act", "new", "open", "title=x", "environment=p")
    assert ended.code == 69
    assert "enrol another" in ended.err
    assert tally("doctor").code == 1


def test_a_recorder_that_got_out_is_ended_and_its_entries_doubted(tally: Tally) -> None:
    tally.opened()
    new = tally.home / "keys" / "second.key"
    tally("keys", "enrol-recorder", "--key", f"file:{new}", "--create").fine()
    set_key(tally, "recorder_key", new)
    (old,) = [key for key in listed(tally, "recorder") if key["since"] == 0]
    tally("keys", "compromise-recorder", old["name"], "--suspect-from", "1").fine()
    (ended,) = [key for key in listed(tally, "recorder") if key["since"] == 0]
    assert (ended["until"], ended["suspect_from"]) == (3, 1)
    assert "suspect from 1" in tally("keys", "list").fine().out
    holds(tally)


def test_a_log_key_is_replaced_and_the_label_follows(tally: Tally) -> None:
    new = tally.home / "keys" / "log2.key"
    (old,) = listed(tally, "log")
    tally("keys", "add-log-key", "--key", f"file:{new}", "--create").fine()
    assert (tally.home / "log.vkey").read_text().strip() == old["key"]
    set_key(tally, "log_key", new)
    said = tally("keys", "retire-log-key", old["name"]).fine().out
    (fresh,) = [key for key in listed(tally, "log") if key["until"] is None]
    assert (tally.home / "log.vkey").read_text().strip() == fresh["key"]
    assert fresh["key"] in said
    tally.opened()
    holds(tally)


def test_a_retired_log_key_signs_nothing_more(tally: Tally) -> None:
    new = tally.home / "keys" / "log2.key"
    (old,) = listed(tally, "log")
    tally("keys", "add-log-key", "--key", f"file:{new}", "--create").fine()
    tally("keys", "retire-log-key", old["name"]).fine()
    tally.opened()
    assert "not in force" in tally("doctor").out
    assert "not published" in tally("doctor").out
    assert tally("log", "fsck").code == 0


def test_a_person_is_enrolled_by_key_and_ended(tally: Tally, tmp_path: Path) -> None:
    create_ssh_key(tmp_path / "ann")
    tally("keys", "enrol-actor", "p-ann", "--key", tmp_path / "ann").fine()
    (ann,) = listed(tally, "actor")
    assert (ann["principal"], ann["since"]) == ("p-ann", 1)
    tally("keys", "retire-actor", "p-ann", ann["name"]).fine()
    tally("keys", "compromise-actor", "p-ann", ann["name"], "--suspect-from", "1").fine()
    holds(tally)


def test_a_person_far_away_shows_possession_over_the_statement(
    tally: Tally, tmp_path: Path, root: Path
) -> None:
    ann = tmp_path / "ann"
    create_ssh_key(ann)
    words = ("enrol-actor", "p-ann", "--public-key", f"{ann}.pub")
    statement = tally("keys", "statement", *words).fine().out
    possession = signed(possession_text(statement.encode()).decode(), ann, tmp_path / "p", POSSESSION)
    tally("keys", *words, "--possession", possession, "--root-key", root).fine()
    assert [key["principal"] for key in listed(tally, "actor")] == ["p-ann"]
    holds(tally)


def test_without_its_possession_a_key_is_not_enrolled(tally: Tally, tmp_path: Path) -> None:
    create_ssh_key(tmp_path / "ann")
    ended = tally("keys", "enrol-actor", "p-ann", "--public-key", f"{tmp_path / 'ann'}.pub")
    assert ended.code == 1
    assert "possession" in ended.err
    assert listed(tally, "actor") == []


def test_without_a_root_key_nothing_changes(tally: Tally, root: Path) -> None:
    ended = tally("keys", "enrol-recorder", "--key", f"file:{tally.home / 'keys' / 'x'}", "--create")
    assert ended.code == 69
    assert "--root-key" in ended.err
    assert "--root-signature" in ended.err
    assert len(listed(tally, "recorder")) == 1
    assert root.exists()


def test_a_root_key_elsewhere_signs_the_statement_that_is_then_recorded(
    tally: Tally, tmp_path: Path, root: Path
) -> None:
    key = f"file:{tally.home / 'keys' / 'second.key'}"
    statement = tally("keys", "statement", "enrol-recorder", "--key", key, "--create").fine().out
    assert statement.startswith("tallystick/keys/v1\norigin ")
    signature = signed(statement, root, tmp_path / "sig")
    tally("keys", "enrol-recorder", "--key", key, "--root-signature", signature).fine()
    assert len(listed(tally, "recorder")) == 2
    holds(tally)


def test_a_signature_is_good_for_one_place_only(tally: Tally, tmp_path: Path, root: Path) -> None:
    first, second = (f"file:{tally.home / 'keys' / name}" for name in ("a", "b"))
    statement = tally("keys", "statement", "enrol-recorder", "--key", first, "--create").fine().out
    signature = signed(statement, root, tmp_path / "sig")
    tally("keys", "enrol-recorder", "--key", second, "--create", "--root-key", root).fine()
    late = tally("keys", "enrol-recorder", "--key", first, "--root-signature", signature)
    assert late.code == 1
    assert "rootsignatures" in late.err
    assert len(listed(tally, "recorder")) == 2


def test_printing_a_statement_records_nothing(tally: Tally) -> None:
    (recorder,) = listed(tally, "recorder")
    tally("keys", "statement", "retire-recorder", recorder["name"]).fine()
    assert tally("log", "fsck", "--json").fine().json["entries"] == 1


def test_root_keys_are_replaced_by_two_that_both_must_sign(tally: Tally, tmp_path: Path, root: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    create_ssh_key(one)
    create_ssh_key(two)
    words = ("change-root", "--threshold", "2", "--key", one, "--public-key", f"{two}.pub")
    statement = tally("keys", "statement", *words).fine().out
    shown = signed(possession_text(statement.encode()).decode(), two, tmp_path / "p", POSSESSION)
    tally("keys", *words, "--possession", shown, "--root-key", root).fine()
    assert [key["until"] for key in listed(tally, "root")] == [1, None, None]

    key = f"file:{tally.home / 'keys' / 'second.key'}"
    alone = tally("keys", "enrol-recorder", "--key", key, "--create", "--root-key", one)
    assert alone.code == 1
    tally("keys", "enrol-recorder", "--key", key, "--root-key", one, "--root-key", two).fine()
    holds(tally)


@pytest.mark.parametrize("name", ["0123", "0123456789abcdef", "zzzzzzzz"])
def test_a_name_that_fits_no_key_is_refused(name: str, tally: Tally) -> None:
    ended = tally("keys", "retire-recorder", name)
    assert ended.code == 1
    assert "recorder key" in ended.err


def test_the_last_recorder_cannot_be_retired(tally: Tally) -> None:
    (recorder,) = listed(tally, "recorder")
    ended = tally("keys", "retire-recorder", recorder["name"])
    assert ended.code == 1
    assert "before the last one ends" in ended.err
