// Who may sign what at which position: the fold of stream `keys` in the order of the log (docs/formats/keys.md).
//
// Each fact is signed by a recorder in force, authorised by a threshold of the root keys before it, and a new
// key shows that somebody holds it. No later fact changes the validity of an earlier entry.

import { IntegrityError, base64, concat, decodeBase64, hex, ofHex, utf8 } from "./bytes.js";
import { encode } from "./canonical.js";
import { keyid, sha256, verifySignature } from "./crypto.js";
import { checkOrigin, genesis } from "./event.js";
import { checkFact } from "./keyfacts.js";
import { parseCheckpoint, parseNote, parseVkey } from "./note.js";
import { checkPublicKey, parseSshKey, verifySsh } from "./sshsig.js";

export const EMPTY = { origin: "", position: -1, version: 0, threshold: 0, book: new Map() };

const KEYS_NAMESPACE = "tallystick/keys@v1";
const POSSESSION_NAMESPACE = "tallystick/possession@v1";

export async function fold(keyring, position, event, signedBy) {
  const place = `entry ${position} (${event.type})`;
  const name = checkFact(event, place);
  checkPosition(keyring, position, event, place);
  if (name === "ledger-opened") {
    const folded = await opened(event, place);
    valid(folded, signedBy, position);
    return folded;
  }
  valid(keyring, signedBy, position);
  return changed(keyring, position, name, event, place);
}

// The raw public key of the recorder that may sign entry `position` as `name`.
export function valid(keyring, name, position) {
  const entry = keyring.book.get(name);
  if (entry?.role === "recorder" && covers(entry, position)) return entry.publicKey;
  throw new IntegrityError(`entry ${position}`, "a recorder key in force", state(entry, name));
}

export const recorderKey = (keyring, name) => keyring.book.get(name)?.publicKey ?? null;

// The vkeys that may sign a checkpoint of `size` entries, all of them seen by the keyring.
export async function logKeys(keyring, size) {
  const keys = [...keyring.book.values()].filter((entry) => entry.role === "log" && covers(entry, size));
  return (await Promise.all(keys.map(({ publicKey }) => logVkey(keyring.origin, publicKey)))).sort();
}

export function doubtful({ book }) {
  return [...book]
    .filter(([, { until, suspectFrom }]) => until !== null && suspectFrom !== null && suspectFrom <= until)
    .map(([key, entry]) => ({ key, role: entry.role, first: entry.suspectFrom, last: entry.until }));
}

function covers({ since, until }, position) {
  return (since < position || (since === 0 && position === 0)) && (until === null || until >= position);
}

function checkPosition(keyring, position, event, place) {
  expect(`${place}, subject`, "keys", event.subject);
  expect(`${place}, streamversion`, keyring.version + 1, event.streamversion);
  if (keyring.version === 0) {
    expect(`${place}, type of the first fact`, "tallystick.ledger-opened.v1", event.type);
    expect(`${place}, index of the first fact`, 0, position);
    return;
  }
  expect(`${place}, source`, `//${keyring.origin}`, event.source);
  if (position <= keyring.position || event.type === "tallystick.ledger-opened.v1") {
    throw new IntegrityError(place, `a change of keys after entry ${keyring.position}`, `entry ${position}`);
  }
}

async function opened({ source, prevhash, data }, place) {
  checkOrigin(data.origin, `${place}, origin`);
  expect(`${place}, format`, 1, data.format);
  expect(`${place}, source`, `//${data.origin}`, source);
  expect(`${place}, prevhash`, await genesis(data.origin, "keys"), prevhash);
  if (data.successorof !== undefined) {
    const before = parseCheckpoint(parseNote(utf8(data.successorof.checkpoint)));
    if (before.origin === data.origin) {
      throw new IntegrityError(`${place}, successorof`, "a checkpoint of another origin", before.origin);
    }
  }
  checkList(data.logkeys, `${place}, logkeys`);
  const book = new Map();
  await enrol(book, { role: "recorder", publicKey: ofHex(data.recorderkey) }, 0, `${place}, recorderkey`);
  for (const vkey of data.logkeys) {
    const publicKey = await ofLogVkey(vkey, data.origin, place);
    await enrol(book, { role: "log", publicKey }, 0, `${place}, logkeys`);
  }
  for (const publicKey of (await rootKeys(data, place)).values()) {
    await enrol(book, { role: "root", publicKey }, 0, `${place}, rootkeys`);
  }
  return { origin: data.origin, position: 0, version: 1, threshold: data.threshold, book };
}

async function changed(keyring, position, name, event, place) {
  const { rootsignatures = [], possession, ...data } = event.data;
  const digest = hex(await sha256(utf8(encode(data))));
  const statement = utf8(
    `tallystick/keys/v1\norigin ${keyring.origin}\ntype ${event.type}\nafter ${event.prevhash}\ndata ${digest}\n`,
  );
  const roots = current(keyring.book, "root");
  await verifyEach(statement, rootsignatures, roots, KEYS_NAMESPACE, `${place}, rootsignatures`);
  if (rootsignatures.length < keyring.threshold) {
    const expected = `at least ${keyring.threshold} root keys`;
    throw new IntegrityError(`${place}, rootsignatures`, expected, rootsignatures.length);
  }
  const book = new Map([...keyring.book].map(([key, entry]) => [key, { ...entry }]));
  const shown = concat(utf8("tallystick/possession/v1\n"), statement);
  const change = { origin: keyring.origin, position, data, possession, shown, place };
  if (name === "root-changed") await changeRoots(book, change);
  else await changeOne(book, name, change);
  const threshold = name === "root-changed" ? data.threshold : keyring.threshold;
  return { ...keyring, position, version: event.streamversion, threshold, book };
}

async function changeOne(book, name, { origin, position, data, possession, shown, place }) {
  const [kind, verb] = name.split("-");
  const role = { recorder: "recorder", logkey: "log", actor: "actor" }[kind];
  const owner = { role, publicKey: await keyOf(role, data, origin, place), principal: data.principal ?? "" };
  if (verb === "enrolled" || verb === "added") {
    await checkPossession(owner, possession ?? "", shown, `${place}, possession`);
    await enrol(book, owner, position, place);
    return;
  }
  const entry = await enrolled(book, owner, place);
  if (verb === "compromised") suspect(entry, data.suspect_from, position, place);
  else end(entry, position, place);
  // Without a recorder nothing more can be recorded, not even a new one; without a log key nothing signed.
  if (role !== "actor" && current(book, role).size === 0) {
    throw new IntegrityError(place, `another ${role} key before the last one ends`, "none");
  }
}

async function changeRoots(book, { position, data, possession = [], shown, place }) {
  const before = current(book, "root");
  const after = await rootKeys(data, place);
  const added = new Map([...after].filter(([key]) => !before.has(key)));
  const names = possession.map(({ key }) => key);
  if (new Set(names).size !== added.size || names.some((key) => !added.has(key))) {
    const expected = `one by each new key ${[...added.keys()].sort()}`;
    throw new IntegrityError(`${place}, possession`, expected, names.join(", "));
  }
  await verifyEach(shown, possession, added, POSSESSION_NAMESPACE, `${place}, possession`);
  for (const publicKey of added.values()) await enrol(book, { role: "root", publicKey }, position, place);
  for (const key of before.keys()) if (!after.has(key)) end(book.get(key), position, place);
}

async function checkPossession({ role, publicKey }, proof, shown, place) {
  if (role === "actor") return verifySsh(shown, POSSESSION_NAMESPACE, proof, publicKey, place);
  return verifySignature(publicKey, shown, decodeBase64(proof, place), place);
}

async function keyOf(role, data, origin, place) {
  if (role === "recorder") return ofHex(data.key);
  return role === "log" ? ofLogVkey(data.vkey, origin, place) : parseSshKey(data.key, place);
}

async function rootKeys({ rootkeys, threshold }, place) {
  checkList(rootkeys, `${place}, rootkeys`);
  if (threshold > rootkeys.length) {
    throw new IntegrityError(`${place}, threshold`, `at most ${rootkeys.length}`, threshold);
  }
  const keys = rootkeys.map((line) => parseSshKey(line, `${place}, rootkeys`));
  return new Map(await Promise.all(keys.map(async (key) => [await keyid(key), key])));
}

async function ofLogVkey(text, origin, place) {
  const vkey = await parseVkey(text);
  if (vkey.name !== origin || vkey.type !== 1) {
    throw new IntegrityError(`${place}, verifier key`, `an Ed25519 key named ${origin}`, text);
  }
  return vkey.publicKey;
}

async function logVkey(origin, publicKey) {
  const key = concat(new Uint8Array([1]), publicKey);
  const id = (await sha256(concat(utf8(`${origin}\n`), key))).subarray(0, 4);
  return `${origin}+${hex(id)}+${base64(key)}`;
}

async function verifyEach(text, signatures, keys, namespace, place) {
  const names = signatures.map(({ key }) => key);
  if (names.some((name, i) => i > 0 && !(names[i - 1] < name))) {
    throw new IntegrityError(place, "distinct keys in ascending order", names.join(", "));
  }
  for (const { key, signature } of signatures) {
    if (!keys.has(key)) throw new IntegrityError(place, `one of the keys ${[...keys.keys()].sort()}`, key);
    await verifySsh(text, namespace, signature, keys.get(key), `${place} by ${key}`);
  }
}

const current = (book, role) =>
  new Map(
    [...book].filter(([, e]) => e.role === role && e.until === null).map(([key, e]) => [key, e.publicKey]),
  );

async function enrol(book, { role, publicKey, principal = "" }, since, place) {
  checkPublicKey(publicKey, place);
  const name = await keyid(publicKey);
  if (book.has(name)) {
    throw new IntegrityError(place, "a key never enrolled before", state(book.get(name), name));
  }
  book.set(name, { role, publicKey, principal, since, until: null, suspectFrom: null });
}

async function enrolled(book, { role, publicKey, principal }, place) {
  const name = await keyid(publicKey);
  const entry = book.get(name);
  if (entry?.role === role && entry.principal === principal) return entry;
  throw new IntegrityError(place, `an enrolled ${role} key${principal ? ` of ${principal}` : ""}`, name);
}

function end(entry, position, place) {
  if (entry.until !== null) {
    throw new IntegrityError(place, `${entry.role} key in force`, `it ended at entry ${entry.until}`);
  }
  entry.until = position;
}

// A key may be found out after it retired, and doubt may later reach further back, never less far.
function suspect(entry, first, position, place) {
  const latest = entry.suspectFrom === null ? position : entry.suspectFrom - 1;
  if (first < entry.since || first > latest) {
    throw new IntegrityError(`${place}, suspect_from`, `${entry.since} to ${latest}`, first);
  }
  Object.assign(entry, { until: entry.until ?? position, suspectFrom: first });
}

function checkList(lines, place) {
  if (lines.some((line, i) => i > 0 && !(lines[i - 1] < line))) {
    throw new IntegrityError(place, "distinct keys in ascending order", `${lines.length} keys in another`);
  }
}

function state(entry, name) {
  if (entry === undefined) return `${name}, never enrolled`;
  const ended = entry.until === null ? "" : `, ended at entry ${entry.until}`;
  return `${name}, ${entry.role} key since entry ${entry.since}${ended}`;
}

function expect(place, expected, found) {
  if (expected !== found) throw new IntegrityError(place, expected, found);
}
