"""The bytes that the formats were fixed with, each computed by two independent programs before."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections import Counter

import pytest
from msgspec.structs import replace

from ledger.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from ledger.cosignature import cosign, verify_cosignature, witness_vkey
from ledger.dsse import MAX_ENVELOPE, MAX_PAYLOAD, pae, parse_envelope, seal
from ledger.event import genesis
from ledger.merkle import EMPTY_ROOT, inclusion_proof, leaf_hash, node_hash, verify_inclusion
from ledger.note import encode_note, format_vkey, parse_note, parse_vkey, verify_note
from ledger.proof import parse_proof, verify_proof
from ledger.tile import Tile, bundles_of, tile_path, tiles_of
from tests.support.logs import LOG, ORIGIN, RECORDER, VKEY, WITNESS, MemoryLog, note_entries

FIVE = MemoryLog(note_entries(5))

CHECKPOINT = """\
ledger.example/incidents
5
DSm9uFRAOudhU1H8p11EAS0IA56961AhUY09A1VZCu8=

— ledger.example/incidents MiBG6ZKZ5+lE+gqy+wqJ01NOnH1dph9GZ8bCfzgtkyqJ74piChX6bAEabSJJVPJcPT7vRch8DmqQfyXEg8YJtCNMvQc=
""".encode()  # noqa: E501 - the bytes as they are

COSIGNED = (
    CHECKPOINT
    + """\
— witness.example/w1 3xwKNQAAAABlU/EAec3OS+tb7AcLwfVXCOQiJBo8r6fsVEiXhunmSnLtNsdPexLt1t1vXw1At0ejW3kvCmd1Um5LntQQ1yFr9EB1Cg==
""".encode()  # noqa: E501 - the bytes as they are
)

LOG_VKEY = "ledger.example/incidents+322046e9+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c"
WITNESS_VKEY = "witness.example/w1+df1c0a35+BIE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU"

PATH_OF_2 = (
    "8oPhRyhNoodkBea9jxfECyTNll7KGsrUSooMPCTqS80=",
    "1zIb1brU5DGCy0h/+k8eWjntMziBZVNQprJiM2Zay/8=",
    "E+6WKAbHpVv66IewukDapPv4txCMjBiusQu8iihtcq8=",
)

EXAMPLE_VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE_NOTE = """\
This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
""".encode()


def test_leaves_and_nodes_hash_as_in_rfc_6962() -> None:
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert leaf_hash(b"L123456").hex() == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    nodes = node_hash(b"N123", b"N456")
    assert nodes.hex() == "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"


def test_the_note_of_the_specification_verifies() -> None:
    vkey, note = parse_vkey(EXAMPLE_VKEY), parse_note(EXAMPLE_NOTE)
    verify_note(note, vkey)
    assert note.text == "This is an example message.\n"
    assert (encode_note(note), format_vkey(vkey)) == (EXAMPLE_NOTE, EXAMPLE_VKEY)


def test_the_log_of_five_entries_has_this_checkpoint() -> None:
    head = Checkpoint(origin=ORIGIN, size=5, root=FIVE.roots[5])
    assert sign_checkpoint(head, LOG) == CHECKPOINT
    assert format_vkey(VKEY) == LOG_VKEY
    assert open_checkpoint(COSIGNED, parse_vkey(LOG_VKEY)) == head


def test_the_witness_cosigns_with_these_bytes() -> None:
    note = parse_note(CHECKPOINT)
    line = cosign(note, "witness.example/w1", WITNESS, 1_700_000_000)
    assert encode_note(replace(note, signatures=(*note.signatures, line))) == COSIGNED
    vkey = witness_vkey("witness.example/w1", WITNESS.public_key)
    assert format_vkey(vkey) == WITNESS_VKEY
    assert verify_cosignature(parse_note(COSIGNED), parse_vkey(WITNESS_VKEY)) == 1_700_000_000


def test_entry_2_of_five_has_this_path() -> None:
    path = inclusion_proof(2, 5, FIVE.subtree)
    assert tuple(b64encode(hash_).decode() for hash_ in path) == PATH_OF_2
    verify_inclusion(FIVE.leaves[2], 2, 5, path, FIVE.roots[5], "entry 2")


def test_entry_2_of_five_has_this_proof() -> None:
    text = "c2sp.org/tlog-proof@v1\nindex 2\n" + "".join(f"{line}\n" for line in PATH_OF_2) + "\n"
    assert FIVE.proof(2) == text.encode() + CHECKPOINT
    cosigned = parse_proof(text.encode() + COSIGNED)
    assert verify_proof(cosigned, FIVE.leaves[2], VKEY).size == 5


def test_a_dsse_signature_has_these_bytes() -> None:
    message = pae("application/vnd.incident-ledger.event.v1+json", b'{"seq":0,"type":"Note"}')
    expected = "O1sM1aKEoXPOaQD3qMqOkTPBkr8mHdgVVa6QNDy4YxXF5Fq5Nj1P+S58qo/w19IvNXKzTpZXunIln0IAGPulDg=="
    assert RECORDER.sign(message) == b64decode(expected)


def test_the_largest_payload_just_fits_into_an_entry() -> None:
    sealed = seal(b"x" * MAX_PAYLOAD, RECORDER)
    assert len(sealed) <= MAX_ENVELOPE < len(sealed) + 4
    assert parse_envelope(sealed, "entry").payload == b"x" * MAX_PAYLOAD


def test_seventy_thousand_leaves_make_these_tiles() -> None:
    tiles = list(tiles_of(70_000))
    assert Counter(tile.level for tile in tiles) == {0: 274, 1: 2, 2: 1}
    assert all(tile.width == 256 for tile in tiles[:273])
    paths = [tile_path(tile) for tile in tiles]
    assert paths[0] == "tile/0/000"
    assert paths[272:] == [
        "tile/0/272", "tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1",
    ]  # fmt: skip
    assert [tile_path(tile) for tile in bundles_of(70_000)][-1] == "tile/entries/273.p/112"


def test_256_leaves_make_a_full_tile_and_one_hash_above_it() -> None:
    assert [tile_path(tile) for tile in tiles_of(256)] == ["tile/0/000", "tile/1/000.p/1"]
    assert list(bundles_of(256)) == [Tile(-1, 0, 256)]


@pytest.mark.parametrize(
    ("index", "path"), [(0, "000"), (999, "999"), (1000, "x001/000"), (1_234_067, "x001/x234/067")]
)
def test_tile_indexes_are_spelled_in_groups_of_three(index: int, path: str) -> None:
    assert tile_path(Tile(0, index)) == f"tile/0/{path}"


@pytest.mark.req("R-EVT-01")
def test_a_stream_starts_from_this_hash() -> None:
    # printf 'tallystick/genesis/v1\nledger.example/incidents\nincident-1\n' | sha256sum
    expected = "a1ffdb82268a450988224dac772d26ed191c6cf33964ee0a3f7a03f0c704f913"
    assert genesis(ORIGIN, "incident-1") == expected
