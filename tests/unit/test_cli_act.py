"""``tallystick act``: fields as people type them, the receipt, refusals with their codes."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import msgspec
import pytest

from domain.commands import COMMANDS, EXAMPLES
from ledger.merkle import leaf_hash
from ledger.note import parse_vkey
from ledger.proof import parse_proof, verify_proof
from tallystick.cli.fields import command
from tests.support.commandline import Tally
from tests.support.use_cases import make_home

WHY = "rationale=Error rate above 20 %, confirmed by hand"


@pytest.fixture
def tally(home: Path) -> Tally:
    return Tally(make_home(home))


def test_opening_prints_number_position_and_leaf(tally: Tally) -> None:
    said = tally("act", "new", "open", "title=Checkout is slow", "environment=production").fine().out
    assert said.startswith("INC-1 is at version 1\n")
    assert "tallystick.incident-opened.v1" in said


def test_the_receipt_holds_the_envelopes_whose_leaf_hashes_it_names(tally: Tally) -> None:
    number = tally.opened()
    receipt = tally("act", number, "declare", WHY, "--json").fine().json
    assert [entry["type"] for entry in receipt["entries"]] == [
        "tallystick.alert-validity-confirmed.v1",
        "tallystick.incident-declared.v1",
        "tallystick.commander-assigned.v1",
        "tallystick.responder-joined.v1",
    ]
    for entry in receipt["entries"]:
        assert leaf_hash(entry["envelope"].encode()).hex() == entry["leaf"]
        assert hashlib.sha256(b"\x00" + entry["envelope"].encode()).hexdigest() == entry["leaf"]


def test_who_waits_gets_proofs_that_verify_under_the_logs_key(tally: Tally) -> None:
    number = tally.opened()
    vkey = parse_vkey((tally.home / "log.vkey").read_text().strip())
    receipt = tally("act", number, "declare", WHY, "--wait-published", "--json").fine().json
    for entry in receipt["entries"]:
        proof = parse_proof(entry["proof"].encode())
        checkpoint = verify_proof(proof, bytes.fromhex(entry["leaf"]), vkey)
        assert checkpoint.size > entry["position"]


@pytest.mark.req("R-AUT-02")
def test_a_refusal_by_the_rules_ends_with_1_and_its_code(tally: Tally) -> None:
    number = tally.opened()
    tally("act", number, "declare", WHY).fine()
    again = tally("act", number, "declare", WHY)
    assert again.code == 1
    assert "ALREADY_DECLARED" in again.err


def test_a_version_that_has_moved_on_is_refused(tally: Tally) -> None:
    number = tally.opened()
    tally("act", number, "add-timeline-entry", "text=first").fine()
    late = tally("act", number, "declare", WHY, "--expected-version", "1")
    assert late.code == 1
    assert "STALE_VERSION" in late.err
    tally("act", number, "declare", WHY, "--expected-version", "2").fine()


@pytest.mark.req("R-WF-32")
def test_an_idempotency_key_makes_repeating_harmless_and_belongs_to_one_request(tally: Tally) -> None:
    number = tally.opened()
    words = ("act", number, "add-timeline-entry", "--idempotency-key", "k-1")
    first = tally(*words, "text=Moved traffic", "--json").fine().json
    assert tally(*words, "text=Moved traffic", "--json").fine().json == first
    assert "as recorded before" in tally(*words, "text=Moved traffic").fine().out
    other = tally(*words, "text=Something else")
    assert other.code == 1
    assert "IDEMPOTENCY_KEY_REUSED" in other.err
    assert len(tally("timeline", number, "--json").json["entries"]) == 2


def test_an_incident_that_does_not_exist_is_not_found(tally: Tally) -> None:
    ended = tally("act", "INC-7", "declare", WHY)
    assert ended.code == 1
    assert "NOT_FOUND" in ended.err


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (["title=x"], "environment: expected a value, found none"),
        (["title=x", "environment=p", "colour=red"], "found 'colour'"),
        (["title=x", "title=y", "environment=p"], "title: expected it once"),
        (["title=x", "environment=p", "drill=perhaps"], 'drill: expected true or false, found "perhaps"'),
        (["title=x", "environment=p", "visibility=secret"], "visibility: expected one of open, restricted"),
        (
            ["title=x", "environment=p", "detected_at=yesterday"],
            "expected a time with an offset",
        ),
        (["title=x", "environment=p", "detected_at=2026-03-01T02:10:00"], "detected_at"),
        (["title=" + "x" * 201, "environment=p"], "title: expected at most 200 characters, found 201"),
        (["title"], "expected key=value"),
        (["action=declare"], "found 'action'"),
        (["@nowhere.json"], "No such file"),
        (["@a.json", "title=x"], "found both"),
    ],
)
def test_a_field_that_does_not_fit_is_a_usage_error_with_place_expected_and_found(
    fields: list[str], said: str, tally: Tally
) -> None:
    ended = tally("act", "new", "open", *fields)
    assert ended.code == 64
    assert said in ended.err
    assert tally("show", "--json").json == []


def test_every_wrong_field_is_named_at_once(tally: Tally) -> None:
    ended = tally("act", "new", "open", "title=", "drill=x")
    assert all(name in ended.err for name in ("title", "environment", "drill"))


@pytest.mark.parametrize("given", ["services=a,b", "services=a, b,", "services=a services=b"])
def test_lists_are_separated_by_commas_or_by_naming_the_key_again(given: str) -> None:
    fields = given.split(" services") if " services" in given else [given]
    fields = [field if field.startswith("services") else f"services{field}" for field in fields]
    found = command("open", ["title=x", "environment=p", *fields])
    assert found.services == ("a", "b")  # type: ignore[union-attr]  # `open` makes no other


@pytest.mark.parametrize(("word", "meant"), [("yes", True), ("TRUE", True), ("0", False), ("off", False)])
def test_truth_values_are_words(word: str, meant: bool) -> None:
    assert command("open", ["title=x", "environment=p", f"drill={word}"]).drill is meant  # type: ignore[union-attr]  # `open`


def test_text_may_hold_equals_signs_and_lines() -> None:
    found = command("add-timeline-entry", ["text=set a=b\nthen c"])
    assert found.text == "set a=b\nthen c"  # type: ignore[union-attr]  # a timeline entry


def test_text_is_normalised_at_this_edge() -> None:
    assert command("add-timeline-entry", ["text=Cafe\u0301"]).text == "Caf\u00e9"  # type: ignore[union-attr]  # as above


@pytest.mark.parametrize("action", COMMANDS)
def test_every_example_can_be_given_as_a_file(action: str, tmp_path: Path) -> None:
    path = tmp_path / "fields.json"
    path.write_bytes(msgspec.json.encode(EXAMPLES[action]))
    assert command(action, [f"@{path}"]) == EXAMPLES[action]


def test_fields_may_come_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    body = json.dumps({"rationale": "Confirmed by hand."}).encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(body)))
    assert command("declare", ["@-"]).rationale == "Confirmed by hand."  # type: ignore[union-attr]  # `declare`


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[]", "expected an object"),
        (b"{", "expected JSON"),
        (b'{"rationale":"Confirmed by hand.","rationale":"No."}', "twice"),
        (b'{"action":"open","rationale":"Confirmed by hand."}', "action: expected declare"),
        (b'{"rationale":"\xff"}', "UTF-8"),
    ],
)
def test_a_file_is_read_as_strictly_as_a_body(
    content: bytes, said: str, tmp_path: Path, tally: Tally
) -> None:
    path = tmp_path / "fields.json"
    path.write_bytes(content)
    ended = tally("act", tally.opened(), "declare", f"@{path}")
    assert ended.code == 64
    assert said in ended.err


@pytest.mark.parametrize(
    ("incident", "action"), [("INC-1", "open"), ("new", "declare"), ("INC-1", "explode")]
)
def test_new_goes_with_open_and_with_nothing_else(incident: str, action: str, tally: Tally) -> None:
    assert tally("act", incident, action, WHY).code == 64


def test_a_home_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    ended = Tally(tmp_path / "nothing")("act", "INC-1", "declare", WHY)
    assert ended.code == 69
    assert "tallystick init" in ended.err
