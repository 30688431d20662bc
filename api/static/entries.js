// Step 4: every entry is in the signed tree, at its index, before anybody looks into it. In a ledger by its
// tiles, from the root down; in the export of an incident by a proof of its own against the very checkpoint.

import { IntegrityError, decodeUtf8, equal, hex, parseDecimal } from "./bytes.js";
import { leafHash, parseProof, verifyInclusion } from "./merkle.js";
import { INCLUSION } from "./tally.js";
import { Tiles, WIDTH, bundlesOf, decodeBundle, parseTilePath, tileAt, tilePath } from "./tiles.js";

const MAX_EMPTY = 1000; // after so many bundles of which nothing held, the rest is not looked for
const MAX_ENTRY = 65535;

// Yields what of each bundle holds.
export async function* included(source, { size, root }, tally) {
  const tiles = new Tiles(size, (tile) => source.read(tilePath(tile), 8192));
  let makesRoot = false;
  await tally.collecting("tree", async () => {
    await tiles.checkEdge(root);
    makesRoot = true;
  });
  await surplus(source, size, tally);
  let empty = 0;
  for (const bundle of makesRoot ? bundlesOf(size) : []) {
    const held = await ofBundle(source, tiles, bundle, tally);
    tally.checked(INCLUSION, held.length);
    yield held;
    empty = held.length ? 0 : empty + 1;
    if (empty === MAX_EMPTY) return;
  }
}

async function ofBundle(source, tiles, bundle, tally) {
  const path = tilePath(bundle);
  const leaves = (await tally.collecting("tree", () => tiles.trusted(0, bundle.index))) ?? [];
  if (leaves.length === 0) return [];
  const read = async () => decodeBundle(await source.read(path, 256 * 65537), path);
  const entries = (await tally.collecting("bundle", read)) ?? [];
  if (entries.length && entries.length !== leaves.length) {
    const expected = `${leaves.length} entries`;
    tally.finding({ kind: "bundle", place: path, expected, found: String(entries.length) });
  }
  const hashes = await Promise.all(entries.map(leafHash));
  return leaves.slice(0, entries.length).flatMap((leaf, i) => {
    const position = bundle.index * WIDTH + i;
    if (equal(hashes[i], leaf)) return [{ position, leaf, data: entries[i] }];
    const expected = `leaf ${hex(leaf)}`;
    tally.finding({ kind: "inclusion", place: `entry ${position}`, expected, found: hex(hashes[i]) });
    return [];
  });
}

// Tiles that a tree of this size does not have: somebody may take them for part of the log.
async function surplus(source, size, tally) {
  for (const { path } of source.files("tile/")) {
    const { level, index, width } = parseTilePath(path);
    if (tileAt(level, index, size)?.width === width) continue;
    const expected = `no such tile in a log of ${size} entries`;
    tally.finding({ kind: "tree", place: path, expected, found: "a file" });
  }
}

// The entries that an export of an incident lists and proves; `count` is how many its streams list.
export class Proven {
  constructor(source, head, tally) {
    Object.assign(this, { source, head, tally, count: 0, uses: new Map() });
  }

  async *entries() {
    const streams = this.streams();
    if (!streams.some((name) => name.startsWith("incident-"))) {
      const expected = "the stream of an incident";
      this.tally.finding({ kind: "stream", place: "streams", expected, found: "none" });
    }
    for (const stream of streams) {
      let batch = [];
      for await (const item of this.listed(stream)) {
        this.count += 1;
        this.uses.set(item.position, [...(this.uses.get(item.position) ?? []), stream]);
        batch.push(item);
        if (batch.length === WIDTH) {
          yield await this.proven(batch);
          batch = [];
        }
      }
      yield await this.proven(batch);
    }
    this.compare();
  }

  // Stream `keys` comes first: the whole of it tells whether a recorder's key was in force at a position.
  streams() {
    const names = [...this.source.files("streams/")].map(({ path }) => path.slice(8).replace(/\.(jsonl|idx)$/, ""));
    const key = (name) => (name === "keys" ? "" : name);
    return [...new Set(names)].sort((one, other) => (key(one) < key(other) ? -1 : 1));
  }

  // Up to the first line that is malformed.
  async *listed(stream) {
    const [entries, places] = [`streams/${stream}.jsonl`, `streams/${stream}.idx`];
    let [before, number] = [-1, 0];
    try {
      const data = lines(await this.source.read(entries), entries, MAX_ENTRY);
      const texts = lines(await this.source.read(places), places, 19);
      for (;;) {
        number += 1;
        const [one, other] = [data.next(), texts.next()];
        if (one.done && other.done) return;
        const place = `${other.done ? places : entries}, line ${number}`;
        if (one.done || other.done) throw new IntegrityError(place, "a line", "the end");
        const at = `${places}, line ${number}`;
        const position = parseDecimal(decodeUtf8(other.value, at), at);
        if (position <= before || position >= this.head.size) {
          const expected = `a position above ${before} and below ${this.head.size}`;
          throw new IntegrityError(at, expected, position);
        }
        yield { stream, position, data: one.value };
        before = position;
      }
    } catch (error) {
      this.tally.note("stream", error);
    }
  }

  async proven(batch) {
    const results = await Promise.all(batch.map((item) => this.prove(item)));
    return results.flatMap((result) => {
      if (result.error === undefined) {
        this.tally.checked(INCLUSION);
        return [result];
      }
      this.tally.note(result.kind, result.error);
      return [];
    });
  }

  async prove({ stream, position, data }) {
    let kind = "proof";
    try {
      const place = `proofs/${position}.tlog-proof`;
      const proof = parseProof(await this.source.read(place, 1_004_096), place);
      if (proof.index !== position) throw new IntegrityError(`${place}, index`, position, proof.index);
      if (!equal(proof.checkpoint, this.head.note)) {
        throw new IntegrityError(`${place}, checkpoint`, "the bytes of this export's checkpoint", "others");
      }
      kind = "inclusion";
      const leaf = await leafHash(data);
      await verifyInclusion(leaf, position, this.head.size, proof.path, this.head.root, `entry ${position}`);
      return { position, leaf, data, stream };
    } catch (error) {
      return { kind, error };
    }
  }

  // Proofs of entries that no stream lists, and entries that two streams list.
  compare() {
    for (const { path } of this.source.files("proofs/")) {
      const position = Number(/[0-9]+/.exec(path)[0]);
      if (this.uses.has(position)) continue;
      this.tally.finding({ kind: "proof", place: path, expected: "an entry in a stream", found: "none" });
    }
    for (const [position, [first, second]] of this.uses) {
      if (second === undefined) continue;
      const place = `entry ${position}`;
      this.tally.finding({ kind: "stream", place, expected: `in ${first} only`, found: `in ${second}` });
    }
  }
}

// The lines of a file without their line feeds; each ends in one and has at most `limit` bytes.
export function* lines(bytes, path, limit) {
  for (let start = 0, number = 1; start < bytes.length; number += 1) {
    const end = bytes.indexOf(10, start);
    const size = (end < 0 ? bytes.length : end) - start;
    const place = `${path}, line ${number}`;
    if (size > limit) throw new IntegrityError(place, `at most ${limit} bytes`, "more");
    if (end < 0) throw new IntegrityError(place, "a line feed at its end", "none");
    yield bytes.subarray(start, end);
    start = end + 1;
  }
}
