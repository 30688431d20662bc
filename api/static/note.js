// Signed notes, verifier keys and checkpoints (c2sp.org/signed-note, tlog-checkpoint; docs/formats/checkpoint.md).

import {
  IntegrityError, concat, decodeBase64, decodeHash, decodeUtf8, equal, hex, parseDecimal, shown, utf8,
} from "./bytes.js";
import { sha256, verifySignature } from "./crypto.js";
import { checkOrigin } from "./event.js";

export const MAX_NOTE = 1_000_000;

const ED25519 = 0x01;
const SIZES = new Map([[ED25519, 32], [0x04, 32], [0x06, 1312]]);
const EMPTY_ROOT = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const FORBIDDEN = /[\u0000-\u0009\u000b-\u001f]/;

// A verifier key: `name+hex(key id)+base64(type || public key)`; the key id must follow from the rest.
export async function parseVkey(text) {
  const place = "verifier key";
  const [name, id, ...rest] = text.split("+");
  if (!/^[0-9a-f]{8}$/.test(id ?? "")) {
    throw new IntegrityError(place, "name+8 hexadecimal digits+base64", shown(text));
  }
  const key = decodeBase64(rest.join("+"), place);
  checkName(name, place);
  if (key.length === 0 || key.length - 1 !== SIZES.get(key[0])) {
    const expected = "a key of type 0x01, 0x04 or 0x06";
    throw new IntegrityError(`${place} ${shown(name)}`, expected, `${key.length} bytes`);
  }
  const expected = hex((await sha256(concat(utf8(`${name}\n`), key))).subarray(0, 4));
  if (expected !== id) throw new IntegrityError(`${place} ${shown(name)}`, `key id ${expected}`, id);
  return { text, name, id, type: key[0], publicKey: key.subarray(1) };
}

export function parseNote(bytes, place = "note") {
  if (bytes.length > MAX_NOTE) throw new IntegrityError(place, `at most ${MAX_NOTE} bytes`, bytes.length);
  const whole = decodeUtf8(bytes, place);
  if (FORBIDDEN.test(whole)) throw new IntegrityError(place, "no control characters but newlines", "one");
  const divided = whole.lastIndexOf("\n\n");
  if (divided < 0 || !whole.endsWith("\n") || divided + 2 === whole.length) {
    throw new IntegrityError(place, "text, an empty line and signature lines", shown(whole.slice(-40)));
  }
  const lines = whole.slice(divided + 2, -1).split("\n");
  if (lines.length > 100) throw new IntegrityError(place, "at most 100 signatures", lines.length);
  return { text: whole.slice(0, divided + 1), signatures: lines.map((line) => signatureLine(line, place)) };
}

// Lines by other keys are ignored; one line by this key that does not verify condemns the note.
export async function verifyNote(note, vkey) {
  if (vkey.type !== ED25519) {
    throw new IntegrityError(`verifier key ${shown(vkey.name)}`, "type 0x01", `type 0x0${vkey.type}`);
  }
  const ours = note.signatures.filter(({ name, id }) => name === vkey.name && id === vkey.id);
  if (ours.length === 0) {
    const others = note.signatures.slice(0, 3).map(({ name, id }) => `${shown(name)} with key id ${id}`);
    const expected = `a signature by ${shown(vkey.name)} with key id ${vkey.id}`;
    throw new IntegrityError("note", expected, `those by ${others.join(", ")}`);
  }
  const place = `note, signature by ${shown(vkey.name)}`;
  for (const { signature } of ours) {
    await verifySignature(vkey.publicKey, utf8(note.text), signature, place);
  }
}

// Returns what a note claims to be; nothing is verified.
export function parseCheckpoint({ text }, place = "checkpoint") {
  const lines = text.split("\n");
  if (lines.length !== 4 || lines[3]) {
    throw new IntegrityError(place, "exactly the lines origin, size and root", `${lines.length - 1} lines`);
  }
  const checkpoint = {
    origin: checkOrigin(lines[0], `${place}, origin`),
    size: parseDecimal(lines[1], `${place}, size`),
    root: decodeHash(lines[2], `${place}, root`),
  };
  if (checkpoint.size === 0 && hex(checkpoint.root) !== EMPTY_ROOT) {
    throw new IntegrityError(`${place}, root`, `the empty tree's ${EMPTY_ROOT}`, hex(checkpoint.root));
  }
  return checkpoint;
}

export async function openCheckpoint(bytes, vkey) {
  const note = parseNote(bytes, "checkpoint");
  await verifyNote(note, vkey);
  const checkpoint = parseCheckpoint(note);
  if (checkpoint.origin !== vkey.name) {
    throw new IntegrityError("checkpoint, origin", vkey.name, checkpoint.origin);
  }
  return checkpoint;
}

export const sameKey = (one, other) => one.text === other.text && equal(one.publicKey, other.publicKey);

function signatureLine(line, place) {
  const [dash, name, ...rest] = line.split(" ");
  if (dash !== "—") throw new IntegrityError(place, "a signature line: — name base64", shown(line));
  checkName(name ?? "", place);
  const data = decodeBase64(rest.join(" "), `${place}, signature by ${shown(name)}`);
  if (data.length < 5) {
    throw new IntegrityError(`${place}, signature by ${shown(name)}`, "a key id and a signature", "less");
  }
  return { name, id: hex(data.subarray(0, 4)), signature: data.subarray(4) };
}

function checkName(name, place) {
  if (!name || !name.isWellFormed() || /[+\p{White_Space}\u0000-\u001f]/u.test(name)) {
    throw new IntegrityError(place, "a key name without white space or +", shown(name));
  }
}
