"""A person's own signature under a decision."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from ledger import keyorders
from ledger.attestation import (
    Attestation,
    Decision,
    compare_decision,
    encode_decision,
    open_attestation,
    parse_decision,
    sign_decision,
)
from ledger.errors import IntegrityError
from ledger.sshsig import sign_ssh
from tests.support.keys import ADA, BOB, ROOT, opened_stream

DECISION = Decision(
    origin="ledger.example/incidents",
    subject="incident-0198c0de",
    decision="0198c0de-0000-7000-8000-000000000000",
    object="plan:" + "ab" * 32,
    verdict="approved",
    principal="p-ada",
    issued="2026-11-23T12:30:45.000000Z",
    expires="2026-11-23T13:30:45.000000Z",
)
TEXT = f"""\
tallystick/decision/v1
origin ledger.example/incidents
subject incident-0198c0de
decision 0198c0de-0000-7000-8000-000000000000
object plan:{"ab" * 32}
verdict approved
principal p-ada
issued 2026-11-23T12:30:45.000000Z
expires 2026-11-23T13:30:45.000000Z
"""

FIRST = opened_stream()
ADA_AT_10 = FIRST.then(10, keyorders.enrol_actor(FIRST.head, "p-ada", ADA, [ROOT]))
BOB_AT_20 = ADA_AT_10.then(20, keyorders.enrol_actor(ADA_AT_10.head, "p-bob", BOB, [ROOT]))
KEYS = BOB_AT_20.then(30, keyorders.retire_actor(BOB_AT_20.head, "p-ada", ADA.public_key, [ROOT])).keyring


def test_a_decision_has_one_spelling() -> None:
    assert encode_decision(DECISION) == TEXT
    assert parse_decision(TEXT, "test") == DECISION


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("decision/v1", "decision/v2"),
        ("origin ledger.example", "origin Ledger.example"),
        ("origin ledger.example/", "origin ledger.example//"),
        ("subject incident", "subject Incident"),
        ("decision 0198", "decision 198"),
        ("object plan:", "object plan:0"),
        ("object plan:", "object gate:"),
        ("verdict approved", "verdict "),
        ("verdict approved", "verdict approved\nverdict approved"),
        ("verdict approved\n", ""),
        ("verdict approved", "verdict  approved"),
        ("verdict approved", "verdict approved "),
        ("verdict approved", "verdict\tapproved"),
        ("principal p-ada", "principal ada"),
        ("12:30:45.000000Z", "12:30:45Z"),
        ("12:30:45.000000Z", "24:30:45.000000Z"),
        ("expires 2026-11-23T13", "expires 2026-11-23T12"),
        ("\n", "\r\n"),
        ("13:30:45.000000Z\n", "13:30:45.000000Z"),
        ("13:30:45.000000Z\n", "13:30:45.000000Z\n\n"),
        ("13:30:45.000000Z\n", "13:30:45.000000Z\nnote x\n"),
        (TEXT, ""),
        (TEXT, TEXT.replace("verdict approved\nprincipal p-ada\n", "principal p-ada\nverdict approved\n")),
    ],
)
def test_a_statement_in_another_form_is_refused(old: str, new: str) -> None:
    changed = TEXT.replace(old, new)
    assert changed != TEXT
    with pytest.raises(IntegrityError, match=r"^entry 25.*: expected"):
        parse_decision(changed, "entry 25")


@pytest.mark.parametrize("changes", [{"verdict": "yes\nprincipal p-bob"}, {"expires": DECISION.issued}])
def test_a_decision_that_has_no_statement_is_not_signed(changes: dict[str, str]) -> None:
    with pytest.raises(IntegrityError, match=r"^decision, line"):
        sign_decision(replace(DECISION, **changes), ADA)


@pytest.mark.parametrize("position", [11, 30])
def test_a_decision_counts_when_a_key_of_its_principal_signed_it(position: int) -> None:
    assert open_attestation(sign_decision(DECISION, ADA), KEYS, position, "test") == DECISION


@pytest.mark.parametrize("position", [10, 31])
def test_a_decision_signed_before_the_key_or_after_its_end_is_refused(position: int) -> None:
    with pytest.raises(IntegrityError, match=r"signature: expected a key of p-ada valid here"):
        open_attestation(sign_decision(DECISION, ADA), KEYS, position, f"entry {position}")


def test_a_decision_signed_by_somebody_else_is_refused() -> None:
    with pytest.raises(IntegrityError, match=r"^entry 25, signature: expected a key of p-ada valid here"):
        open_attestation(sign_decision(DECISION, BOB), KEYS, 25, "entry 25")


def test_a_changed_statement_is_refused() -> None:
    signed = sign_decision(DECISION, ADA)
    changed = Attestation(signed.statement.replace("approved", "rejected"), signed.signature)
    with pytest.raises(IntegrityError, match=r"^entry 25, signature: .*found one that does not verify"):
        open_attestation(changed, KEYS, 25, "entry 25")


def test_a_signature_for_another_purpose_is_refused() -> None:
    signed = Attestation(TEXT, sign_ssh(TEXT.encode(), "tallystick/keys@v1", ADA))
    with pytest.raises(IntegrityError, match=r"a signature for namespace tallystick/decision@v1"):
        open_attestation(signed, KEYS, 25, "entry 25")


@pytest.mark.parametrize("name", Decision.__struct_fields__)
def test_each_line_is_compared_with_the_fact(name: str) -> None:
    compare_decision(DECISION, DECISION, "entry 25")
    expected = replace(DECISION, **{name: "other"})
    with pytest.raises(IntegrityError, match=rf"^entry 25, line {name}: expected other, found"):
        compare_decision(DECISION, expected, "entry 25")
