"""Exports that forgers changed in one way each, small, by name; for whoever judges them twice."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping

from ledger.attestation import NAMESPACE
from ledger.dsse import seal
from ledger.event import genesis
from ledger.exportlayout import CHECKPOINT, COMPLETENESS, VKEY, positions_path, proof_path, stream_path
from ledger.keyfacts import to_data
from ledger.keyorders import compromise_recorder, enrol_recorder, opened, retire_recorder
from ledger.rootkeys import KeysHead
from ledger.signer import Ed25519Signer
from tests.support.exports import INCIDENT
from tests.support.forgedincidents import incident_content, incident_log
from tests.support.forging import Content, ForgedLog, signed_by, with_entries, with_sums
from tests.support.ledgers import LOG, ORIGIN, RECORDER, RECORDER_2, ROOT
from tests.support.logs import STRANGER

Forgery = Callable[[], Content]
LARGE = 600
"""Entries enough for two full tiles and a partial one."""


def log_of(*changes: Callable[[ForgedLog], object]) -> ForgedLog:
    """Return a small log that these changed, one after the other."""
    log = ForgedLog()
    log.add("alert-1")
    log.add(INCIDENT)
    for change in changes:
        change(log)
    return log


def _adding(stream: str = "alert-1", **attributes: object) -> Callable[[ForgedLog], object]:
    return lambda log: log.add(stream, **attributes)  # type: ignore[arg-type] # attributes of any kind


def _enrolling(*by: Ed25519Signer, **attributes: object) -> Callable[[ForgedLog], object]:
    return lambda log: log.order(enrol_recorder(_head(log), RECORDER_2, list(by)), **attributes)  # type: ignore[arg-type] # attributes of any kind


def _head(log: ForgedLog) -> KeysHead:
    return KeysHead(ORIGIN, log.head("keys")[1])


def _retired(log: ForgedLog) -> None:
    log.order(retire_recorder(_head(log), RECORDER.public_key, [ROOT]))
    log.add("alert-1", by=RECORDER_2)
    log.add("alert-1", by=RECORDER)


def _compromised(log: ForgedLog) -> None:
    log.order(compromise_recorder(_head(log), RECORDER.public_key, 1, [ROOT]), by=RECORDER_2)


def _second_leaf_0(log: ForgedLog) -> None:
    keys = {"logkeys": [LOG.public_key], "rootkeys": [STRANGER.public_key]}
    log.add(
        "keys",
        to_data(opened(origin=ORIGIN, recorder=STRANGER.public_key, **keys)),  # type: ignore[arg-type] # lists of keys
        kind="tallystick.ledger-opened.v1",
    )


def _entries(change: Callable[[list[bytes]], object]) -> Forgery:
    """Return a forgery of the entries' bytes, with everything after them made and signed again."""

    def forged() -> Content:
        log = log_of()
        content = log.content()
        change(log.entries)
        return signed_by(with_entries(content, log.entries), LOG)

    return forged


def _other_signature(entries: list[bytes]) -> None:
    start = entries[2].rindex(b'"sig":"') + 7
    entries[2] = entries[2][:start] + b64encode(RECORDER.sign(NAMESPACE.encode())) + b'"}]}'


def _replace(number: int, old: bytes, new: bytes) -> Callable[[list[bytes]], object]:
    def change(entries: list[bytes]) -> None:
        assert old in entries[number]
        entries[number] = entries[number].replace(old, new)

    return change


def _large() -> Content:
    return log_of(*(_adding(f"alert-{number % 7}") for number in range(LARGE - 3))).content()


def flipped(path: str, at: int, make: Forgery = _large) -> Forgery:
    """Return a forgery in which a bit of a file is another, and the sums are mended."""

    def forged() -> Content:
        content = make()
        data = bytearray(content[path])
        data[at] ^= 1
        return with_sums({**content, path: bytes(data)})

    return forged


def _removing(position: int) -> Forgery:
    def forged() -> Content:
        log = log_of(_adding(), _adding())
        content = log.content()
        del log.entries[position]
        return with_entries(content, log.entries)

    return forged


def _signed_again(position: int) -> Forgery:
    return lambda: signed_by(_removing(position)(), LOG)


LEDGERS: Mapping[str, Forgery] = {
    "nothing at all": lambda: log_of().content(),
    "nothing in a large one": _large,
    "a second recorder that is enrolled": lambda: log_of(_enrolling(ROOT), _adding(by=RECORDER_2)).content(),
    "a recorder that was compromised": lambda: log_of(_enrolling(ROOT), _compromised).content(),
    "a key that was never enrolled": lambda: log_of(_adding(by=STRANGER)).content(),
    "a key before it is enrolled": lambda: log_of(_adding(by=RECORDER_2), _enrolling(ROOT)).content(),
    "a key that was retired": lambda: log_of(_enrolling(ROOT), _retired).content(),
    "an enrolment that no root key authorised": lambda: log_of(_enrolling(STRANGER)).content(),
    "an enrolment without a root key": lambda: log_of(_enrolling()).content(),
    "an enrolment signed by what it enrols": lambda: log_of(_enrolling(ROOT, by=RECORDER_2)).content(),
    "a second leaf 0": lambda: log_of(_second_leaf_0).content(),
    "a back-dated entry": lambda: log_of(_adding(recordedtime="2020-01-01T00:00:00.000000Z")).content(),
    "an entry of another ledger": lambda: log_of(_adding(source="//ledger.example/others")).content(),
    "a gap in a stream": lambda: log_of(_adding(streamversion=3)).content(),
    "a link to another entry": lambda: log_of(_adding(prevhash="0" * 64)).content(),
    "a genesis of another stream": lambda: log_of(_adding("b", prevhash=genesis(ORIGIN, "a"))).content(),
    "a payload with white space": _entries(lambda e: e.append(seal(b'{ "a":1}', RECORDER))),
    "a payload with a member twice": _entries(lambda e: e.append(seal(b'{"a":1,"a":1}', RECORDER))),
    "a payload with a fraction": _entries(lambda e: e.append(seal(b'{"a":1.0}', RECORDER))),
    "an envelope with white space": _entries(_replace(2, b'{"payload"', b'{ "payload"')),
    "an envelope of another type": _entries(_replace(2, b"cloudevents+json", b"cloudevents+jsoN")),
    "a signature over something else": _entries(_other_signature),
    "an entry twice": _entries(lambda e: e.append(e[1])),
    "no leaf 0": _entries(lambda e: e.pop(0)),
    "an entry removed": _removing(3),
    "an entry removed, and signed again": _signed_again(3),
    "a bit of an entry": flipped("tile/entries/001", 4_000),
    "a bit of the length of an entry": flipped("tile/entries/000", 1),
    "a bit of a leaf": flipped("tile/0/000", 100),
    "a bit of a leaf at the edge": flipped(f"tile/0/002.p/{LARGE - 512}", 100),
    "a bit above": flipped("tile/1/000.p/2", 40),
    "a bit of the checkpoint": flipped(CHECKPOINT, 30),
    "a bit of the label": flipped(VKEY, 30),
    "a bit of the sums": lambda: {**log_of().content(), "SHA256SUMS": b"0" * 200},
    "a tile too many": lambda: with_sums({**log_of().content(), "tile/0/000.p/1": b"x" * 32}),
    "a tile too few": lambda: with_sums({p: d for p, d in _large().items() if p != "tile/0/001"}),
    "a bundle too few": lambda: with_sums({p: d for p, d in _large().items() if p != "tile/entries/001"}),
    "a file that is not listed": lambda: {**log_of().content(), "tile/1/000.p/1": b"x" * 32},
    "a checkpoint by another key": lambda: signed_by(log_of().content(), STRANGER),
}


def _of_incident(change: Callable[[Content], Content]) -> Forgery:
    return lambda: with_sums(change(incident_content(incident_log())))


def _cut(files: Content, stream: str = INCIDENT) -> Content:
    """Leave out the last entry of a stream, and its proof."""
    *entries, _ = files[stream_path(stream)].splitlines(keepends=True)
    *places, last = files[positions_path(stream)].splitlines(keepends=True)
    kept = {path: data for path, data in files.items() if path != proof_path(int(last))}
    return {**kept, stream_path(stream): b"".join(entries), positions_path(stream): b"".join(places)}


def _changed(path: str, old: bytes, new: bytes) -> Forgery:
    return _of_incident(lambda files: {**files, path: files[path].replace(old, new, 1)})


def _without(*paths: str) -> Forgery:
    return _of_incident(lambda files: {path: data for path, data in files.items() if path not in paths})


def _shorter_path(files: Content) -> Content:
    lines = files[proof_path(2)].split(b"\n")
    return {**files, proof_path(2): b"\n".join([*lines[:2], *lines[3:]])}


INCIDENTS: Mapping[str, Forgery] = {
    "nothing": _of_incident(dict),
    "a stream that was cut": _of_incident(_cut),
    "the stream of keys that was left out": _without(stream_path("keys"), positions_path("keys")),
    "an entry without a proof": _without(proof_path(2)),
    "a proof of another entry": _of_incident(lambda files: {**files, proof_path(2): files[proof_path(3)]}),
    "a path that is too short": _of_incident(_shorter_path),
    "a bit of an entry in a stream": flipped(stream_path(INCIDENT), 99, _of_incident(dict)),
    "a bit of a path": flipped(proof_path(2), 50, _of_incident(dict)),
    "another position": _changed(positions_path(INCIDENT), b"2\n", b"1\n"),
    "a position that is spelled otherwise": _changed(positions_path(INCIDENT), b"2\n", b"02\n"),
    "no completeness": _without(COMPLETENESS),
    "another version in completeness": _changed(COMPLETENESS, b'"version":2', b'"version":1'),
    "an older heads fact": _changed(COMPLETENESS, b'"heads":6', b'"heads":5'),
    "no checkpoint": _without(CHECKPOINT),
    "a file of a ledger": _of_incident(lambda files: {**files, "tile/0/000.p/1": b"x" * 32}),
}
