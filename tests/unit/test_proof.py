"""Proofs of one entry: any other index, path, entry or key is reported."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from ledger.errors import IntegrityError
from ledger.note import log_vkey
from ledger.proof import MAX_PATH, TlogProof, encode_proof, parse_proof, verify_proof
from tests.support.logs import ORIGIN, STRANGER, VKEY, MemoryLog, note_entries

LOG = MemoryLog(note_entries(7))
DATA = LOG.proof(2)
PROOF = parse_proof(DATA)
HASH = DATA.split(b"\n")[2]


@pytest.mark.parametrize("size", range(1, 8))
def test_every_entry_of_a_small_log_has_a_proof(size: int) -> None:
    for index in range(size):
        data = LOG.proof(index, size)
        proof = parse_proof(data)
        assert encode_proof(proof) == data
        assert verify_proof(proof, LOG.leaves[index], VKEY).size == size


def test_the_proof_of_the_only_entry_has_no_path() -> None:
    assert LOG.proof(0, 1) == b"c2sp.org/tlog-proof@v1\nindex 0\n\n" + LOG.checkpoint(1)


def test_the_checkpoint_is_carried_over_byte_for_byte() -> None:
    assert PROOF.checkpoint == LOG.checkpoint()
    assert DATA.endswith(LOG.checkpoint())


HEAD = b"c2sp.org/tlog-proof@v1\nindex 2\n" + HASH + b"\n"
CHECKPOINT = LOG.checkpoint()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        b"c2sp.org/tlog-proof@v1\n\n" + CHECKPOINT,
        CHECKPOINT,
        HEAD,
        HEAD + CHECKPOINT,
        HEAD + b"\n",
        HEAD + b"\n\n" + CHECKPOINT,
        b"\n" + HEAD + b"\n" + CHECKPOINT,
        HEAD.replace(b"@v1", b"@v2") + b"\n" + CHECKPOINT,
        HEAD.replace(b"index 2", b"extra AAAA\nindex 2") + b"\n" + CHECKPOINT,
        HEAD.replace(b"index 2", b"index 02") + b"\n" + CHECKPOINT,
        HEAD.replace(b"index 2", b"index -2") + b"\n" + CHECKPOINT,
        HEAD.replace(b"index 2", b"index  2") + b"\n" + CHECKPOINT,
        HEAD.replace(b"index 2", b"index 2 ") + b"\n" + CHECKPOINT,
        HEAD.replace(b"index 2", b"index\t2") + b"\n" + CHECKPOINT,
        HEAD.replace(b"index 2", b"Index 2") + b"\n" + CHECKPOINT,
        HEAD.replace(b"index 2\n", b"") + b"\n" + CHECKPOINT,
        HEAD.replace(b"index 2", b"index %d" % 2**63) + b"\n" + CHECKPOINT,
        HEAD.replace(b"\n", b"\r\n") + b"\r\n" + CHECKPOINT,
        HEAD.replace(HASH, HASH[:-1]) + b"\n" + CHECKPOINT,
        HEAD.replace(HASH, HASH + b" ") + b"\n" + CHECKPOINT,
        HEAD.replace(HASH, HASH.replace(b"=", b"")) + b"\n" + CHECKPOINT,
        HEAD.replace(HASH, b"AAAA") + b"\n" + CHECKPOINT,
        HEAD.replace(HASH, b"\xff") + b"\n" + CHECKPOINT,
        HEAD + (HASH + b"\n") * MAX_PATH + b"\n" + CHECKPOINT,
        HEAD + b"\n" + CHECKPOINT + b"\n",
        HEAD + b"\n" + CHECKPOINT.replace(b"\n7\n", b"\n07\n"),
        HEAD + b"\n" + CHECKPOINT.replace(b"\n\n", b"\nextension\n\n"),
        b"x" * 2_000_000,
    ],
)
def test_anything_else_is_no_proof(data: bytes) -> None:
    with pytest.raises(IntegrityError) as caught:
        parse_proof(data)
    assert caught.value.place.split(",")[0] in {"proof", "checkpoint"}
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500


def test_limits_are_named_with_what_was_found() -> None:
    assert MAX_PATH == 63, "as deep as a tree of 2^63 - 1 leaves"
    with pytest.raises(IntegrityError, match="proof: expected at most 63 hashes, found 64"):
        parse_proof(HEAD + (HASH + b"\n") * 63 + b"\n" + CHECKPOINT)
    with pytest.raises(IntegrityError, match="proof: expected at most 1004096 bytes, found 1004097"):
        parse_proof(b"x" * 1_004_097)
    with pytest.raises(IntegrityError, match="proof: expected c2sp"):
        parse_proof(b"x" * 1_004_096)


def test_a_path_may_be_as_long_as_the_deepest_tree() -> None:
    proof = replace(PROOF, path=PROOF.path[:1] * MAX_PATH)
    assert parse_proof(encode_proof(proof)) == proof


@pytest.mark.parametrize("index", [0, 1, 3, 6, 7, 2**63 - 1])
def test_a_proof_for_another_index_is_reported(index: int) -> None:
    with pytest.raises(IntegrityError, match=f"entry {index}: expected"):
        verify_proof(replace(PROOF, index=index), LOG.leaves[2], VKEY)


def wrong_proofs() -> list[TlogProof]:
    return [
        replace(PROOF, path=PROOF.path[:-1]),
        replace(PROOF, path=(*PROOF.path, PROOF.path[0])),
        replace(PROOF, path=tuple(reversed(PROOF.path))),
        replace(PROOF, checkpoint=LOG.checkpoint(6)),
    ]


@pytest.mark.parametrize("proof", wrong_proofs())
def test_a_path_to_another_root_is_reported(proof: TlogProof) -> None:
    with pytest.raises(IntegrityError, match="entry 2: expected"):
        verify_proof(proof, LOG.leaves[2], VKEY)


def test_another_entry_is_reported() -> None:
    with pytest.raises(IntegrityError, match=f"entry 2: expected root {LOG.roots[7].hex()}"):
        verify_proof(PROOF, LOG.leaves[3], VKEY)


def test_a_proof_under_a_checkpoint_of_a_stranger_is_reported() -> None:
    with pytest.raises(IntegrityError, match="a signature by"):
        verify_proof(PROOF, LOG.leaves[2], log_vkey(ORIGIN, STRANGER.public_key))
