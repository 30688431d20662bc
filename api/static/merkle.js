// The Merkle tree: hashes, roots and inclusion (RFC 6962 section 2.1, RFC 9162 section 2.1.3), and proofs of
// one entry that stand alone (c2sp.org/tlog-proof; docs/formats/proof.md).
//
// Sizes go beyond 32 bits, so halves are taken by division: shifts of JavaScript would cut them.

import { IntegrityError, concat, decodeHash, decodeUtf8, equal, hex, parseDecimal, shown } from "./bytes.js";
import { sha256 } from "./crypto.js";
import { parseCheckpoint, parseNote } from "./note.js";

const LEAF = new Uint8Array([0]);
const NODE = new Uint8Array([1]);

export const leafHash = (entry) => sha256(concat(LEAF, entry));
export const nodeHash = (left, right) => sha256(concat(NODE, left, right));

const half = (number) => Math.floor(number / 2);
const bitLength = (number) => number.toString(2).length;

// Throws where `leaf` is not at `index` of the tree of `size` leaves with this root.
export async function verifyInclusion(leaf, index, size, path, root, place) {
  if (index >= size) throw new IntegrityError(place, `an index below the size ${size}`, index);
  let [node, last, computed] = [index, size - 1, leaf];
  const expected = `an inclusion path for ${index} of ${size}`;
  for (const hash of path) {
    if (last === 0) throw new IntegrityError(place, expected, `${path.length} hashes, too many`);
    if (node % 2 === 1 || node === last) {
      computed = await nodeHash(hash, computed);
      while (node % 2 === 0) [node, last] = [half(node), half(last)];
    } else {
      computed = await nodeHash(computed, hash);
    }
    [node, last] = [half(node), half(last)];
  }
  if (last !== 0) throw new IntegrityError(place, expected, `${path.length} hashes, too few`);
  if (!equal(computed, root)) {
    throw new IntegrityError(place, `root ${hex(root)}`, `root ${hex(computed)}`);
  }
}

// The root over leaves `start` to `end`, from complete subtrees; `subtree(level, index)` looks their roots up.
export async function rangeRoot(start, end, subtree) {
  const roots = [];
  for (let at = start; at < end; ) {
    const level = bitLength(end - at) - 1;
    roots.push(await subtree(level, at / 2 ** level));
    at += 2 ** level;
  }
  let root = roots.pop() ?? (await sha256(new Uint8Array(0)));
  while (roots.length) root = await nodeHash(roots.pop(), root);
  return root;
}

// The audit path of a leaf, from leaf to root (RFC 6962, 2.1.1).
export async function inclusionPath(index, size, subtree) {
  const path = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const middle = start + 2 ** (bitLength(end - start - 1) - 1);
    const left = index < middle;
    path.unshift(await rangeRoot(left ? middle : start, left ? end : middle, subtree));
    if (left) end = middle;
    else start = middle;
  }
  return path;
}

// Returns index, path and the checkpoint's exact bytes; nothing is verified.
export function parseProof(bytes, place = "proof") {
  if (bytes.length > 1_004_096) throw new IntegrityError(place, "at most 1004096 bytes", bytes.length);
  const end = bytes.findIndex((byte, i) => byte === 10 && bytes[i + 1] === 10);
  const [header, ...lines] = decodeUtf8(bytes.subarray(0, Math.max(end, 0)), place).split("\n");
  if (end < 0 || header !== "c2sp.org/tlog-proof@v1" || lines.length === 0) {
    const expected = "c2sp.org/tlog-proof@v1, an index, a path and a checkpoint";
    throw new IntegrityError(place, expected, shown(bytes));
  }
  if (lines.length > 64) throw new IntegrityError(place, "at most 63 hashes", lines.length - 1);
  if (!lines[0].startsWith("index ")) throw new IntegrityError(place, "index <number>", shown(lines[0]));
  const index = parseDecimal(lines[0].slice(6), `${place}, index`);
  const path = lines.slice(1).map((line) => decodeHash(line, `${place}, path`));
  const checkpoint = bytes.subarray(end + 2);
  parseCheckpoint(parseNote(checkpoint, "checkpoint"));
  return { index, path, checkpoint };
}
