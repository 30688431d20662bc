// Bytes and the one spelling that each has as text; whatever has two spellings is refused.

// What is not as it must be: where, what was expected, what was found.
export class IntegrityError extends Error {
  constructor(place, expected, found) {
    super(`${place}: expected ${expected}, found ${found}`);
    Object.assign(this, { place, expected: String(expected), found: String(found) });
  }
}

// What this page cannot look at: not a fault of the evidence.
export class Unable extends Error {
  constructor(place, reason) {
    super(`${place}: ${reason}`);
    Object.assign(this, { place, reason });
  }
}

const ENCODER = new TextEncoder();
const STRICT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export const utf8 = (text) => ENCODER.encode(text);

export function decodeUtf8(bytes, place) {
  try {
    return STRICT.decode(bytes);
  } catch {
    throw new IntegrityError(place, "UTF-8", "other bytes");
  }
}

// One character a byte, whatever the bytes: for what must be ASCII anyway.
export function latin1(bytes) {
  let text = "";
  for (let start = 0; start < bytes.length; start += 8192) {
    text += String.fromCharCode.apply(null, bytes.subarray(start, start + 8192));
  }
  return text;
}

export function ofLatin1(text) {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
  return bytes;
}

export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function equal(one, other) {
  return one.length === other.length && one.every((byte, i) => byte === other[i]);
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

export function hex(bytes) {
  let text = "";
  for (const byte of bytes) text += HEX[byte];
  return text;
}

export function ofHex(text) {
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

export const isHash = (text) => typeof text === "string" && /^[0-9a-f]{64}$/.test(text);

export const base64 = (bytes) => btoa(latin1(bytes));

// RFC 4648 section 4, padded, unused bits zero.
export function decodeBase64(text, place) {
  if (!BASE64.test(text)) throw new IntegrityError(place, "standard base64", shown(text));
  const raw = atob(text);
  if (btoa(raw.slice(raw.length - (raw.length % 3 || 3))) !== text.slice(-4)) {
    throw new IntegrityError(place, "base64 with zero trailing bits and padding", shown(text));
  }
  return ofLatin1(raw);
}

export function decodeHash(text, place) {
  const bytes = decodeBase64(text, place);
  if (bytes.length !== 32) throw new IntegrityError(place, "32 bytes of base64", `${bytes.length} bytes`);
  return bytes;
}

// The formats go up to 2^63 - 1, a number of JavaScript to 2^53 - 1: larger ones are right, but not for here.
export function parseDecimal(text, place) {
  if (!/^(?:0|[1-9][0-9]{0,18})$/.test(text) || BigInt(text) >= 2n ** 63n) {
    throw new IntegrityError(place, "a decimal number up to 2^63 - 1 without leading zeros", shown(text));
  }
  if (!Number.isSafeInteger(Number(text))) {
    throw new Unable(place, `${text}: a browser counts to 2^53 - 1; use tallystick verify`);
  }
  return Number(text);
}

// A value as a message may quote it: escaped, and cut.
export function shown(value, limit = 80) {
  const text = value instanceof Uint8Array ? latin1(value.subarray(0, limit + 1)) : String(value);
  const safe = text
    .slice(0, limit)
    .replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return `'${safe.slice(0, limit)}'${text.length > limit ? "…" : ""}`;
}
