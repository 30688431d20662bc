"""A person's own signature under a decision that binds (design section 3).

The statement says all that is decided, so that a signature can stand for nothing else:

    tallystick/decision/v1
    origin ledger.example/incidents
    subject incident-0198c0de
    decision 0198c0de-0000-7000-8000-000000000000
    object plan:<64 hex>
    verdict approved
    principal p-ada
    issued 2026-11-23T12:30:45.000000Z
    expires 2026-11-23T13:30:45.000000Z

It is signed as an OpenSSH signature for namespace ``tallystick/decision@v1`` by a key of the principal.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from ledger.checkpoint import check_origin
from ledger.errors import IntegrityError
from ledger.keyring import Keyring, actor_keys
from ledger.signer import Signer, keyid
from ledger.sshsig import parse_ssh_signature, sign_ssh, verify_ssh
from ledger.strict import shown

NAMESPACE: Final = "tallystick/decision@v1"
HEADER: Final = "tallystick/decision/v1"

_TIME = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9][.][0-9]{6}Z")
_FORMS: Final = {
    "origin": re.compile("[a-z0-9./_~-]+"),
    "subject": re.compile("[a-z0-9-]+"),
    "decision": re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "object": re.compile("(?:plan|manifest):[0-9a-f]{64}"),
    "verdict": re.compile("[a-z][a-z0-9_-]*"),
    "principal": re.compile("p-[a-z0-9-]+"),
    "issued": _TIME,
    "expires": _TIME,
}


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody decides about one object, for whom, and until when they can be taken at their word."""

    origin: str
    subject: str
    decision: str
    object: str
    verdict: str
    principal: str
    issued: str
    expires: str


class Attestation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A decision's statement and the armored signature over it, as a fact carries them."""

    statement: str
    signature: str


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What the fact around a statement says; recorded at ``recordedtime``.

    ``before`` is when the principal's last word on the same decision was recorded, empty if there is none.
    """

    origin: str
    subject: str
    decision: str
    object: str
    verdict: str
    principal: str
    recordedtime: str
    before: str = ""


def encode_decision(decision: Decision) -> str:
    """Return the statement, or raise `IntegrityError` when a line is not in its form."""
    lines = msgspec.structs.asdict(decision)
    _check(lines, "decision")
    return "".join(f"{line}\n" for line in (HEADER, *(f"{name} {value}" for name, value in lines.items())))


def parse_decision(statement: str, place: str) -> Decision:
    """Return the decision that ``statement`` is the one spelling of."""
    header, *rest = statement.split("\n")
    lines = dict(line.partition(" ")[::2] for line in rest[:-1])
    if header != HEADER or list(lines) != list(_FORMS):
        raise IntegrityError(place, f"{HEADER} and the lines {', '.join(_FORMS)}", shown(statement))
    _check(lines, place)
    decision = Decision(**lines)
    if encode_decision(decision) != statement:
        raise IntegrityError(place, "each line once, ending in a line feed", shown(statement[-80:]))
    return decision


def sign_decision(decision: Decision, signer: Signer) -> Attestation:
    """Return the decision signed, as ``ssh-keygen -Y sign`` would."""
    statement = encode_decision(decision)
    return Attestation(statement, sign_ssh(statement.encode(), NAMESPACE, signer))


def open_attestation(attestation: Attestation, keyring: Keyring, position: int, place: str) -> Decision:
    """Return the decision, signed with a key of its principal valid for entry ``position``."""
    decision = parse_decision(attestation.statement, f"{place}, statement")
    name = keyid(parse_ssh_signature(attestation.signature, f"{place}, signature").public_key)
    keys = actor_keys(keyring, decision.principal, position)
    if name not in keys:
        raise IntegrityError(f"{place}, signature", f"a key of {decision.principal} valid here", name)
    message = attestation.statement.encode()
    verify_ssh(message, NAMESPACE, attestation.signature, keys[name], f"{place}, signature")
    return decision


def compare_decision(found: Decision, expected: Decision, place: str) -> None:
    """Return when each line of a statement says what the fact around it says."""
    said = msgspec.structs.asdict(found)
    for name, value in msgspec.structs.asdict(expected).items():
        if said[name] != value:
            raise IntegrityError(f"{place}, line {name}", value, said[name])


def check_attestation(
    attestation: Attestation, said: Said, keyring: Keyring, position: int, place: str
) -> None:
    """Return when a person's own signature stands behind the fact at ``position``; raise `IntegrityError`.

    It does if they had the key then, every line says what the fact says, and it was recorded while the
    statement was good. A statement counts once: each is issued after its person's last word was recorded.
    """
    decision = open_attestation(attestation, keyring, position, place)
    compare_decision(decision, _expected(said, decision), place)
    if decision.issued > said.recordedtime:
        raise IntegrityError(f"{place}, line issued", f"not after {said.recordedtime}", decision.issued)
    if decision.expires < said.recordedtime:
        raise IntegrityError(f"{place}, line expires", f"not before {said.recordedtime}", decision.expires)
    if decision.issued <= said.before:
        expected = f"after {said.before}, the principal's last word on this decision"
        raise IntegrityError(f"{place}, line issued", expected, decision.issued)


def _expected(said: Said, decision: Decision) -> Decision:
    return Decision(
        origin=said.origin,
        subject=said.subject,
        decision=said.decision,
        object=said.object,
        verdict=said.verdict,
        principal=said.principal,
        issued=decision.issued,
        expires=decision.expires,
    )


def _check(lines: dict[str, str], place: str) -> None:
    for name, form in _FORMS.items():
        if form.fullmatch(lines[name]) is None:
            raise IntegrityError(f"{place}, line {name}", f"the form {form.pattern}", shown(lines[name]))
    check_origin(lines["origin"], f"{place}, line origin")
    if lines["issued"] >= lines["expires"]:
        raise IntegrityError(f"{place}, line expires", f"after {lines['issued']}", lines["expires"])
