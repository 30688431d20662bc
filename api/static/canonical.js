// Canonical JSON (docs/formats/canonical-json.md): a value has one spelling, and any other is refused.
//
// What JSON.parse would let pass (white space, members twice, other escapes, 1.0) does not survive being
// spelled again and compared.

import { IntegrityError, decodeUtf8, shown } from "./bytes.js";

const MAX_DEPTH = 64;
const KEY = /^[a-z0-9_]+$/;

export function encode(value, place = "value") {
  return spelled(value, place, 0);
}

export function decode(bytes, place) {
  const text = decodeUtf8(bytes, place);
  let value;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new IntegrityError(place, "canonical JSON", error.message);
  }
  const again = spelled(value, place, 0);
  if (again !== text) throw new IntegrityError(place, "canonical JSON", difference(again, text));
  return value;
}

export const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

// Whether an object has exactly these members.
export const has = (value, ...names) =>
  isObject(value) &&
  Object.keys(value).length === names.length &&
  names.every((name) => Object.hasOwn(value, name));

function spelled(value, place, depth) {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return text(value, place);
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw new IntegrityError(place, "an integer within 2^53", value);
    return String(value);
  }
  if (depth === MAX_DEPTH) throw new IntegrityError(place.slice(0, 80), `at most ${MAX_DEPTH} levels`, "more");
  if (Array.isArray(value)) {
    return `[${value.map((item, i) => spelled(item, `${place}[${i}]`, depth + 1)).join(",")}]`;
  }
  const members = Object.keys(value).sort();
  const parts = members.map((name) => {
    if (!KEY.test(name)) throw new IntegrityError(place, "keys of a-z, 0-9 and _", shown(name));
    return `"${name}":${spelled(value[name], `${place}.${name}`, depth + 1)}`;
  });
  return `{${parts.join(",")}}`;
}

// JSON.stringify escapes as we do, but for surrogates that stand alone, which are no text.
function text(value, place) {
  if (!value.isWellFormed()) throw new IntegrityError(place, "text in valid Unicode", "a lone surrogate");
  return JSON.stringify(value);
}

function difference(expected, found) {
  let at = 0;
  while (at < expected.length && expected[at] === found[at]) at += 1;
  return `${shown(found.slice(at, at + 20))} at character ${at}`;
}
