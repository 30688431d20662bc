"""Prints the vectors of docs/formats/sshsig-statements.md: ``python -m tests.vectors.make_key_vectors``.

None of our code has a part in it: plain Ed25519 is the ``openssl`` program's, OpenSSH signatures are those of
``ssh-keygen``, SHA-256, base64 and JSON are Python's. `cryptography` only writes the seeds into key files.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

ORIGIN = "ledger.example/incidents"
AFTER = "ab" * 32
LOG, RECORDER, ROOT, NEW, ADA = (bytes([number]) * 32 for number in (0x01, 0x03, 0x11, 0x14, 0x17))
DECISION = f"""\
tallystick/decision/v1
origin {ORIGIN}
subject incident-0198c0de
decision 0198c0de-0000-7000-8000-000000000000
object plan:{"cd" * 32}
verdict approved
principal p-ada
issued 2026-11-23T12:30:45.000000Z
expires 2026-11-23T13:30:45.000000Z
"""


def run(*command: str) -> bytes:
    """Return what a program prints."""
    return subprocess.run(command, capture_output=True, timeout=60, check=True).stdout


def key_file(folder: Path, seed: bytes, kind: str) -> str:
    """Return the path of a private key file with ``seed``, ``kind`` pkcs8 for openssl, ssh for ssh-keygen."""
    path = folder / f"{seed.hex()[:8]}.{kind}"
    form = PrivateFormat.OpenSSH if kind == "ssh" else PrivateFormat.PKCS8
    if not path.exists():
        key = Ed25519PrivateKey.from_private_bytes(seed)
        path.touch(mode=0o600)
        path.write_bytes(key.private_bytes(Encoding.PEM, form, NoEncryption()))
    return str(path)


def public_key(folder: Path, seed: bytes) -> bytes:
    """Return the raw public key: the last 32 bytes of what ``openssl`` writes."""
    file = key_file(folder, seed, "pkcs8")
    return run("openssl", "pkey", "-in", file, "-pubout", "-outform", "DER")[-32:]


def ssh_line(folder: Path, seed: bytes) -> str:
    """Return the OpenSSH public line."""
    return run("ssh-keygen", "-y", "-f", key_file(folder, seed, "ssh")).decode().strip()


def ed25519(folder: Path, seed: bytes, message: bytes) -> str:
    """Return the plain signature in base64."""
    (folder / "plain").write_bytes(message)
    file = key_file(folder, seed, "pkcs8")
    return b64encode(
        run("openssl", "pkeyutl", "-sign", "-rawin", "-inkey", file, "-in", str(folder / "plain"))
    ).decode()


def sshsig(folder: Path, seed: bytes, namespace: str, message: bytes) -> str:
    """Return the armored signature that ``ssh-keygen`` writes."""
    (folder / "message").write_bytes(message)
    (folder / "message.sig").unlink(missing_ok=True)
    file = key_file(folder, seed, "ssh")
    run("ssh-keygen", "-q", "-Y", "sign", "-f", file, "-n", namespace, str(folder / "message"))
    return (folder / "message.sig").read_text()


def canonical(value: object) -> str:
    """Return ASCII data in canonical form."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def vkey(folder: Path, seed: bytes) -> str:
    """Return the verifier key of a log key."""
    typed = b"\x01" + public_key(folder, seed)
    key_id = sha256(f"{ORIGIN}\n".encode() + typed).hexdigest()[:8]
    return f"{ORIGIN}+{key_id}+{b64encode(typed).decode()}"


def statement(name: str, data: dict[str, str]) -> str:
    """Return what root keys sign."""
    digest = sha256(canonical(data).encode()).hexdigest()
    return f"tallystick/keys/v1\norigin {ORIGIN}\ntype {name}\nafter {AFTER}\ndata {digest}\n"


def authorised(folder: Path, text: str, data: dict[str, str], possession: str) -> str:
    """Return the canonical data of a fact, signed by the root key."""
    signature = sshsig(folder, ROOT, "tallystick/keys@v1", text.encode())
    name = sha256(public_key(folder, ROOT)).hexdigest()
    return canonical(
        {**data, "possession": possession, "rootsignatures": [{"key": name, "signature": signature}]}
    )


def make(folder: Path) -> dict[str, str]:
    """Return each vector by its name in the page; ``folder`` is for files on the way."""
    keys = {name: public_key(folder, seed) for name, seed in (("recorder", RECORDER), ("new", NEW))}
    opened = {
        "origin": ORIGIN,
        "format": 1,
        "logkeys": [vkey(folder, LOG)],
        "recorderkey": keys["recorder"].hex(),
        "rootkeys": [ssh_line(folder, ROOT)],
        "threshold": 1,
    }
    recorder = {"key": keys["new"].hex()}
    recorder_text = statement("tallystick.recorder-enrolled.v1", recorder)
    recorder_proof = ed25519(folder, NEW, f"tallystick/possession/v1\n{recorder_text}".encode())
    actor = {"principal": "p-ada", "key": ssh_line(folder, ADA)}
    actor_text = statement("tallystick.actor-enrolled.v1", actor)
    proof_text = f"tallystick/possession/v1\n{actor_text}".encode()
    actor_proof = sshsig(folder, ADA, "tallystick/possession@v1", proof_text)
    return {
        "recorder-keyid": sha256(keys["recorder"]).hexdigest(),
        "root-line": ssh_line(folder, ROOT),
        "opened-data": canonical(opened),
        "recorder-statement": recorder_text,
        "recorder-root-signature": sshsig(folder, ROOT, "tallystick/keys@v1", recorder_text.encode()),
        "recorder-possession": recorder_proof,
        "recorder-data": authorised(folder, recorder_text, recorder, recorder_proof),
        "actor-statement": actor_text,
        "actor-possession": actor_proof,
        "actor-data": authorised(folder, actor_text, actor, actor_proof),
        "decision": DECISION,
        "decision-signature": sshsig(folder, ADA, "tallystick/decision@v1", DECISION.encode()),
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        for title, text in make(Path(temporary)).items():
            print(f"`{title}`:\n\n```\n{text.rstrip()}\n```\n")
