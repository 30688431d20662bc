"""Frozen bytes of key facts, root statements and decisions (docs/formats/sshsig-statements.md)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from ledger import canonical, keyorders
from ledger.attestation import parse_decision, sign_decision
from ledger.keyfacts import parse_fact, to_data, type_name
from ledger.rootkeys import KeysHead, statement
from ledger.signer import keyid
from ledger.sshkey import ssh_public_key
from tests.support.keys import ADA, RECORDER_2, ROOT
from tests.support.logs import LOG, ORIGIN, RECORDER
from tests.support.tools import tool
from tests.support.tree import ROOT as TREE
from tests.vectors.make_key_vectors import make

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.keyfacts import KeyFact

PAGE = (TREE / "docs" / "formats" / "sshsig-statements.md").read_text()
VECTORS = dict(re.findall(r"^`([a-z-]+)`:\n\n```\n(.*?)\n```$", PAGE, re.MULTILINE | re.DOTALL))
HEAD = KeysHead(ORIGIN, "ab" * 32)
OPENED = keyorders.opened(
    origin=ORIGIN,
    recorder=RECORDER.public_key,
    logkeys=[LOG.public_key],
    rootkeys=[ROOT.public_key],
)
ENROLLED = keyorders.enrol_recorder(HEAD, RECORDER_2, [ROOT])
ACTOR = keyorders.enrol_actor(HEAD, "p-ada", ADA, [ROOT])


def test_keys_are_named_and_spelled_as_documented() -> None:
    assert keyid(RECORDER.public_key) == VECTORS["recorder-keyid"]
    assert ssh_public_key(ROOT.public_key) == VECTORS["root-line"]


@pytest.mark.parametrize(("name", "fact"), [("opened", OPENED), ("recorder", ENROLLED), ("actor", ACTOR)])
def test_the_data_of_key_facts_is_as_documented(name: str, fact: KeyFact) -> None:
    spelled = VECTORS[f"{name}-data"].encode()
    assert canonical.encode(to_data(fact)) == spelled
    data = canonical.decode(spelled, "vector")
    assert isinstance(data, dict)
    assert parse_fact(type_name(fact), data, "vector") == fact


def test_root_statements_and_their_signatures_are_as_documented() -> None:
    assert statement(HEAD, ENROLLED).decode() == VECTORS["recorder-statement"] + "\n"
    assert statement(HEAD, ACTOR).decode() == VECTORS["actor-statement"] + "\n"
    (signature,) = ENROLLED.rootsignatures
    assert signature.signature == VECTORS["recorder-root-signature"] + "\n"


def test_possession_is_shown_as_documented() -> None:
    assert ENROLLED.possession == VECTORS["recorder-possession"]
    assert ACTOR.possession == VECTORS["actor-possession"] + "\n"


def test_signatures_and_possession_do_not_enter_the_statement() -> None:
    unsigned = replace(ENROLLED, rootsignatures=(), possession="")
    assert statement(HEAD, unsigned) == statement(HEAD, ENROLLED)


def test_a_decision_and_its_signature_are_as_documented() -> None:
    signed = sign_decision(parse_decision(VECTORS["decision"] + "\n", "vector"), ADA)
    assert signed.statement == VECTORS["decision"] + "\n"
    assert signed.signature == VECTORS["decision-signature"] + "\n"


def test_openssl_and_ssh_keygen_make_the_documented_bytes(tmp_path: Path) -> None:
    tool("openssl", "openssl")
    tool("ssh-keygen", "openssh-client")
    assert {name: text.rstrip() for name, text in make(tmp_path).items()} == VECTORS
