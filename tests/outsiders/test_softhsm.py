"""A key inside a PKCS#11 device (SoftHSM) signs envelopes and checkpoints exactly as a key file does."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pkcs11
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pkcs11.constants import Attribute, ObjectClass
from pkcs11.mechanisms import KeyType, Mechanism

from ledger.checkpoint import Checkpoint, sign_checkpoint
from ledger.dsse import seal
from ledger.errors import KeyUnavailable
from ledger.hsm import HsmSigner, raw_point
from ledger.keyuri import open_signer
from ledger.merkle import leaf_hash
from ledger.signer import Ed25519Signer, verify_signature
from tests.support.logs import ORIGIN
from tests.support.tools import missing, tool
from tests.support.tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

MODULE = "/usr/lib/softhsm/libsofthsm2.so"
PIN = "2718"
SEEDS = {"recorder": b"\x01" * 32, "log": b"\x02" * 32, "other": b"\x03" * 32}
EDWARDS25519 = bytes.fromhex("06032b6570")  # the curve's object identifier, 1.3.101.112


class Device:
    """A token with a key for each of `SEEDS`, and the file with its PIN."""

    def __init__(self, util: str, folder: Path) -> None:
        self.pin_file = _private(folder / "pin", f"{PIN}\n".encode())
        self._util = util
        self._run("--init-token", "--free", "--label", "ledger", "--so-pin", PIN, "--pin", PIN)
        for number, (label, seed) in enumerate(SEEDS.items(), start=1):
            key = Ed25519PrivateKey.from_private_bytes(seed)
            pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            file = _private(folder / label, pem)
            place = ("--token", "ledger", "--pin", PIN, "--label", label, "--id", f"{number:02x}")
            self._run("--import", str(file), *place)

    def uri(self, where: str, token: str = "ledger", module: str = MODULE, pin: str | None = None) -> str:
        """Return the URI of a key of the token."""
        source = f"file:{self.pin_file}" if pin is None else pin
        return f"pkcs11:token={token};{where}?module-path={module}&pin-source={source}"

    def _run(self, *arguments: str) -> None:
        done = subprocess.run([self._util, *arguments], capture_output=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr


def _private(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    path.chmod(0o600)
    return path


@pytest.fixture(scope="module")
def device(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Device]:
    util = tool("softhsm2-util", "softhsm2")
    if not Path(MODULE).is_file():
        missing(MODULE, "softhsm2")
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    (folder / "conf").write_text(f"directories.tokendir = {folder / 'tokens'}\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(folder / "conf"))
        yield Device(util, folder)


def _make_key(label: str, **private: bool) -> None:
    """Generate a key pair inside the device; ``private`` sets attributes of its private half."""
    token = pkcs11.lib(MODULE).get_token(token_label="ledger")
    with token.open(rw=True) as session:
        parameters = session.create_domain_parameters(
            KeyType.EC_EDWARDS, {Attribute.EC_PARAMS: EDWARDS25519}, local=True
        )
        parameters.generate_keypair(
            mechanism=Mechanism.EC_EDWARDS_KEY_PAIR_GEN,
            store=True,
            label=label,
            private_template={getattr(Attribute, name): value for name, value in private.items()},
        )


@pytest.mark.parametrize("label", SEEDS)
def test_a_key_in_a_device_is_the_same_signer_as_its_seed(device: Device, label: str) -> None:
    signer, expected = open_signer(device.uri(f"object={label}")), Ed25519Signer(SEEDS[label])
    assert isinstance(signer, HsmSigner)
    assert signer.public_key == expected.public_key
    assert seal(b"{}", signer) == seal(b"{}", expected)
    head = Checkpoint(origin=ORIGIN, size=1, root=leaf_hash(b""))
    assert sign_checkpoint(head, signer) == sign_checkpoint(head, expected)


def test_a_key_is_found_by_its_id_too(device: Device) -> None:
    assert open_signer(device.uri("id=%02")).public_key == Ed25519Signer(SEEDS["log"]).public_key


def test_a_key_that_was_made_in_the_device_signs(device: Device) -> None:
    open_signer(device.uri("object=log"))
    _make_key("born-here")
    signer = open_signer(device.uri("object=born-here"))
    verify_signature(signer.public_key, b"message", signer.sign(b"message"), "test")


def test_threads_share_a_device(device: Device) -> None:
    signer, expected = open_signer(device.uri("object=log")), Ed25519Signer(SEEDS["log"])
    messages = [b"%d" % number for number in range(200)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(signer.sign, messages)) == [expected.sign(message) for message in messages]


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ("object=absent", "expected one Ed25519 private_key, found 0"),
        ("object=log;id=%01", "expected one Ed25519 private_key, found 0"),
        ("object=log;serial=0", "expected one such token, found 0"),
    ],
)
def test_a_key_that_is_not_there_is_refused(device: Device, where: str, why: str) -> None:
    with pytest.raises(KeyUnavailable, match=why):
        open_signer(device.uri(where))


def test_two_keys_of_one_name_are_refused(device: Device) -> None:
    open_signer(device.uri("object=log"))
    _make_key("twin")
    _make_key("twin")
    with pytest.raises(KeyUnavailable, match="expected one Ed25519 private_key, found 2"):
        open_signer(device.uri("object=twin"))


def test_a_key_that_may_not_sign_is_refused(device: Device) -> None:
    open_signer(device.uri("object=log"))
    _make_key("for-nothing", SIGN=False)
    with pytest.raises(KeyUnavailable, match="expected a key that may sign"):
        open_signer(device.uri("object=for-nothing"))


def test_a_public_key_that_does_not_belong_to_the_private_one_is_refused(device: Device) -> None:
    open_signer(device.uri("object=log"))
    _make_key("mixed")
    with pkcs11.lib(MODULE).get_token(token_label="ledger").open(rw=True) as session:
        wanted = {Attribute.LABEL: "mixed", Attribute.CLASS: ObjectClass.PUBLIC_KEY}
        for key in session.get_objects(wanted):
            key.destroy()
        point = b"\x04\x20" + Ed25519Signer(SEEDS["other"]).public_key
        kind = {Attribute.KEY_TYPE: KeyType.EC_EDWARDS, Attribute.EC_PARAMS: EDWARDS25519}
        session.create_object({**wanted, **kind, Attribute.EC_POINT: point, Attribute.TOKEN: True})
    with pytest.raises(KeyUnavailable, match="its public and private key do not belong together"):
        open_signer(device.uri("object=mixed"))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"token": "absent"}, "expected one such token, found 0"),
        ({"module": "/absent.so"}, "the device says PKCS11Error"),
        ({"pin": "env:ABSENT_PIN"}, "expected pin-source=file:PATH, or env:NAME of a set variable"),
        ({"pin": "prompt:"}, "expected pin-source=file:PATH, or env:NAME of a set variable"),
        ({"pin": "file:/absent"}, "No such file or directory"),
    ],
)
def test_a_device_that_cannot_be_reached_is_refused(
    device: Device, changes: dict[str, str], why: str
) -> None:
    with pytest.raises(KeyUnavailable, match=why):
        open_signer(device.uri("object=log", **changes))


def test_a_pin_that_is_no_text_is_refused_and_not_repeated(device: Device, tmp_path: Path) -> None:
    pin = _private(tmp_path / "pin", b"27\xff18")
    with pytest.raises(KeyUnavailable, match=r"expected a PIN in UTF-8$") as caught:
        open_signer(device.uri("object=log", pin=f"file:{pin}"))
    assert caught.value.__cause__ is None


def test_a_public_key_is_read_in_both_forms_that_devices_give() -> None:
    key = Ed25519Signer(SEEDS["log"]).public_key
    assert raw_point(key) == raw_point(b"\x04\x20" + key) == key


def test_a_pin_that_others_may_read_is_refused(device: Device, tmp_path: Path) -> None:
    (tmp_path / "pin").write_text(PIN)
    (tmp_path / "pin").chmod(0o644)
    with pytest.raises(KeyUnavailable, match="expected mode 0600 or stricter, found 0644"):
        open_signer(device.uri("object=log", pin=f"file:{tmp_path / 'pin'}"))


@pytest.mark.parametrize(
    ("pin", "said"), [(PIN, "opened"), ("3141", "the device says PinIncorrect"), ("", "expected one Ed25519")]
)
def test_the_device_asks_for_its_pin(device: Device, pin: str, said: str) -> None:
    # In a process of its own: PKCS#11 logs in a whole process, and this one is logged in already.
    script = (
        "import os, sys\nfrom ledger.keyuri import open_signer\nos.environ['PIN'] = sys.argv[2]\n"
        "try:\n    open_signer(sys.argv[1]); print('opened')\nexcept Exception as e: print(repr(e))"
    )
    uri = device.uri("object=log", pin="env:PIN") if pin else device.uri("object=log").split("&")[0]
    done = subprocess.run(
        [sys.executable, "-c", script, uri, pin],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert said in done.stdout
    assert PIN not in done.stdout


def test_a_device_that_goes_away_is_named(device: Device) -> None:
    kept = open_signer(device.uri("object=log"))
    signer = open_signer(device.uri("object=log"))
    assert isinstance(signer, HsmSigner)
    assert isinstance(signer._key, pkcs11.Object)
    signer._key.session.close()
    with pytest.raises(KeyUnavailable, match=r"^key pkcs11:token=ledger;object=log: the device says"):
        signer.sign(b"message")
    assert kept.sign(b"message")
