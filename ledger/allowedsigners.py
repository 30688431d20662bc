"""The file that tells ``ssh-keygen -Y verify`` who may sign what (ssh-keygen(1), ALLOWED SIGNERS).

Every root and actor key that ever was, each for its own namespace. OpenSSH knows times, not positions, so a
key's life is given by the recorded times of its facts, in whole seconds; check an old decision with ``-O
verify-time=`` set to the recorded time of its fact. The keyring's positions have the last word.
"""

from __future__ import annotations

from typing import Final

from ledger.attestation import NAMESPACE as DECISIONS
from ledger.enrolment import Enrolment, Moment
from ledger.keyring import Keyring
from ledger.possession import NAMESPACE as POSSESSION
from ledger.rootkeys import NAMESPACE as KEYS
from ledger.sshkey import ssh_public_key

NAMESPACES: Final = {"root": f"{KEYS},{POSSESSION}", "actor": f"{DECISIONS},{POSSESSION}"}


def allowed_signers(keyring: Keyring) -> str:
    """Return the file's text, one line a key; root keys have the principal ``root``."""
    entries = (entry for entry in keyring.book.values() if entry.owner.role in NAMESPACES)
    return "".join(sorted(_line(entry) for entry in entries))


def _line(entry: Enrolment) -> str:
    owner = entry.owner
    options = [f'namespaces="{NAMESPACES[owner.role]}"', f'valid-after="{_seconds(entry.since)}"']
    if entry.until:
        options.append(f'valid-before="{_seconds(entry.until)}"')
    return f"{owner.principal or 'root'} {','.join(options)} {ssh_public_key(owner.public_key)}\n"


def _seconds(moment: Moment) -> str:
    # 2026-11-23T12:30:45.123456Z becomes 20261123123045Z.
    return moment.time[:19].translate({ord(mark): None for mark in "-T:"}) + "Z"
