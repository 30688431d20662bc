"""What is fuzzed: every parser that the verifier has, and whole exports with changed bytes.

A target takes any bytes. It returns when the program did what it may do with them: accept what has its one
spelling, refuse with an error of its own, and never call another export valid than the one it started from.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from hashlib import sha256
from pathlib import Path

import msgspec

from domain.facts import FACTS, decode, encode
from ledger import canonical
from ledger.canonical import Json
from ledger.errors import IntegrityError
from ledger.exportlayout import HELP, SUMS, blob_path
from ledger.sshsig import encode_ssh_signature, parse_ssh_signature, sign_ssh
from projections.configerror import ConfigError
from projections.policyfile import parse_policy
from tests.support.exports import INCIDENT
from tests.support.forgedincidents import incident_content, incident_log
from tests.support.forging import Content, ForgedLog, signed_by, with_entries, with_sums
from tests.support.full_incident import full_incident
from tests.support.ledgers import ROOT
from tests.support.logs import LOG
from tests.support.playing import CONFIG
from tests.support.spelling import PARSERS, spells_the_same_or_refuses
from tests.support.verdicts import PINNED, report_on
from tests.support.zips import zipped
from verifier import verify
from verifier.archive import Archive
from verifier.page import Occasion, to_html
from verifier.rendering import to_text

KEPT = Path(__file__).parents[1] / "vectors" / "fuzzed"
"""What was found: ``<target>/<name>``, tried again by every test run."""

_EDIT = struct.Struct(">BBHB")
_POLICY = (CONFIG / "protocol_gates" / "17.team.yaml").read_bytes()


class Target(msgspec.Struct, frozen=True):
    """Takes any bytes, and raises when the program does what it must not; ``seeds`` are where to start."""

    run: Callable[[bytes], None]
    seeds: Sequence[bytes]


# --- whole exports ---------------------------------------------------------------------------------------


@cache
def _exports() -> Mapping[str, Content]:
    log = incident_log()
    return {"ledger": log.content(), "incident": incident_content(log)}


def edited(files: Content, data: bytes) -> Content:
    """Return the files after the edits that ``data`` spells, five bytes each: file, what, place, byte."""
    changed, paths = dict(files), sorted(files)
    for number, what, place, byte in _EDIT.iter_unpack(data[: len(data) // _EDIT.size * _EDIT.size]):
        path = paths[number % len(paths)]
        old = changed.get(path, b"")
        at = place % (len(old) + 1)
        match what % 6:
            case 0:
                changed[path] = old[:at] + bytes([byte]) + old[at + 1 :]
            case 1:
                changed[path] = old[:at] + old[at + byte :]
            case 2:
                changed[path] = old[: at + byte] + old[at:]
            case 3:
                changed[path] = old[:at] + bytes([byte]) * (byte + 1) + old[at:]
            case 4:
                changed[path] = changed.get(paths[byte % len(paths)], b"")
            case _:
                changed.pop(path, None)
    return changed


def _evidence(files: Content) -> Content:
    return {path: data for path, data in files.items() if path not in {HELP, SUMS}}


def _whole(kind: str, data: bytes) -> None:
    files = _exports()[kind]
    changed = with_sums(edited(files, data))
    report = report_on(changed)
    assert report.verdict != "valid" or _evidence(changed) == _evidence(files), "another export is valid"
    assert to_text(report).replace("\n", "").isprintable()
    to_html(report, Occasion("export", "now"))


def _zip(data: bytes) -> None:
    files = {"zip": zipped(_exports()["incident"])}
    changed = edited(files, data).get("zip", b"")
    report = verify(Archive(io.BytesIO(changed)), log_keys=PINNED)
    assert report.verdict != "valid" or changed == files["zip"], "another ZIP is valid"


# --- what a thief of the recorder's key can sign ---------------------------------------------------------


@cache
def _facts() -> Sequence[tuple[str, bytes]]:
    return [(item.type, canonical.encode(encode(item.fact))) for item in full_incident()]  # type: ignore[arg-type] # all known


def _fact(data: bytes) -> None:
    name = sorted(FACTS)[data[0] % len(FACTS)] if data else ""
    try:
        decode(name, canonical.decode(data[1:], "data"))  # type: ignore[arg-type] # what is no object is refused too
    except (IntegrityError, ValueError):
        return


def _forged(data: bytes) -> None:
    """Verify an incident whose facts are left out, doubled, reordered and edited as ``data`` says."""
    facts, log = dict(enumerate(_facts())), ForgedLog()
    for number, what, place, byte in _EDIT.iter_unpack(data[: len(data) // _EDIT.size * _EDIT.size]):
        at, other = number % len(_facts()), (number + 1 + byte) % len(_facts())
        match what % 4:
            case 0:
                facts.pop(at, None)
            case 1 if at in facts and other in facts:
                facts[at], facts[other] = facts[other], facts[at]
            case 2 if at in facts:
                facts[at] = (facts[at][0], _edited_value(facts[at][1], place, byte))
            case 3 if at in facts and other in facts:
                facts[at] = (facts[at][0], facts[other][1])
    for name, spelled in facts.values():
        log.add(INCIDENT, _object(spelled), kind=name)
    bare = with_entries({HELP: b"", blob_path(sha256(_POLICY).hexdigest()): _POLICY}, log.entries)
    report = report_on(signed_by(bare, LOG))
    assert report.verdict != "valid", "an incident without artifacts is valid"


_VALUES: list[Json] = [
    None,
    True,
    0,
    -1,
    2**53 - 1,
    "",
    "x" * 300,
    [],
    [[]],
    {},
    {"blob": {}},
    {"sealed": {}},
]


def _edited_value(spelled: bytes, place: int, byte: int) -> bytes:
    """Return the data with one of its values replaced by another of JSON."""
    data = _object(spelled)
    name = sorted(data)[place % len(data)] if data else "x"
    return canonical.encode({**data, name: _VALUES[byte % len(_VALUES)]})


def _object(spelled: bytes) -> dict[str, Json]:
    data = canonical.decode(spelled, "data")
    assert isinstance(data, dict)
    return data


def _policy(data: bytes) -> None:
    try:
        parse_policy(data, "policy")
    except ConfigError:
        return


def _ssh(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    spells_the_same_or_refuses(
        lambda _: encode_ssh_signature(parse_ssh_signature(text, "ssh")).encode(), data
    )


TARGETS: Mapping[str, Target] = {
    **{
        name.replace(" ", "-"): Target(partial(spells_the_same_or_refuses, spell), [valid])
        for name, (spell, valid) in PARSERS.items()
    },
    "ssh": Target(_ssh, [sign_ssh(b"text", "tallystick/decision@v1", ROOT).encode()]),
    "policy": Target(_policy, [_POLICY]),
    "fact": Target(_fact, [bytes([sorted(FACTS).index(name)]) + spelled for name, spelled in _facts()]),
    "forged": Target(_forged, [bytes(5), bytes(range(50))]),
    "ledger-export": Target(partial(_whole, "ledger"), [bytes(5), bytes(range(50))]),
    "incident-export": Target(partial(_whole, "incident"), [bytes(5), bytes(range(50))]),
    "zipped-export": Target(_zip, [bytes(5), bytes(range(50))]),
}
