// The verification of one fact against a checkpoint and a key that the visitor brings: nothing that this
// service says is believed. Entries, proofs and tiles are fetched as the log serves them to everybody.

import { IntegrityError, Unable, equal, hex, latin1, utf8 } from "./bytes.js";
import { Audit, checkLink } from "./audit.js";
import { encode } from "./canonical.js";
import { check, verifySignature } from "./crypto.js";
import { PAYLOAD_TYPE, pae, parseEnvelope } from "./envelope.js";
import { genesis, parseEvent } from "./event.js";
import { logKeys, valid } from "./keyring.js";
import { inclusionPath, leafHash, parseProof, verifyInclusion } from "./merkle.js";
import { openCheckpoint, parseCheckpoint, parseNote, parseVkey } from "./note.js";
import { Tiles, WIDTH, bundleOf, decodeBundle, tilePath } from "./tiles.js";

// The log as one tree of the size that the visitor's checkpoint has; `fetched(path)` gives bytes below /log/.
class Tree {
  constructor(checkpoint, fetched) {
    Object.assign(this, { checkpoint, fetched, bundles: new Map() });
    this.tiles = new Tiles(checkpoint.size, (tile) => fetched(tilePath(tile)));
  }

  // Returns the entry at `position`, which is proven to be there, its leaf and its path: the one that the
  // service gives, or, with `tiles`, one that is made here.
  async entry(position, tiles = false) {
    const { size, root } = this.checkpoint;
    if (position >= size) {
      throw new IntegrityError("checkpoint, size", `more than ${position} entries`, `${size}: it is older`);
    }
    const data = await this.bytes(position);
    const [leaf, path] = await Promise.all([leafHash(data), tiles ? this.made(position) : this.path(position)]);
    await verifyInclusion(leaf, position, size, path, root, `entry ${position}`);
    return { position, data, leaf, path };
  }

  async bytes(position) {
    const place = tilePath(bundleOf(position, this.checkpoint.size));
    if (!this.bundles.has(place)) this.bundles.set(place, this.fetched(place));
    const data = decodeBundle(await this.bundles.get(place), place)[position % WIDTH];
    if (data === undefined) throw new IntegrityError(place, `entry ${position}`, "none");
    return data;
  }

  // A path made of the public hash tiles.
  made(position) {
    return inclusionPath(position, this.checkpoint.size, (...at) => this.tiles.subtree(...at));
  }

  // The path that the service gives, if it is for this size.
  async path(position) {
    const { size, root } = this.checkpoint;
    const place = `proof/${position}`;
    const proof = parseProof(await this.fetched(place), place);
    if (proof.index !== position) throw new IntegrityError(`${place}, index`, position, proof.index);
    const theirs = parseCheckpoint(parseNote(proof.checkpoint), `${place}, checkpoint`);
    if (theirs.size !== size) return this.made(position);
    if (!equal(theirs.root, root)) {
      throw new IntegrityError(`${place}, root at size ${size}`, hex(root), `${hex(theirs.root)}: two trees`);
    }
    return proof.path;
  }
}

// Runs every step and hands each outcome to `said`: {title, state, detail | place, expected, found}. What a
// step refuses no later one builds on. `page` is what the page claims: position, keys, attributes, data, path.
export async function verifyFact(page, { vkey, checkpoint }, fetched, said) {
  const known = {};
  let going = true;
  const step = async (title, work) => {
    if (!going) return said({ title, state: "not checked", detail: "A step before it did not pass." });
    try {
      said({ title, state: "passed", detail: await work() });
    } catch (error) {
      going = false;
      said({ title, ...refusal(error) });
    }
  };
  const place = `entry ${page.position}`;

  await step("This browser can verify", async () => {
    await check();
    return "SHA-256 and Ed25519 of WebCrypto give the published answers.";
  });
  await step("Your checkpoint is signed by your key", async () => {
    known.vkey = await parseVkey(vkey);
    known.checkpoint = await openCheckpoint(utf8(checkpoint), known.vkey);
    const { origin, size } = known.checkpoint;
    return `${origin}, ${size} entries.`;
  });
  await step("The entry is in the tree of your checkpoint", async () => {
    known.tree = new Tree(known.checkpoint, fetched);
    known.entry = await known.tree.entry(page.position);
    return `Leaf ${hex(known.entry.leaf)} at index ${page.position}, by ${known.entry.path.length} hashes.`;
  });
  await step("The entry is in its one spelling", async () => {
    known.envelope = parseEnvelope(known.entry.data, place);
    known.event = parseEvent(known.envelope.payload, place);
    const source = `//${known.checkpoint.origin}`;
    if (known.event.source !== source) {
      throw new IntegrityError(`${place}, source`, source, known.event.source);
    }
    return `${known.entry.data.length} bytes: DSSE, canonical JSON, an event of this ledger.`;
  });
  await step("This page shows what the entry says", async () => comparePage(page, known));
  await step("The keys of the log, from its own facts", async () => {
    known.keyring = await keyring(page, known);
    const keys = await logKeys(known.keyring, known.checkpoint.size);
    if (!keys.includes(known.vkey.text)) {
      throw new IntegrityError("log key", `a key that the log names: ${keys.join(", ")}`, known.vkey.text);
    }
    const facts = known.count === 1 ? "1 fact of stream keys" : `${known.count} facts of stream keys`;
    return `${facts}, in the tree, signed, and after the first authorised by root keys. Your key is named.`;
  });
  await step("The entry is signed by a recorder in force", async () => {
    const { envelope } = known;
    const key = valid(known.keyring, envelope.keyid, page.position);
    await verifySignature(key, pae(PAYLOAD_TYPE, envelope.payload), envelope.signature, `${place}, signature`);
    return `Key ${envelope.keyid}.`;
  });
  await step("It follows the entry before it in its stream", async () => link(page, known, place));
  return known;
}

function refusal(error) {
  if (error instanceof IntegrityError) {
    const { place, expected, found } = error;
    return { state: "failed", place, expected, found };
  }
  if (error instanceof Unable) return { state: "not checked", detail: error.message };
  throw error;
}

// What people read here must be what was verified, whatever the service drew.
function comparePage({ attributes, data, path, size, keyid, signature }, { event, entry, envelope, checkpoint }) {
  const { data: verified, ...rest } = event;
  const expected = new Map(Object.entries(rest).map(([name, value]) => [name, String(value)]));
  for (const name of new Set([...expected.keys(), ...attributes.keys()])) {
    if (expected.get(name) === attributes.get(name)) continue;
    throw new IntegrityError(`this page, ${name}`, expected.get(name) ?? "none", attributes.get(name) ?? "none");
  }
  const [said, holds] = [encode(JSON.parse(data)), encode(verified)];
  if (said !== holds) throw new IntegrityError("this page, data", holds, said);
  if (keyid !== envelope.keyid) throw new IntegrityError("this page, keyid", envelope.keyid, keyid);
  if (signature !== btoa(latin1(envelope.signature))) {
    throw new IntegrityError("this page, signature", btoa(latin1(envelope.signature)), signature);
  }
  const drawn = path.join(" ");
  const used = entry.path.map(hex).join(" ");
  if (size === checkpoint.size && drawn !== used) throw new IntegrityError("this page, path", used, drawn);
  return size === checkpoint.size
    ? "Every attribute, the data and the path."
    : `Every attribute and the data. The path drawn here is for ${size} entries; yours has ${checkpoint.size}.`;
}

// Folds the facts of stream `keys`: each proven, chained to the one before it, signed and authorised.
async function keyring({ keys }, known) {
  const positions = keys.filter((position) => position < known.checkpoint.size);
  const entries = await Promise.all(positions.map((position) => known.tree.entry(position, true)));
  const audit = new Audit(known.checkpoint.origin);
  for (const { wrong } of await audit.batch(entries)) {
    if (wrong) throw new IntegrityError(wrong.place, wrong.expected, wrong.found);
  }
  known.count = entries.length;
  return audit.keyring;
}

async function link({ previous }, { event, tree }, place) {
  const { subject, streamversion } = event;
  if (streamversion === 1) {
    const leaf = await genesis(tree.checkpoint.origin, subject);
    checkLink(event, { version: 0, leaf }, place);
    return `It is the first of ${subject}: prevhash binds it to this log and to that name.`;
  }
  if (previous === null) throw new IntegrityError(place, `version ${streamversion - 1} of ${subject}`, "none named");
  const { data, leaf } = await tree.entry(previous);
  const before = parseEvent(parseEnvelope(data, `entry ${previous}`).payload, `entry ${previous}`);
  if (before.subject !== subject) {
    throw new IntegrityError(`entry ${previous}, subject`, subject, before.subject);
  }
  checkLink(event, { version: before.streamversion, leaf: hex(leaf) }, place);
  return `prevhash is the leaf hash of entry ${previous}, version ${before.streamversion}, which is in the tree too.`;
}
