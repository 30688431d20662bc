"""The browser's verifier against published vectors, and against the verifier written in Python."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from ledger.note import format_vkey, log_vkey
from ledger.proof import parse_proof
from ledger.signer import Ed25519Signer
from tests.support.browser import chromium, visiting
from tests.support.browsing import judged, kinds, module
from tests.support.engines import client_in
from tests.support.exports import INCIDENT, VKEY
from tests.support.forgedincidents import incident_content, incident_log
from tests.support.forgeries import INCIDENTS, LEDGERS, Forgery
from tests.support.forging import Content, with_sums
from tests.support.hostile import CHECKPOINTS, PARTS, ZIPS
from tests.support.logs import ORIGIN, STRANGER, MemoryLog, note_entries
from tests.support.serving import served
from tests.support.verdicts import report_on
from tests.support.zips import zipped

PINNED = format_vkey(VKEY)
NOT_HERE = frozenset({"fact", "artifact", "verdict", "attestation"})
"""What only the whole program knows enough to find."""

Say = Callable[..., Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with (
        client_in(tmp_path_factory.mktemp("browser") / "home") as client,
        served(client.http.app) as url,  # type: ignore[arg-type] # a test client has any application
        visiting(browser, url) as visitor,
    ):
        visitor.page.goto("/log/verify")
        yield visitor.page


@pytest.fixture(scope="module")
def say(page: Page) -> Say:
    """Ask a module: its name, the body of a function that has its exports as ``m``, and what it is given."""

    def ask(name: str, body: str, *given: Any) -> Any:
        code = f"""async ([path, bytesPath, given]) => {{
          const m = await import(path), b = await import(bytesPath);
          try {{ return await (async () => {{ {body} }})(); }}
          catch (error) {{ if (!error.place) throw error; return `refused: ${{error.expected}}`; }}
        }}"""
        return page.evaluate(code, [module(name), module("bytes.js"), list(given)])

    return ask


# --- published vectors -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "leaf"),
    [
        ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        ("L123456", "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"),
    ],
)
def test_leaves_hash_as_in_rfc_6962(say: Say, text: str, leaf: str) -> None:
    assert say("merkle.js", "return b.hex(await m.leafHash(b.utf8(given[0])));", text) == leaf


def test_nodes_hash_as_in_rfc_6962(say: Say) -> None:
    body = 'return b.hex(await m.nodeHash(b.utf8("N123"), b.utf8("N456")));'
    expected = "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"
    assert say("merkle.js", body) == expected


NOTE = (
    "This is an example message.\n\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYj"
    "OBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
NOTE_VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
OPEN_NOTE = """
  const note = m.parseNote(b.utf8(given[0]));
  await m.verifyNote(note, await m.parseVkey(given[1]));
  return note.text;
"""


def test_the_note_of_the_specification_verifies_and_a_changed_one_does_not(say: Say) -> None:
    assert say("note.js", OPEN_NOTE, NOTE, NOTE_VKEY) == "This is an example message.\n"
    assert "refused" in say("note.js", OPEN_NOTE, NOTE.replace("example m", "other m"), NOTE_VKEY)
    assert "refused" in say("note.js", OPEN_NOTE, NOTE, NOTE_VKEY.replace("530d903a", "530d903b"))


def test_a_dsse_signature_has_the_published_bytes(say: Say) -> None:
    body = """
      const {holds} = await import(given[0]);
      const message = m.pae(given[2], b.utf8('{"seq":0,"type":"Note"}'));
      const key = b.ofHex("ed4928c628d1c2c6eae90338905995612959273a5c63f93636c14614ac8737d1");
      return holds(key, message, b.decodeBase64(given[1], "sig"));
    """
    signature = "O1sM1aKEoXPOaQD3qMqOkTPBkr8mHdgVVa6QNDy4YxXF5Fq5Nj1P+S58qo/w19IvNXKzTpZXunIln0IAGPulDg=="
    kind = "application/vnd.incident-ledger.event.v1+json"
    assert say("envelope.js", body, module("crypto.js"), signature, kind) is True
    assert say("envelope.js", body, module("crypto.js"), signature.replace("O1s", "O1t"), kind) is False


PROVE = """
  const proof = m.parseProof(b.utf8(given[1]));
  const leaf = await m.leafHash(b.utf8(given[0]));
  const {parseNote, parseCheckpoint} = await import(given[2]);
  const head = parseCheckpoint(parseNote(proof.checkpoint));
  await m.verifyInclusion(leaf, proof.index, head.size, proof.path, head.root, "entry");
  return [proof.index, head.size];
"""


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 33])
def test_every_proof_of_small_logs_holds_and_every_other_does_not(say: Say, size: int) -> None:
    log = MemoryLog(note_entries(size))
    for index in range(size):
        text, proof = log.entries[index].decode(), log.proof(index).decode()
        assert say("merkle.js", PROVE, text, proof, module("note.js")) == [index, size]
        other = f"{text} "
        assert "refused" in say("merkle.js", PROVE, other, proof, module("note.js"))
        lines = proof.split("\n")
        if size > 1:
            short, long = "\n".join(lines[:2] + lines[3:]), "\n".join(lines[:3] + lines[2:])
            for wrong in (short, long):
                assert "refused" in say("merkle.js", PROVE, text, wrong, module("note.js"))


CLIMB = """
  const hash = (text) => b.ofHex(text);
  const [leaf, index, size, path, root] = given;
  await m.verifyInclusion(hash(leaf), index, size, path.map(hash), hash(root), "entry");
  return "fine";
"""


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8])
def test_a_path_proves_something_for_one_size_only(say: Say, size: int) -> None:
    log = MemoryLog(note_entries(size))
    leaf, root = log.leaves[0].hex(), log.roots[size].hex()
    path = [hash_.hex() for hash_ in parse_proof(log.proof(0)).path]
    assert say("merkle.js", CLIMB, leaf, 0, size, path, root) == "fine"
    assert "refused: an inclusion path" in say("merkle.js", CLIMB, leaf, 0, 2 * size + 1, path, root)
    if size > 1:
        assert "refused: an inclusion path" in say("merkle.js", CLIMB, leaf, 0, 1, path, root)
    assert "refused: an index below" in say("merkle.js", CLIMB, leaf, size, size, path, root)


def test_seventy_thousand_leaves_make_the_published_tiles(say: Say) -> None:
    body = "return [[0,272],[0,273],[1,0],[1,1],[2,0]].map(([l,i]) => m.tilePath(m.tileAt(l,i,70000)));"
    expected = ["tile/0/272", "tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"]
    assert say("tiles.js", body) == expected


CANONICAL = [
    '{"a":2,"b":1}',
    '"\\u0000\\u000b\x7f"',
    '"\\"\\\\/"',
    '"\\né"',
    "9007199254740991",
    "-1",
    "[]",
    "{}",
]
OTHERWISE = [
    "1.0", "1e2", "-0", "9007199254740992",
    '{"a": 1}', '{"b":1,"a":2}', '{"a":1,"a":1}', '{"A":1}', '"\\u0041"',
    '"\\/"', '"\\ud800"', "", " 1", "1 ",
    "[1,]", "tru", "\ufeff1", '{"":1}', "[" * 65 + "]" * 65, '"\t"', "01",
]  # fmt: skip


@pytest.mark.parametrize("text", [*CANONICAL, "[" * 64 + "]" * 64, '{"10":1,"9":1,"__proto__":1}'])
def test_what_is_canonical_json_is_read(say: Say, text: str) -> None:
    assert say("canonical.js", 'return m.encode(m.decode(b.utf8(given[0]), "x"));', text) == text


@pytest.mark.parametrize("text", OTHERWISE)
def test_what_is_spelled_otherwise_is_refused(say: Say, text: str) -> None:
    assert "refused" in str(say("canonical.js", 'return m.decode(b.utf8(given[0]), "x");', text))


@pytest.mark.parametrize("key", [b"\0" * 32, b"\1" + b"\0" * 31, b"\xff" * 32, b"\2" + b"\0" * 31])
def test_bytes_that_bind_nobody_are_no_public_key(say: Say, key: bytes) -> None:
    body = 'm.checkPublicKey(b.ofHex(given[0]), "key"); return "fine";'
    assert "refused" in say("sshsig.js", body, key.hex())
    assert say("sshsig.js", body, Ed25519Signer(b"\7" * 32).public_key.hex()) == "fine"


# --- the same verdict as the verifier in Python ----------------------------------------------------------


def compare(page: Page, content: Mapping[str, bytes], vkey: str = PINNED) -> Any:
    """Return the browser's report, which says what Python's says of the steps that both do."""
    report, found = report_on(content), judged(page, content, vkey)
    expected = {item.kind: item.count for item in report.findings if item.kind not in NOT_HERE}
    assert kinds(found) == expected
    gaps = {item.kind: item.count for item in report.gaps if item.kind not in NOT_HERE}
    assert {item["kind"]: item["count"] for item in found["gaps"]} == gaps
    steps = [(step.number, step.state, step.checked) for step in report.steps if step.number < 10]
    assert [(step["number"], step["state"], step["checked"]) for step in found["steps"][:9]] == steps
    assert found["verdict"] == report.verdict
    return found


@pytest.mark.parametrize("forged", LEDGERS.values(), ids=LEDGERS)
def test_a_forged_ledger_gets_the_same_verdict(page: Page, forged: Forgery) -> None:
    compare(page, forged())


@pytest.mark.parametrize("forged", INCIDENTS.values(), ids=INCIDENTS)
def test_a_forged_incident_gets_the_same_verdict(page: Page, forged: Forgery) -> None:
    compare(page, forged())


@pytest.fixture(scope="module")
def export() -> Content:
    return incident_content(incident_log())


@pytest.mark.parametrize("change", [*CHECKPOINTS.values(), *PARTS.values()], ids=[*CHECKPOINTS, *PARTS])
def test_a_hostile_part_is_refused_there_too(
    page: Page, export: Content, change: Callable[[Content], Content]
) -> None:
    found = judged(page, change(export), PINNED)
    assert found["verdict"] == "invalid"
    assert kinds(found).keys() == {item.kind for item in report_on(change(export)).findings}


@pytest.mark.parametrize("change", ZIPS.values(), ids=ZIPS)
def test_a_hostile_zip_is_refused_there_too(
    page: Page, export: Content, change: Callable[[Content], bytes]
) -> None:
    assert judged(page, change(export), PINNED)["verdict"] == "invalid"


def test_a_canonical_zip_is_as_good_as_its_folder(page: Page, export: Content) -> None:
    folder, packed = judged(page, export, PINNED), judged(page, zipped(export), PINNED)
    assert folder == packed
    assert (packed["verdict"], packed["repacked"]) == ("valid", False)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zip_that_was_packed_again_is_read_and_says_so(page: Page, export: Content, method: int) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        archive.mkdir("streams")
        for path, data in sorted(export.items(), reverse=True):
            archive.writestr(path, data)
    found = judged(page, packed.getvalue(), PINNED)
    assert (found["verdict"], found["repacked"]) == ("valid", True)
    changed = packed.getvalue().replace(INCIDENT.encode(), INCIDENT.encode()[::-1], 1)
    assert judged(page, changed, PINNED)["verdict"] == "invalid"


def test_without_a_key_or_with_another_nothing_is_valid(page: Page, export: Content) -> None:
    assert judged(page, export)["verdict"] == "origin not established"
    other = "ledger.example/incidents+00000000+AAAA"
    with pytest.raises(Exception, match="verifier key"):
        judged(page, export, other)
    stranger = format_vkey(log_vkey(ORIGIN, STRANGER.public_key))
    assert kinds(judged(page, export, stranger)) == {"checkpoint": 1}


def test_an_older_checkpoint_is_a_prefix_or_it_is_said(page: Page) -> None:
    log = incident_log()
    content = log.content()
    older = [MemoryLog(log.entries).checkpoint(size).decode() for size in range(1, len(log.entries) + 1)]
    for note in older:
        assert judged(page, content, PINNED, note)["verdict"] == "valid"
    other = incident_log({INCIDENT: [{"other": 1}]})
    rewritten = judged(page, content, PINNED, MemoryLog(other.entries).checkpoint(2).decode())
    assert kinds(rewritten) == {"consistency": 1}


def test_a_change_that_mends_its_sums_is_found_and_one_that_does_not_too(page: Page, export: Content) -> None:
    path = "log.vkey"
    changed = {**export, path: export[path].upper()}
    assert kinds(judged(page, changed, PINNED)) == {"sum": 1}
    assert kinds(judged(page, with_sums(changed), PINNED)) == {"label": 1}
