"""OpenSSH's own ``ssh-keygen`` signs what we accept and accepts what we sign: root keys, decisions."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from msgspec.structs import replace

from ledger import keyorders
from ledger.allowedsigners import allowed_signers
from ledger.attestation import Attestation, Decision, encode_decision, open_attestation, sign_decision
from ledger.errors import IntegrityError, KeyUnavailable
from ledger.possession import possession_text
from ledger.rootkeys import statement
from ledger.sshkey import create_ssh_key, open_ssh_signer, parse_ssh_public_key, ssh_public_key
from ledger.sshsig import sign_ssh, verify_ssh
from tests.support.keys import ADA, BOB, RECORDER_2, ROOT, opened_stream
from tests.support.tools import tool

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.signer import Ed25519Signer

KEYS = "tallystick/keys@v1"
DECISIONS = "tallystick/decision@v1"
POSSESSION = "tallystick/possession@v1"

FIRST = opened_stream()
ADA_AT_10 = FIRST.then(10, keyorders.enrol_actor(FIRST.head, "p-ada", ADA, [ROOT]))
BOB_AT_20 = ADA_AT_10.then(20, keyorders.enrol_actor(ADA_AT_10.head, "p-bob", BOB, [ROOT]))
STREAM = BOB_AT_20.then(30, keyorders.retire_actor(BOB_AT_20.head, "p-bob", BOB.public_key, [ROOT]))
ENROLMENT = keyorders.enrol_recorder(FIRST.head, RECORDER_2, [])
TEXT = statement(FIRST.head, ENROLMENT)
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
IN_FORCE = "20261123000025Z"  # entry 25


@pytest.fixture
def keygen() -> str:
    return tool("ssh-keygen", "openssh-client")


def _run(command: list[str], stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, input=stdin, capture_output=True, timeout=60, check=False)


def _key_of(path: Path, seed: bytes) -> Path:
    """Write the private key of ``seed`` as OpenSSH keeps it."""
    key = Ed25519PrivateKey.from_private_bytes(seed)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    path.chmod(0o600)
    return path


def _signed(keygen: str, key: Path, namespace: str, message: bytes) -> str:
    """Return what ``ssh-keygen -Y sign`` writes beside a file with ``message``."""
    file = key.with_name("message")
    file.write_bytes(message)
    key.with_name("message.sig").unlink(missing_ok=True)
    done = _run([keygen, "-Y", "sign", "-f", str(key), "-n", namespace, str(file)])
    assert done.returncode == 0, done.stderr
    return key.with_name("message.sig").read_text()


def _accepted(
    keygen: str,
    folder: Path,
    signature: str,
    message: bytes,
    *,
    principal: str,
    namespace: str,
    time: str = IN_FORCE,
) -> bool:
    """Return whether ``ssh-keygen -Y verify`` accepts, given the allowed signers of `STREAM`."""
    (folder / "allowed_signers").write_text(allowed_signers(STREAM.keyring))
    (folder / "sig").write_text(signature)
    command = [
        keygen,
        "-Y",
        "verify",
        "-f",
        str(folder / "allowed_signers"),
        "-I",
        principal,
        "-n",
        namespace,
    ]
    done = _run([*command, "-s", str(folder / "sig"), "-O", f"verify-time={time}"], message)
    assert done.returncode in (0, 255), done.stderr
    return done.returncode == 0


def test_the_root_statement_signed_by_ssh_keygen_authorises_a_fact(keygen: str, tmp_path: Path) -> None:
    root = _key_of(tmp_path / "root", b"\x11" * 32)
    signature = _signed(keygen, root, KEYS, TEXT)
    assert signature == sign_ssh(TEXT, KEYS, ROOT)
    fact = keyorders.countersigned(ENROLMENT, [signature])
    assert FIRST.then(5, fact).keyring.position == 5


@pytest.mark.parametrize("change", ["namespace", "statement", "key"])
def test_another_signature_by_ssh_keygen_authorises_nothing(keygen: str, tmp_path: Path, change: str) -> None:
    root = _key_of(tmp_path / "root", (b"\x19" if change == "key" else b"\x11") * 32)
    space = "file" if change == "namespace" else KEYS
    text = TEXT.replace(b"after ", b"after 0") if change == "statement" else TEXT
    fact = keyorders.countersigned(ENROLMENT, [_signed(keygen, root, space, text)])
    with pytest.raises(IntegrityError, match=r"^entry 5 \(tallystick.recorder-enrolled.v1\), rootsignatures"):
        FIRST.then(5, fact)


def test_a_decision_signed_by_ssh_keygen_counts(keygen: str, tmp_path: Path) -> None:
    ada = _key_of(tmp_path / "ada", b"\x17" * 32)
    text = encode_decision(DECISION)
    signature = _signed(keygen, ada, DECISIONS, text.encode())
    assert Attestation(text, signature) == sign_decision(DECISION, ADA)
    assert open_attestation(Attestation(text, signature), STREAM.keyring, 25, "test") == DECISION


def test_an_actor_shows_possession_with_ssh_keygen(keygen: str, tmp_path: Path) -> None:
    ada = _key_of(tmp_path / "ada", b"\x17" * 32)
    fact = keyorders.enrol_actor(FIRST.head, "p-ada", ADA, [ROOT])
    proof = _signed(keygen, ada, POSSESSION, possession_text(statement(FIRST.head, fact)))
    assert FIRST.then(10, replace(fact, possession=proof)) == ADA_AT_10


def test_ssh_keygen_accepts_what_we_sign(keygen: str, tmp_path: Path) -> None:
    root = sign_ssh(TEXT, KEYS, ROOT)
    assert _accepted(keygen, tmp_path, root, TEXT, principal="root", namespace=KEYS)
    ada = sign_decision(DECISION, ADA)
    message = ada.statement.encode()
    assert _accepted(keygen, tmp_path, ada.signature, message, principal="p-ada", namespace=DECISIONS)


def _changed(text: str, index: int) -> str:
    return text[:index] + chr(ord(text[index]) ^ 1) + text[index + 1 :]


STATEMENT = encode_decision(DECISION)
ADAS = sign_decision(DECISION, ADA).signature
BODY = ADAS.index("\n") + 1


@pytest.mark.parametrize(
    ("signature", "message"),
    [
        *((ADAS, _changed(STATEMENT, index)) for index in range(0, len(STATEMENT), 41)),
        (ADAS, STATEMENT + "\n"),
        (ADAS, STATEMENT[:-1]),
        (ADAS, ""),
        # Within the public key, the namespace, the hash's name and the signature.
        *((_changed(ADAS, BODY + index), STATEMENT) for index in (60, 100, 145, 200, 280)),
        (sign_ssh(STATEMENT.encode(), DECISIONS, BOB), STATEMENT),
        (sign_ssh(STATEMENT.encode(), KEYS, ADA), STATEMENT),
        (sign_ssh(STATEMENT.encode(), "file", ADA), STATEMENT),
        ("", STATEMENT),
    ],
)
def test_both_refuse_what_ada_did_not_sign(keygen: str, tmp_path: Path, signature: str, message: str) -> None:
    assert not _accepted(
        keygen, tmp_path, signature, message.encode(), principal="p-ada", namespace=DECISIONS
    )
    with pytest.raises(IntegrityError):
        verify_ssh(message.encode(), DECISIONS, signature, ADA.public_key, "test")
    with pytest.raises(IntegrityError):
        open_attestation(Attestation(message, signature), STREAM.keyring, 25, "test")


@pytest.mark.parametrize(
    ("signer", "principal", "namespace", "why"),
    [
        (ADA, "p-bob", DECISIONS, "another principal's key"),
        (ADA, "p-ada", KEYS, "an actor decides about no keys"),
        (ADA, "root", KEYS, "an actor is no root"),
        (ROOT, "root", DECISIONS, "a root key decides nothing else"),
        (ROOT, "p-ada", DECISIONS, "a root key is nobody's"),
    ],
)
def test_ssh_keygen_refuses_a_key_outside_its_role(
    keygen: str, tmp_path: Path, signer: Ed25519Signer, principal: str, namespace: str, why: str
) -> None:
    signature = sign_ssh(b"message", namespace, signer)
    accepted = _accepted(keygen, tmp_path, signature, b"message", principal=principal, namespace=namespace)
    assert not accepted, why


@pytest.mark.parametrize(
    ("position", "time", "valid"),
    [(20, "20261123000019Z", False), (25, IN_FORCE, True), (31, "20261123000031Z", False)],
)
def test_both_know_when_a_key_was_in_force(
    keygen: str, tmp_path: Path, position: int, time: str, valid: bool
) -> None:
    decision = replace(DECISION, principal="p-bob")
    signed = sign_decision(decision, BOB)
    message = signed.statement.encode()
    accepted = _accepted(
        keygen, tmp_path, signed.signature, message, principal="p-bob", namespace=DECISIONS, time=time
    )
    assert accepted == valid
    if valid:
        assert open_attestation(signed, STREAM.keyring, position, "test") == decision
    else:
        with pytest.raises(IntegrityError):
            open_attestation(signed, STREAM.keyring, position, "test")


@pytest.mark.parametrize(
    ("signer", "principal"), [(ROOT, "root"), (ADA, "p-ada"), (BOB, "p-bob"), (RECORDER_2, None)]
)
def test_ssh_keygen_finds_whose_signature_it_is(
    keygen: str, tmp_path: Path, signer: Ed25519Signer, principal: str | None
) -> None:
    (tmp_path / "allowed_signers").write_text(allowed_signers(STREAM.keyring))
    (tmp_path / "sig").write_text(sign_ssh(b"message", DECISIONS, signer))
    command = [keygen, "-Y", "find-principals", "-f", str(tmp_path / "allowed_signers")]
    done = _run([*command, "-s", str(tmp_path / "sig"), "-O", f"verify-time={IN_FORCE}"])
    assert done.stdout.decode().split() == ([principal] if principal else [])


def test_ssh_keygen_reads_the_keys_that_we_create(keygen: str, tmp_path: Path) -> None:
    signer = create_ssh_key(tmp_path / "root", "ledger root")
    done = _run([keygen, "-y", "-f", str(tmp_path / "root")])
    assert parse_ssh_public_key(done.stdout.decode().strip()) == signer.public_key
    signature = _signed(keygen, tmp_path / "root", KEYS, b"message")
    verify_ssh(b"message", KEYS, signature, signer.public_key, "test")


def test_we_read_the_keys_that_ssh_keygen_creates(keygen: str, tmp_path: Path) -> None:
    key = tmp_path / "root"
    done = _run([keygen, "-q", "-t", "ed25519", "-N", "", "-C", "ada@host", "-f", str(key)])
    assert done.returncode == 0
    signer = open_ssh_signer(key)
    line = (tmp_path / "root.pub").read_text()
    assert line == ssh_public_key(signer.public_key, "ada@host") + "\n"
    assert _signed(keygen, key, KEYS, b"message") == sign_ssh(b"message", KEYS, signer)


def test_a_key_with_a_passphrase_stays_with_ssh_keygen(keygen: str, tmp_path: Path) -> None:
    key = tmp_path / "root"
    assert _run([keygen, "-q", "-t", "ed25519", "-N", "secret", "-f", str(key)]).returncode == 0
    with pytest.raises(KeyUnavailable, match="has a passphrase; sign with ssh-keygen -Y sign instead"):
        open_ssh_signer(key)
