// The verification of one export, step after step, as `tallystick verify` does it (docs/verifying.md): steps 1
// to 9. Artifacts, verdicts and people's own signatures are not looked at here, and the report says so.
//
// What a step refuses never reaches a later one; what is left is checked to the end.

import { IntegrityError, decodeUtf8, equal, hex, utf8 } from "./bytes.js";
import { Audit } from "./audit.js";
import { Heads } from "./completeness.js";
import { checkContainer } from "./container.js";
import { check } from "./crypto.js";
import { Proven, included } from "./entries.js";
import { doubtful, logKeys } from "./keyring.js";
import { rangeRoot } from "./merkle.js";
import { MAX_NOTE, openCheckpoint, parseVkey, sameKey } from "./note.js";
import { References } from "./references.js";
import {
  CHAINS, CHECKPOINT, CONSISTENCY, EVENTS, INCLUSION, SIGNATURES, Tally, verdictOf,
} from "./tally.js";
import { Tiles, tilePath } from "./tiles.js";
import { Zip } from "./zip.js";

const AUDITED = [EVENTS, SIGNATURES, CHAINS];
const STEP_OF = { envelope: EVENTS, event: EVENTS, keyring: SIGNATURES, key: SIGNATURES, signature: SIGNATURES };

// Returns the report on `source`, a `Folder` or a `File` that is a ZIP. `vkey` is the visitor's own, or empty;
// `since` an older checkpoint that they kept, or empty. Throws where these make no sense.
export async function verify(source, { vkey = "", since = "" } = {}, progress = async () => {}) {
  await check();
  const pinned = vkey ? await parseVkey(vkey) : null;
  const tally = new Tally();
  const files = source instanceof Blob ? await tally.collecting("file", () => Zip.open(source)) : source;
  const outcome = { tally, kind: "ledger", head: null, repacked: Boolean(files?.repacked) };
  if (files === null) return report(outcome);
  const accepted = await checkContainer(files, tally, progress);
  outcome.kind = accepted.kind;
  outcome.head = await openHead(accepted, pinned, tally);
  if (outcome.head === null) return report(outcome);
  outcome.since = since ? await openSince(since, outcome.head) : null;
  if (outcome.since) await checkConsistency(accepted, outcome.head, outcome.since, tally);
  await checkEntries(accepted, outcome, progress);
  return report(outcome);
}

// Without a key of the visitor's, the one beside the log stands in, and shows only that all fits together.
async function openHead(source, pinned, tally) {
  const label = await tally.collecting("label", async () => {
    const text = decodeUtf8(await source.read("log.vkey", 65536), "log.vkey");
    if (!text.endsWith("\n")) throw new IntegrityError("log.vkey", "one line of ASCII", "none");
    return parseVkey(text.slice(0, -1));
  });
  const note = await tally.collecting("checkpoint", () => source.read("checkpoint", MAX_NOTE));
  const key = pinned ?? label;
  if (note === null || key === null) return null;
  const opened = await tally.collecting("checkpoint", () => openCheckpoint(note, key));
  if (opened === null) return null;
  tally.checked(CHECKPOINT);
  if (label !== null && !sameKey(label, key)) {
    tally.finding({ kind: "label", place: "log.vkey", expected: key.text, found: label.text });
  }
  return { ...opened, note, key, pinned: pinned !== null };
}

async function openSince(text, { key }) {
  try {
    return await openCheckpoint(utf8(text), key);
  } catch (error) {
    throw new Error(`Your older checkpoint: ${error.message}`);
  }
}

async function checkConsistency(source, head, old, tally) {
  const place = `checkpoint ${old.size} to ${head.size}`;
  if (source.kind === "incident" && old.size < head.size) {
    tally.gap("consistency", place, "the export of an incident holds no proof of it; compare with a ledger export");
    return;
  }
  await tally.collecting("consistency", async () => {
    if (old.size > head.size) throw new IntegrityError(`${place}, size`, `at least ${old.size} entries`, head.size);
    let root = head.root;
    if (old.size < head.size) {
      // From tiles that the new root vouches for, so nothing but that root has to be believed.
      const tiles = new Tiles(head.size, (tile) => source.read(tilePath(tile), 8192));
      await tiles.checkEdge(head.root);
      root = await rangeRoot(0, old.size, async (level, index) => {
        const row = Math.floor(level / 8);
        await tiles.trusted(row, Math.floor(index / 2 ** (8 - (level % 8))));
        return tiles.subtree(level, index);
      });
    }
    if (!equal(root, old.root)) {
      throw new IntegrityError(place, `root ${hex(old.root)} at size ${old.size}`, `root ${hex(root)}`);
    }
    tally.checked(CONSISTENCY, old.size);
  });
}

async function checkEntries(source, outcome, progress) {
  const { tally, head, kind } = outcome;
  const audit = new Audit(head.origin);
  const heads = kind === "incident" ? await Heads.of(source, tally) : null;
  const references = new References(kind);
  const proven = heads && new Proven(source, head, tally);
  const total = proven ? 0 : head.size;
  const batches = proven ? proven.entries() : included(source, head, tally);
  for (const step of [INCLUSION, ...AUDITED]) tally.expect(step, total);
  const linked = new Map();
  let done = 0;
  for await (const entries of batches) {
    for (const item of await audit.batch(entries)) gather(item, { tally, heads, references, linked });
    done += entries.length;
    await progress("entries", done, total);
  }
  if (proven) {
    for (const step of [INCLUSION, ...AUDITED]) tally.expect(step, proven.count);
    // Then there may be more entries than could be counted.
    if (!tally.isClean(INCLUSION)) AUDITED.forEach((step) => tally.cutShort(step));
  }
  await checkLogKey(head, audit, tally);
  outcome.complete = heads && (await heads.check());
  await references.check(source, tally, progress);
  outcome.sealed = heads && (await references.disclosures(source, tally));
  if (heads) findMissing(linked, audit, tally);
  outcome.streams = audit.streams.size;
  outcome.doubtful = doubtful(audit.keyring);
}

function gather(item, { tally, heads, references, linked }) {
  const { event, position, wrong } = item;
  // What one step refuses never reaches the next.
  const failed = wrong ? (STEP_OF[wrong.kind] ?? (wrong.kind === "source" ? EVENTS : CHAINS)) : null;
  for (const step of AUDITED) if (failed === null || step < failed) tally.checked(step);
  if (wrong) {
    tally.finding(wrong);
    if (event) linked.set(event.subject, null);
    return;
  }
  try {
    heads?.add(event, position, hex(item.leaf));
    references.add(event.data, position);
  } catch (error) {
    tally.note("fact", error);
    tally.checked(EVENTS, -1);
  }
  const { subject, type, data } = event;
  if (type !== "tallystick.signal-attached.v1" || !subject.startsWith("incident-")) return;
  if (!linked.has(subject)) linked.set(subject, new Map());
  linked.get(subject)?.set(data.alert, position);
}

// Whoever has the export of an incident has its alerts as well.
function findMissing(linked, audit, tally) {
  const alerts = [...linked.values()].flatMap((found) => [...(found ?? [])]);
  for (const [alert, position] of alerts.sort()) {
    if (audit.streams.has(alert)) continue;
    const reason = `not in the export; entry ${position} links it to the incident`;
    tally.gap("completeness", `stream ${alert}`, reason);
  }
}

// The log itself must name the key that signed its checkpoint as its log key at that size.
async function checkLogKey(head, audit, tally) {
  if (audit.keyring.position < 0) return;
  const keys = await logKeys(audit.keyring, head.size);
  if (keys.includes(head.key.text)) return;
  const expected = `a signature by ${keys.join(" or ")}`;
  tally.finding({ kind: "keyring", place: `checkpoint ${head.size}`, expected, found: head.key.text });
}

function report({ tally, kind, head, since = null, repacked, complete = null, sealed = null, streams = 0, doubtful = [] }) {
  return {
    verdict: verdictOf(tally, head),
    kind,
    origin: head?.origin ?? null,
    size: head?.size ?? null,
    root: head ? hex(head.root) : null,
    logKey: head?.key.text ?? null,
    pinned: head?.pinned ?? false,
    since: since?.size ?? null,
    entries: tally.count(INCLUSION),
    streams,
    complete,
    sealed,
    repacked,
    doubtful,
    steps: tally.steps,
    findings: tally.findings,
    gaps: tally.gaps,
  };
}
