"""What docs/formats shows is what the code reads and writes, byte for byte."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from ledger import canonical
from ledger.cosignature import cosign, verify_cosignature
from ledger.dsse import PAYLOAD_TYPE, pae, seal
from ledger.errors import IntegrityError
from ledger.event import encode_event, genesis, parse_event
from ledger.merkle import leaf_hash
from ledger.note import encode_note, parse_note, parse_vkey, verify_note
from ledger.proof import parse_proof, verify_proof
from ledger.strict import encode_base64
from tests.support.logs import ORIGIN, RECORDER, VKEY, WITNESS, MemoryLog, note_entries, sample_event
from tests.support.tree import ROOT

FIVE = MemoryLog(note_entries(5))
PAYLOAD = encode_event(sample_event())


def page(name: str) -> str:
    return (ROOT / "docs/formats" / name).read_text()


def blocks(name: str) -> list[str]:
    """Return what stands between the fences of a page, without the last line feed."""
    return re.findall(r"^```[a-z]*\n(.*?)\n```$", page(name), flags=re.DOTALL | re.MULTILINE)


def test_the_documented_event_is_ours() -> None:
    documented = blocks("event.md")[-1].encode()
    assert documented == PAYLOAD
    assert parse_event(documented, "event.md") == sample_event()
    assert f"Example ({len(PAYLOAD)} bytes" in page("event.md")


def test_the_documented_genesis_hash_is_ours() -> None:
    assert blocks("event.md")[0].splitlines()[-1] == genesis(ORIGIN, "incident-0")


def test_the_documented_envelope_is_ours() -> None:
    _, signature, envelope = blocks("envelope.md")
    assert envelope.encode() == seal(PAYLOAD, RECORDER)
    message = pae("application/vnd.incident-ledger.event.v1+json", note_entries(1)[0])
    assert signature == encode_base64(RECORDER.sign(message))
    for value in (leaf_hash(envelope.encode()).hex(), RECORDER.public_key.hex(), PAYLOAD_TYPE):
        assert value in page("envelope.md")


def test_the_documented_hashes_are_ours() -> None:
    for value in (FIVE.roots[0], leaf_hash(b""), leaf_hash(b"L123456"), FIVE.roots[5]):
        assert f"`{value.hex()}`" in page("tree-and-tiles.md")


def test_the_documented_checkpoint_is_ours() -> None:
    checkpoint, vkeys = blocks("checkpoint.md")[-2:]
    log, witness = map(parse_vkey, vkeys.splitlines())
    note = parse_note(f"{checkpoint}\n".encode())
    verify_note(note, log)
    assert verify_cosignature(note, witness) == 1_700_000_000
    ours = parse_note(FIVE.checkpoint())
    line = cosign(ours, witness.name, WITNESS, 1_700_000_000)
    assert encode_note(replace(ours, signatures=(*ours.signatures, line))) == f"{checkpoint}\n".encode()


def test_the_documented_proof_is_ours() -> None:
    documented = f"{blocks('proof.md')[-1]}\n".encode()
    assert documented == FIVE.proof(2)
    assert verify_proof(parse_proof(documented), FIVE.leaves[2], VKEY).size == 5


def test_the_documented_spellings_are_refused_or_accepted_as_said() -> None:
    table, refused = page("canonical-json.md").split("Refused, among others:")
    accepted = [r'{"a":2,"b":1}', r'"\"\\/"', r'"\né"', "9007199254740991"]
    for text in accepted:
        assert f"`{text}`" in table
        canonical.decode(text.encode(), "value")
    listed = re.findall(r"`([^`]+)`", refused)
    assert len(listed) == 11
    for text in listed:
        with pytest.raises(IntegrityError):
            canonical.decode(text.encode(), "value")


def test_every_page_is_in_the_index_and_names_code_that_exists() -> None:
    index = page("README.md")
    for path in sorted((ROOT / "docs/formats").glob("*.md")):
        assert path.name == "README.md" or f"]({path.name})" in index, f"{path.name} is not in the index"
        for module in re.findall(r"`([a-z]+/[a-z_]+\.py)`", page(path.name)):
            assert (ROOT / module).is_file(), f"{path.name} names {module}"
