// What the browser itself computes, by WebCrypto: SHA-256, SHA-512 and Ed25519. Nothing is reimplemented here.

import { IntegrityError, Unable, equal, hex, ofHex } from "./bytes.js";

const subtle = globalThis.crypto?.subtle;

export async function sha256(bytes) {
  return new Uint8Array(await subtle.digest("SHA-256", bytes));
}

export async function sha512(bytes) {
  return new Uint8Array(await subtle.digest("SHA-512", bytes));
}

// A key's name: the hexadecimal SHA-256 of its 32 raw bytes.
export const keyid = async (publicKey) => hex(await sha256(publicKey));

const imported = new Map();

async function verifying(publicKey) {
  const name = hex(publicKey);
  if (!imported.has(name)) {
    imported.set(name, await subtle.importKey("raw", publicKey, "Ed25519", false, ["verify"]));
  }
  return imported.get(name);
}

// RFC 8032, pure Ed25519.
export async function holds(publicKey, message, signature) {
  if (signature.length !== 64) return false;
  try {
    return await subtle.verify("Ed25519", await verifying(publicKey), signature, message);
  } catch (error) {
    if (error instanceof DOMException && error.name !== "NotSupportedError") return false; // no key at all
    throw error;
  }
}

export async function verifySignature(publicKey, message, signature, place) {
  if (await holds(publicKey, message, signature)) return;
  const expected = `an Ed25519 signature by key ${await keyid(publicKey)}`;
  throw new IntegrityError(place, expected, "one that does not verify");
}

// The first test of RFC 8032, section 7.1, and its signature with one bit changed.
const KEY = ofHex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
const SIGNATURE = ofHex(
  "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
);
const EMPTY = ofHex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");

// Returns when this browser can verify, tried with known answers; throws `Unable` with what to do otherwise.
export async function check() {
  const place = "this browser";
  if (!subtle) {
    const why = globalThis.isSecureContext
      ? "it has no WebCrypto"
      : "WebCrypto is only there for pages loaded over https, or from this machine (127.0.0.1)";
    throw new Unable(place, `${why}. Use tallystick verify instead`);
  }
  const none = new Uint8Array(0);
  if (!equal(await sha256(none), EMPTY)) throw new Unable(place, "its SHA-256 gives a wrong answer");
  let right = false;
  let wrong = true;
  try {
    const key = await subtle.importKey("raw", KEY, "Ed25519", false, ["verify"]);
    right = await subtle.verify("Ed25519", key, SIGNATURE, none);
    wrong = await subtle.verify("Ed25519", key, SIGNATURE.map((byte, i) => (i ? byte : byte ^ 1)), none);
  } catch {
    const which = "Chromium 137, Firefox 129 and Safari 17, and newer ones, have it";
    throw new Unable(place, `its WebCrypto has no Ed25519 (${which}). Use tallystick verify instead`);
  }
  if (!right || wrong) throw new Unable(place, "its Ed25519 gives a wrong answer");
}
