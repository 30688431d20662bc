"""OpenSSH keys and signatures: one spelling each, everything else refused with a reason."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from ledger.errors import IntegrityError, KeyUnavailable
from ledger.publickey import check_public_key
from ledger.signer import Ed25519Signer
from ledger.sshkey import create_ssh_key, key_blob, open_ssh_signer, parse_ssh_public_key, ssh_public_key
from ledger.sshsig import encode_ssh_signature, parse_ssh_signature, sign_ssh, verify_ssh
from ledger.sshwire import pack, unpack
from ledger.strict import encode_base64

SIGNER = Ed25519Signer(b"\x21" * 32)
OTHER = Ed25519Signer(b"\x22" * 32)
SPACE = "tallystick/keys@v1"
SIGNED = sign_ssh(b"message", SPACE, SIGNER)


def _armored(blob: bytes, width: int = 70) -> str:
    text = encode_base64(blob)
    lines = [text[start : start + width] for start in range(0, len(text), width)]
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""])


def _blob(**changes: bytes) -> bytes:
    signature = pack(b"ssh-ed25519", parse_ssh_signature(SIGNED, "test").signature)
    parts = {
        "head": b"SSHSIG\x00\x00\x00\x01",
        "key": key_blob(SIGNER.public_key),
        "namespace": SPACE.encode(),
        "reserved": b"",
        "hash": b"sha512",
        "signature": signature,
    } | changes
    head = parts.pop("head")
    return head + pack(*parts.values())


def test_a_signature_says_who_signed_for_what() -> None:
    found = parse_ssh_signature(SIGNED, "test")
    assert (found.public_key, found.namespace) == (SIGNER.public_key, SPACE)
    assert encode_ssh_signature(found) == SIGNED == _armored(_blob())


def test_a_signature_verifies_for_its_message_namespace_and_key() -> None:
    verify_ssh(b"message", SPACE, SIGNED, SIGNER.public_key, "test")


@pytest.mark.parametrize(
    ("message", "space", "key", "said"),
    [
        (b"messagE", SPACE, SIGNER, "one that does not verify"),
        (
            b"message",
            "file",
            SIGNER,
            "expected a signature for namespace file, found for 'tallystick/keys@v1'",
        ),
        (b"message", SPACE, OTHER, "expected a signature by ssh-ed25519"),
    ],
    ids=["message", "namespace", "key"],
)
def test_a_signature_of_something_else_is_refused(
    message: bytes, space: str, key: Ed25519Signer, said: str
) -> None:
    with pytest.raises(IntegrityError, match=f"^entry 3: .*{said}"):
        verify_ssh(message, space, SIGNED, key.public_key, "entry 3")


def test_a_signature_renamed_to_another_namespace_is_refused() -> None:
    renamed = _armored(_blob(namespace=b"file"))
    with pytest.raises(IntegrityError, match="one that does not verify"):
        verify_ssh(b"message", "file", renamed, SIGNER.public_key, "test")


@pytest.mark.parametrize(
    ("armored", "said"),
    [
        ("", "an armored SSH signature"),
        (SIGNED[:-1], "an armored SSH signature"),
        (SIGNED + "\n", "an armored SSH signature"),
        (" " + SIGNED, "an armored SSH signature"),
        (SIGNED.replace("\n", "\r\n"), "an armored SSH signature"),
        ("-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n", "of version 1"),
        (_armored(_blob(), width=64), "lines of 70 characters"),
        (SIGNED.replace("U1NI", "U1N!"), "base64"),
        (_armored(_blob(head=b"SSHSIG\x00\x00\x00\x02")), "of version 1"),
        (_armored(_blob(head=b"SSHSIX\x00\x00\x00\x01")), "of version 1"),
        (_armored(_blob(hash=b"sha256")), "hash sha512"),
        (_armored(_blob(reserved=b"x")), "nothing reserved"),
        (_armored(_blob(namespace=b"\xff")), "a namespace in ASCII"),
        (_armored(_blob(key=pack(b"ssh-rsa", b"k" * 32))), "an ssh-ed25519 key"),
        (_armored(_blob(key=pack(b"ssh-ed25519", b"k" * 31))), "a public key of 32 bytes|32 bytes"),
        (_armored(_blob(signature=pack(b"ssh-ed25519", b"s" * 63))), "an ssh-ed25519 signature of 64 bytes"),
        (_armored(_blob(signature=pack(b"ssh-rsa", b"s" * 64))), "an ssh-ed25519 signature of 64 bytes"),
        (_armored(_blob() + b"x"), "5 strings"),
        (_armored(_blob()[:-1]), "a string of"),
    ],
)
def test_another_spelling_is_refused(armored: str, said: str) -> None:
    with pytest.raises(IntegrityError, match=f"^entry 3: expected .*(?:{said})"):
        parse_ssh_signature(armored, "entry 3")


def test_a_public_line_has_one_spelling_and_maybe_a_comment() -> None:
    line = ssh_public_key(SIGNER.public_key)
    assert parse_ssh_public_key(line) == SIGNER.public_key
    assert ssh_public_key(SIGNER.public_key, "ada@host") == f"{line} ada@host"
    assert parse_ssh_public_key(f"{line} ada@host") == SIGNER.public_key


LINE = ssh_public_key(SIGNER.public_key)


@pytest.mark.parametrize(
    "line",
    [
        "",
        LINE + "\n",
        " " + LINE,
        LINE.replace(" ", "  "),
        LINE[:-1],
        LINE + "\tada",
        LINE + " a\x07da",
        "no-pty " + LINE,
        LINE.replace("ssh-ed25519 ", "ssh-rsa "),
        "ssh-ed25519 " + encode_base64(pack(b"ssh-ed25518", SIGNER.public_key)),
        "ssh-ed25519 " + encode_base64(pack(b"ssh-ed25519", b"\x00" * 32)),
        "ssh-ed25519 " + encode_base64(b"\x00" * 51),
    ],
)
def test_another_public_line_is_refused(line: str) -> None:
    with pytest.raises(IntegrityError, match=r"^entry 3"):
        parse_ssh_public_key(line, "entry 3")


def test_strings_of_the_wire_fill_their_bytes_exactly() -> None:
    assert unpack(pack(b"", b"ab"), 2, "test") == (b"", b"ab")
    for data, count in ((pack(b"ab"), 2), (pack(b"ab"), 0), (pack(b"ab")[:-1], 1), (b"\x00\x00\x00", 1)):
        with pytest.raises(IntegrityError, match=r"^test: expected"):
            unpack(data, count, "test")


def test_a_created_key_is_private_and_opens_as_the_same_key(tmp_path: Path) -> None:
    made = create_ssh_key(tmp_path / "root", "ledger root")
    assert stat.S_IMODE((tmp_path / "root").stat().st_mode) == 0o600
    assert open_ssh_signer(tmp_path / "root").sign(b"m") == made.sign(b"m")
    line = (tmp_path / "root.pub").read_text()
    assert line == ssh_public_key(made.public_key, "ledger root") + "\n"


@pytest.mark.parametrize("existing", ["root", "root.pub"])
def test_an_existing_key_is_never_overwritten(tmp_path: Path, existing: str) -> None:
    (tmp_path / existing).write_text("mine")
    with pytest.raises(KeyUnavailable, match="never overwritten"):
        create_ssh_key(tmp_path / "root")
    assert (tmp_path / existing).read_text() == "mine"


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    create_ssh_key(tmp_path / "root")
    (tmp_path / "root").chmod(0o644)
    with pytest.raises(KeyUnavailable, match="found 0644"):
        open_ssh_signer(tmp_path / "root")


def _private(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    path.chmod(0o600)
    return path


def test_keys_of_other_kinds_are_refused(tmp_path: Path) -> None:
    other = rsa.generate_private_key(65537, 2048)
    data = other.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    with pytest.raises(KeyUnavailable, match="expected an Ed25519 key"):
        open_ssh_signer(_private(tmp_path / "rsa", data))


@pytest.mark.parametrize("data", [b"", b"ssh", b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n"])
def test_what_is_no_key_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(KeyUnavailable, match="expected an OpenSSH private key"):
        open_ssh_signer(_private(tmp_path / "key", data))


# RFC 8032, section 5.1: addition on the curve, slowly, as a second opinion on which points are weak.
P = 2**255 - 19
D = -121665 * pow(121666, P - 2, P) % P


def _add(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    (x1, y1), (x2, y2) = a, b
    k = D * x1 * x2 * y1 * y2
    return (
        (x1 * y2 + x2 * y1) * pow(1 + k, P - 2, P) % P,
        (y1 * y2 + x1 * x2) * pow(1 - k, P - 2, P) % P,
    )


def _point_with(y: int) -> tuple[int, int] | None:
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    return (x, y) if x * x % P == square else None


def _eightfold(point: tuple[int, int]) -> tuple[int, int]:
    for _ in range(3):
        point = _add(point, point)
    return point


WEAK = [
    0,
    1,
    P - 1,
    2707385501144840649318225287225658788936804267575313519463743609750303402022,
    P - 2707385501144840649318225287225658788936804267575313519463743609750303402022,
]


@pytest.mark.parametrize("sign", [0, 1])
@pytest.mark.parametrize("y", WEAK)
def test_a_point_of_small_order_is_no_key(y: int, sign: int) -> None:
    point = _point_with(y)
    assert point is not None
    assert _eightfold(point) == (0, 1)
    with pytest.raises(IntegrityError, match="expected an Ed25519 public key"):
        check_public_key((y | sign << 255).to_bytes(32, "little"), "test")


@pytest.mark.parametrize("y", [P, P + 1, P + 3, 2**255 - 1])
def test_a_second_spelling_of_a_point_is_no_key(y: int) -> None:
    with pytest.raises(IntegrityError, match="expected an Ed25519 public key"):
        check_public_key(y.to_bytes(32, "little"), "test")


def test_exactly_the_points_on_the_curve_are_keys() -> None:
    verdicts = set()
    for y in range(2, 60):
        point = _point_with(y)
        key = y.to_bytes(32, "little")
        if point is None:
            with pytest.raises(IntegrityError):
                check_public_key(key, "test")
        else:
            check_public_key(key, "test")
        verdicts.add(point is None)
    assert verdicts == {True, False}


def test_every_key_that_was_generated_is_a_key() -> None:
    for number in range(50):
        seed = number.to_bytes(32, "big")
        check_public_key(
            ed25519.Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw(), "t"
        )


@pytest.mark.parametrize("size", [0, 31, 33])
def test_another_length_is_no_key(size: int) -> None:
    with pytest.raises(IntegrityError):
        check_public_key(SIGNER.public_key[:size].ljust(size, b"\x00"), "test")
