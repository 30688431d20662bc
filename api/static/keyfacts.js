// The facts of stream `keys` (docs/formats/keys.md), read strictly: one that is not understood may change who
// was allowed to sign, so it is refused, never skipped.

import { IntegrityError, isHash, shown } from "./bytes.js";
import { has } from "./canonical.js";

const text = (value) => typeof value === "string";
const principal = (value) => text(value) && /^p-[a-z0-9-]+$/.test(value);
const position = (value) => Number.isInteger(value) && value >= 0;
const threshold = (value) => Number.isInteger(value) && value >= 1;
const integer = (value) => Number.isInteger(value);
const keys = (value) => Array.isArray(value) && value.length >= 1 && value.length <= 64 && value.every(text);
const signature = (value) => has(value, "key", "signature") && isHash(value.key) && text(value.signature);
// Fields that say nothing are absent, so that a fact has one spelling.
const signatures = (value) => Array.isArray(value) && value.length > 0 && value.every(signature);
const said = (value) => text(value) && value !== "";
const successor = (value) => has(value, "checkpoint") && text(value.checkpoint);

const optional = (check) => (value) => value === undefined || check(value);
const authorised = { rootsignatures: optional(signatures) };
const possession = optional(said);

const FIELDS = new Map(
  Object.entries({
    "ledger-opened": {
      origin: text, format: integer, logkeys: keys, recorderkey: isHash, rootkeys: keys, threshold,
      successorof: optional(successor),
    },
    "recorder-enrolled": { key: isHash, possession, ...authorised },
    "recorder-retired": { key: isHash, ...authorised },
    "recorder-compromised": { key: isHash, suspect_from: position, ...authorised },
    "logkey-added": { vkey: text, possession, ...authorised },
    "logkey-retired": { vkey: text, ...authorised },
    "actor-enrolled": { principal, key: text, possession, ...authorised },
    "actor-retired": { principal, key: text, ...authorised },
    "actor-compromised": { principal, key: text, suspect_from: position, ...authorised },
    "root-changed": { rootkeys: keys, threshold, possession: optional(signatures), ...authorised },
  }),
);

// Returns the short name of a key fact whose data is in its one form.
export function checkFact({ type, data }, place) {
  const name = /^tallystick\.([a-z-]+)\.v1$/.exec(type)?.[1];
  const fields = FIELDS.get(name);
  if (fields === undefined) {
    throw new IntegrityError(place, "a type of stream keys that this program knows", shown(type));
  }
  const surplus = Object.keys(data).find((field) => !Object.hasOwn(fields, field));
  const wrong = Object.keys(fields).find((field) => !fields[field](data[field]));
  if (surplus !== undefined || wrong !== undefined) {
    throw new IntegrityError(place, `data of ${type}`, `another field ${surplus ?? wrong}`);
  }
  return name;
}
