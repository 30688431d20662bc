// OpenSSH keys and signatures over Ed25519 (PROTOCOL.sshsig; docs/formats/sshsig-statements.md), one spelling
// each; and which 32 bytes are a public key that can bind somebody (docs/formats/keys.md).

import { IntegrityError, base64, concat, decodeBase64, equal, hex, latin1, shown, utf8 } from "./bytes.js";
import { sha512, verifySignature } from "./crypto.js";

const ALGORITHM = utf8("ssh-ed25519");
const MAGIC = concat(utf8("SSHSIG"), new Uint8Array([0, 0, 0, 1]));
const BEGIN = "-----BEGIN SSH SIGNATURE-----\n";
const END = "-----END SSH SIGNATURE-----\n";

const P = 2n ** 255n - 19n;
const D = ((P - 121665n) * power(121666n, P - 2n)) % P;
const ORDER_8 = 2707385501144840649318225287225658788936804267575313519463743609750303402022n;
const SMALL_ORDER = [0n, 1n, P - 1n, ORDER_8, P - ORDER_8];

// Refused are points off the curve, second spellings of a point, and the points of small order.
export function checkPublicKey(key, place) {
  const y = BigInt(`0x0${hex(key.toReversed())}`) & (2n ** 255n - 1n);
  if (key.length !== 32 || y >= P || SMALL_ORDER.includes(y) || !onCurve(y)) {
    throw new IntegrityError(place, "an Ed25519 public key of 32 bytes", hex(key.subarray(0, 64)));
  }
}

// x² = (y² − 1) / (d·y² + 1) has a root iff Euler's criterion gives 1.
function onCurve(y) {
  const square = ((y * y - 1n + P) * power((D * y * y + 1n) % P, P - 2n)) % P;
  return power(square, (P - 1n) / 2n) === 1n;
}

function power(base, exponent) {
  let result = 1n;
  for (let square = base; exponent > 0n; exponent >>= 1n, square = (square * square) % P) {
    if (exponent & 1n) result = (result * square) % P;
  }
  return result;
}

// The raw key of an `ssh-ed25519` line without a comment.
export function parseSshKey(line, place) {
  const found = /^ssh-ed25519 ([A-Za-z0-9+/]{68})$/.exec(line);
  if (found === null) {
    throw new IntegrityError(place, "ssh-ed25519 and 68 characters of base64, no comment", shown(line));
  }
  return parseKeyBlob(decodeBase64(found[1], place), place);
}

export const sshKey = (publicKey) => `ssh-ed25519 ${base64(pack(ALGORITHM, publicKey))}`;

// Throws where `armored` is no signature of `message` by `publicKey` for `namespace`.
export async function verifySsh(message, namespace, armored, publicKey, place) {
  const found = parse(armored, place);
  if (found.namespace !== namespace) {
    throw new IntegrityError(place, `a signature for namespace ${namespace}`, `for ${shown(found.namespace)}`);
  }
  if (!equal(found.publicKey, publicKey)) {
    throw new IntegrityError(place, `a signature by ${sshKey(publicKey)}`, `by ${sshKey(found.publicKey)}`);
  }
  const digest = await sha512(message);
  const signed = concat(utf8("SSHSIG"), pack(utf8(namespace), new Uint8Array(0), utf8("sha512"), digest));
  await verifySignature(publicKey, signed, found.signature, place);
}

function parse(armored, place) {
  if (!armored.startsWith(BEGIN) || !armored.endsWith(END)) {
    throw new IntegrityError(place, "an armored SSH signature", shown(armored));
  }
  const body = armored.slice(BEGIN.length, -END.length).replaceAll("\n", "");
  const blob = decodeBase64(body, place);
  if (!equal(blob.subarray(0, MAGIC.length), MAGIC)) {
    throw new IntegrityError(place, "an SSH signature of version 1", shown(blob.subarray(0, 10)));
  }
  const [key, namespace, , , signature] = unpack(blob.subarray(MAGIC.length), 5, place);
  const [algorithm, raw] = unpack(signature, 2, place);
  if (!equal(algorithm, ALGORITHM) || raw.length !== 64) {
    throw new IntegrityError(place, "an ssh-ed25519 signature of 64 bytes", shown(algorithm));
  }
  const found = { publicKey: parseKeyBlob(key, place), namespace: latin1(namespace), signature: raw };
  if (spelled(found) !== armored) {
    const expected = "hash sha512, nothing reserved and lines of 70 characters";
    throw new IntegrityError(place, expected, "another hash, reserved bytes or another layout");
  }
  return found;
}

function spelled({ publicKey, namespace, signature }) {
  const key = pack(ALGORITHM, publicKey);
  const head = pack(key, utf8(namespace), new Uint8Array(0), utf8("sha512"));
  const text = base64(concat(MAGIC, head, pack(pack(ALGORITHM, signature))));
  return `${BEGIN}${text.replace(/.{1,70}/g, "$&\n")}${END}`;
}

function parseKeyBlob(blob, place) {
  const [algorithm, publicKey] = unpack(blob, 2, place);
  if (!equal(algorithm, ALGORITHM)) throw new IntegrityError(place, "an ssh-ed25519 key", shown(algorithm));
  checkPublicKey(publicKey, place);
  return publicKey;
}

// Strings of the SSH wire format: four bytes of length, then the bytes.
function pack(...strings) {
  return concat(
    ...strings.flatMap((string) => {
      const length = new DataView(new ArrayBuffer(4));
      length.setUint32(0, string.length);
      return [new Uint8Array(length.buffer), string];
    }),
  );
}

function unpack(data, count, place) {
  const strings = [];
  let rest = data;
  while (strings.length < count && rest.length >= 4) {
    const end = 4 + new DataView(rest.buffer, rest.byteOffset).getUint32(0);
    if (rest.length < end) throw new IntegrityError(place, `a string of ${end - 4} bytes`, `${rest.length - 4}`);
    strings.push(rest.subarray(4, end));
    rest = rest.subarray(end);
  }
  if (strings.length !== count || rest.length) {
    throw new IntegrityError(place, `${count} strings`, `${strings.length} and ${rest.length} bytes after them`);
  }
  return strings;
}
