"""One fact verified in the browser against what the visitor pastes; every tampering is caught."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from ledger.dsse import parse_envelope
from ledger.event import genesis
from ledger.keyorders import enrol_recorder
from ledger.note import format_vkey, log_vkey
from ledger.proof import parse_proof
from ledger.rootkeys import KeysHead
from ledger.tile import ENTRIES, Tile, tile_path
from tests.support.browser import Visitor, chromium, visiting
from tests.support.browsing import module
from tests.support.forging import ForgedLog, event_of
from tests.support.ledgers import ORIGIN, RECORDER_2
from tests.support.logs import STRANGER, MemoryLog
from tests.support.serving import served
from tests.support.stories import Person
from tests.support.tales import Stage, Tale

STEPS = 8
Change = Callable[[bytes], bytes]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def url(stage: Stage) -> Iterator[str]:
    assert stage.world.app is not None
    with served(stage.world.app) as found:
        yield found


@pytest.fixture(scope="module")
def auditor(stage: Stage) -> Person:
    return stage.world.add("ada", "auditor")


@pytest.fixture(scope="module")
def tale(stage: Stage) -> Tale:
    told = stage.tell("executing")
    told.export()  # whoever exports waits for a checkpoint
    return told


class Pinned:
    """What an auditor kept of the log, and a fact of an incident to look at."""

    def __init__(self, stage: Stage, tale: Tale) -> None:
        world = stage.world
        self.vkey = world.ask(None, "GET", "/log/vkey").body.decode()
        self.checkpoint = world.ask(None, "GET", "/log/checkpoint").body.decode()
        self.size = int(self.checkpoint.split("\n")[1])
        path = f"/v1/incidents/{tale.incident.stream}/timeline"
        entries = world.ask(stage.cast.carol, "GET", path).json["entries"]
        self.position = entries[3]["position"]


@pytest.fixture
def pinned(stage: Stage, tale: Tale) -> Pinned:
    return Pinned(stage, tale)


@pytest.fixture
def visitor(browser: Browser, url: str, auditor: Person, pinned: Pinned) -> Iterator[Visitor]:
    with visiting(browser, url, auditor) as found:
        found.page.goto(f"/log/facts/{pinned.position}")
        yield found


def verify(page: Page, pinned: Pinned, **own: str) -> list[str]:
    """Press the button, and return how each step went."""
    page.get_by_label("Your verifier key").fill(own.get("vkey", pinned.vkey))
    page.get_by_label("Your checkpoint").fill(own.get("checkpoint", pinned.checkpoint))
    page.get_by_role("button", name="Verify in this browser").click()
    page.locator("#verify-steps > li").nth(STEPS - 1).wait_for()
    return page.locator("#verify-steps > li .tag").all_inner_texts()


def fails_at(page: Page, pinned: Pinned, title: str, **own: str) -> str:
    """Return what the one step that failed says; those before it passed, those after it did not run."""
    states = verify(page, pinned, **own)
    failed = page.locator("#verify-steps > .step-failed")
    assert failed.count() == 1, states
    number = states.index("failed")
    assert states == ["passed"] * number + ["failed"] + ["not checked"] * (STEPS - number - 1)
    text = failed.inner_text()
    assert title in text
    assert page.locator("#verify-summary").inner_text().startswith("Not verified")
    assert {"Place", "Expected", "Found"} <= set(text.split("\n"))
    return text


def tampering(page: Page, pattern: str, change: Change) -> None:
    """Have everything that the service answers there changed on its way."""

    def handle(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=change(answer.body()))

    page.route(re.compile(pattern), handle)


def test_a_fact_verifies_against_the_visitors_own_key_and_checkpoint(
    visitor: Visitor, pinned: Pinned
) -> None:
    assert verify(visitor.page, pinned) == ["passed"] * STEPS
    assert visitor.page.locator("#verify-summary").inner_text().startswith("Verified")
    visitor.shot("fact-verified-desk")
    assert visitor.barriers() == []


def test_every_fact_of_a_small_log_verifies(visitor: Visitor, pinned: Pinned) -> None:
    for position in range(0, pinned.size, max(1, pinned.size // 12)):
        visitor.page.goto(f"/log/facts/{position}")
        assert verify(visitor.page, pinned) == ["passed"] * STEPS, position


def test_an_older_checkpoint_than_the_services_is_as_good_while_it_covers_the_fact(
    visitor: Visitor, pinned: Pinned, tale: Tale, stage: Stage
) -> None:
    tale.do(stage.cast.alice, "add-timeline-entry", text="Something more happened.")
    tale.export()
    visitor.page.reload()
    assert verify(visitor.page, pinned) == ["passed"] * STEPS
    assert f"yours has {pinned.size}" in visitor.page.locator("#verify-steps").inner_text()
    visitor.page.goto(f"/log/facts/{pinned.size}")
    assert "it is older" in fails_at(visitor.page, pinned, "in the tree of your checkpoint")


def test_keyboard_alone_is_enough(visitor: Visitor, pinned: Pinned) -> None:
    page = visitor.page
    page.get_by_label("Your verifier key").focus()
    page.keyboard.insert_text(pinned.vkey.strip())
    page.keyboard.press("Tab")
    page.keyboard.insert_text(pinned.checkpoint)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator("#verify-summary", has_text="Verified").wait_for()


# --- what the visitor holds does not fit ------------------------------------------------------------------


def test_another_key_is_caught(visitor: Visitor, pinned: Pinned) -> None:
    origin = pinned.checkpoint.split("\n")[0]
    other = format_vkey(log_vkey(origin, STRANGER.public_key))
    fails_at(visitor.page, pinned, "signed by your key", vkey=other)


def test_a_changed_checkpoint_is_caught(visitor: Visitor, pinned: Pinned) -> None:
    size, root = pinned.checkpoint.split("\n")[1:3]
    for old, new in ((f"\n{size}\n", f"\n{int(size) + 1}\n"), (root[:3], root[:3].swapcase())):
        changed = pinned.checkpoint.replace(old, new, 1)
        assert changed != pinned.checkpoint
        fails_at(visitor.page, pinned, "signed by your key", checkpoint=changed)


@pytest.mark.parametrize("text", ["", "x", "a+00000000+AAAA"])
def test_what_is_no_key_is_caught(visitor: Visitor, pinned: Pinned, text: str) -> None:
    fails_at(visitor.page, pinned, "signed by your key", vkey=text or "+")


# --- the service lies ---------------------------------------------------------------------------------------


def _lines(change: Callable[[list[bytes]], list[bytes]]) -> Change:
    return lambda data: b"\n".join(change(data.split(b"\n")))


SIGNATURE = re.compile(rb'("sig":".)(.)')
LIES: dict[str, tuple[str, Change, str]] = {
    "a byte of the payload": ("/tile/entries/", lambda d: d.replace(b"eyJh", b"eyJi"), "in the tree"),
    "a byte of the signature": (
        "/tile/entries/",
        lambda d: SIGNATURE.sub(lambda m: m[1] + (b"A" if m[2] != b"A" else b"B"), d),
        "in the tree",
    ),
    "another spelling": (
        "/tile/entries/",
        lambda d: d.replace(b'"payloadType"', b'"payloadtype"'),
        "in the tree",
    ),
    "a hash of the path": (
        "/log/proof/",
        _lines(lambda x: [*x[:2], x[2][:5] + (b"A" if x[2][5:6] != b"A" else b"B") + x[2][6:], *x[3:]]),
        "in the tree",
    ),
    "a path that is too short": ("/log/proof/", _lines(lambda x: [*x[:2], *x[3:]]), "in the tree"),
    "a path that is too long": ("/log/proof/", _lines(lambda x: [*x[:3], x[2], *x[3:]]), "in the tree"),
    "a proof of another entry": ("/log/proof/", lambda d: d.replace(b"index ", b"index 1", 1), "in the tree"),
    "another root for the same size": (
        "/log/proof/",
        lambda d: re.sub(rb"(\n\n[^\n]+\n[0-9]+\n)..", rb"\1AA", d),
        "in the tree",
    ),
    "a hash of a tile": (
        "/tile/0/",
        lambda d: d[:32] + bytes([d[32] ^ 1]) + d[33:],
        "The keys of the log",
    ),
    "half a bundle": ("/tile/entries/", lambda d: d[: len(d) // 2], "in the tree"),
}


@pytest.mark.parametrize("name", LIES)
def test_a_lie_of_the_service_is_caught(visitor: Visitor, pinned: Pinned, name: str) -> None:
    pattern, change, title = LIES[name]
    tampering(visitor.page, pattern, change)
    fails_at(visitor.page, pinned, title)


SHOWN: dict[str, tuple[str, str]] = {
    "an attribute": ("[data-attribute=authid]", "p-somebody-else"),
    "the data": ("#data", '{"verdict": "approved"}'),
    "a hash of the path": ("[data-sibling] >> nth=0", "00"),
    "the key": ("#keyid", "00"),
    "the signature": ("#signature", "AA=="),
}


@pytest.mark.parametrize("name", SHOWN)
def test_a_page_that_shows_something_else_than_the_entry_says_is_caught(
    visitor: Visitor, pinned: Pinned, name: str
) -> None:
    selector, text = SHOWN[name]
    visitor.page.locator(selector).evaluate("(element, text) => { element.textContent = text; }", text)
    fails_at(visitor.page, pinned, "This page shows what the entry says")


def _named(page: Page, name: str, value: str) -> None:
    page.locator("#verify").evaluate(f"(form, value) => {{ form.dataset.{name} = value; }}", value)


def test_a_fact_about_keys_that_is_left_out_is_caught(visitor: Visitor, pinned: Pinned) -> None:
    keys = str(visitor.page.locator("#verify").get_attribute("data-keys")).split()
    _named(visitor.page, "keys", " ".join([*keys[1:], "1"]))
    fails_at(visitor.page, pinned, "The keys of the log")


def test_another_entry_in_the_place_of_the_previous_is_caught(visitor: Visitor, pinned: Pinned) -> None:
    _named(visitor.page, "previous", "0")
    fails_at(visitor.page, pinned, "follows the entry before it")


FORGED = """async ([path, page, own, answers]) => {
  const {verifyFact} = await import(path);
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const steps = [];
  await verifyFact({...page, attributes: new Map(page.attributes)}, own, async (at) => bytes(answers[at]),
    (step) => steps.push(step));
  return steps;
}"""


def forged(page: Page, log: ForgedLog, position: int) -> Any:
    """Return the steps on an entry of a log whose forger shows everything as it is."""
    tree = MemoryLog(log.entries)
    bundle = tile_path(Tile(ENTRIES, 0, tree.size))
    entry = log.entries[position]
    envelope, fields = parse_envelope(entry, "entry"), json.loads(parse_envelope(entry, "entry").payload)
    data = fields.pop("data")
    claimed = {
        "position": position,
        "keys": [n for n, one in enumerate(log.entries) if event_of(one).subject == "keys"],
        "previous": next(
            (n for n in range(position - 1, -1, -1) if event_of(log.entries[n]).subject == fields["subject"]),
            None,
        ),
        "size": tree.size,
        "attributes": [[name, str(value)] for name, value in fields.items()],
        "data": json.dumps(data),
        "keyid": envelope.keyid,
        "signature": b64encode(envelope.signature).decode(),
        "path": [hash_.hex() for hash_ in parse_proof(tree.proof(position)).path],
    }
    tile = Tile(0, 0, tree.size)
    answers = {bundle: tree.read(Tile(ENTRIES, 0, tree.size)), tile_path(tile): tree.read(tile)}
    answers |= {f"proof/{number}": tree.proof(number) for number in range(tree.size)}
    own = {"vkey": tree.vkey, "checkpoint": tree.checkpoint().decode()}
    encoded = {path: b64encode(body).decode() for path, body in answers.items()}
    return page.evaluate(FORGED, [module("factverifier.js"), claimed, own, encoded])


FORGERS: dict[str, tuple[Callable[[ForgedLog], object], str | None]] = {
    "nobody": (lambda log: log.add("alert-1"), None),
    "a recorder that was never enrolled": (
        lambda log: log.add("alert-1", by=STRANGER),
        "The entry is signed by a recorder in force",
    ),
    "a link to another entry": (
        lambda log: log.add("alert-1", prevhash="0" * 64),
        "It follows the entry before it in its stream",
    ),
    "a version left out": (
        lambda log: log.add("alert-1", streamversion=3),
        "It follows the entry before it in its stream",
    ),
    "a genesis of another stream": (
        lambda log: log.add("alert-2", prevhash=genesis(ORIGIN, "alert-3")),
        "It follows the entry before it in its stream",
    ),
    "a fact of another ledger": (
        lambda log: log.add("alert-1", source="//ledger.example/others"),
        "The entry is in its one spelling",
    ),
    "an enrolment that nobody authorised": (
        lambda log: log.order(enrol_recorder(KeysHead(ORIGIN, log.head("keys")[1]), RECORDER_2, [STRANGER])),
        "The keys of the log, from its own facts",
    ),
}


@pytest.mark.parametrize("name", FORGERS)
def test_who_holds_the_log_key_and_forges_facts_is_caught(visitor: Visitor, name: str) -> None:
    change, title = FORGERS[name]
    log = ForgedLog()
    log.add("alert-1")
    change(log)
    steps = forged(visitor.page, log, len(log.entries) - 1)
    assert [step["title"] for step in steps if step["state"] == "failed"] == ([title] if title else [])
    assert len(steps) == STEPS


# --- a browser that cannot ----------------------------------------------------------------------------------


def test_a_browser_without_webcrypto_is_told_why(
    browser: Browser, url: str, auditor: Person, pinned: Pinned
) -> None:
    hidden = "Object.defineProperty(globalThis.crypto, 'subtle', {value: undefined})"
    old = "crypto.subtle.importKey = () => Promise.reject(new Error('no such algorithm'))"
    for script, said in ((hidden, "no WebCrypto"), (old, "no Ed25519")):
        with visiting(browser, url, auditor) as visitor:
            visitor.page.add_init_script(script)
            for path in (f"/log/facts/{pinned.position}", "/log/verify"):
                visitor.page.goto(path)
                visitor.page.locator("#verify-summary", has_text=said).wait_for()
                assert not visitor.page.locator("#verify").is_visible()


def test_the_path_is_read_without_a_script_or_eyes(
    browser: Browser, url: str, auditor: Person, pinned: Pinned
) -> None:
    with visiting(browser, url, auditor, java_script_enabled=False) as visitor:
        visitor.page.goto(f"/log/facts/{pinned.position}")
        image = visitor.page.get_by_role("img", name="The path as a tree; the list beside it says the same.")
        assert image.locator("g.leaf").count() == image.locator("g.root").count() == 1
        siblings = visitor.page.get_by_role("listitem").filter(has=visitor.page.locator("[data-sibling]"))
        assert siblings.count() == image.locator("g.sibling").count() > 3
        assert "tallystick verify" in visitor.page.locator("noscript").inner_text()


def test_the_log_shows_its_growth_and_leads_to_its_facts(visitor: Visitor, pinned: Pinned) -> None:
    visitor.page.goto("/log")
    visitor.page.get_by_role("img", name=re.compile("^From ")).wait_for()
    visitor.page.get_by_label("Look at entry").fill(str(pinned.position))
    visitor.page.get_by_role("button", name="Show").click()
    visitor.page.get_by_role("heading", name=f"Entry {pinned.position} of the log").wait_for()


def test_an_incident_leads_to_the_proof_of_each_of_its_facts(
    visitor: Visitor, tale: Tale, stage: Stage, pinned: Pinned
) -> None:
    who = stage.world.add("rita", "auditor", "responder")
    with visiting(visitor.context.browser, visitor.url, who) as reader:  # type: ignore[arg-type] # it has one
        reader.page.goto(f"/incidents/{tale.incident.stream}")
        reader.page.get_by_role("link", name=f"entry {pinned.position} of the log", exact=True).click()
        reader.page.get_by_role("heading", name=f"Entry {pinned.position} of the log").wait_for()
