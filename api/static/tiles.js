// Tiles: the tree cut into files of up to 256 hashes, and bundles of entries (c2sp.org/tlog-tiles).
//
// Level -1 stands for the bundles. Only the last tile of a level may be partial.

import { IntegrityError, equal, hex, shown } from "./bytes.js";
import { nodeHash, rangeRoot } from "./merkle.js";

export const WIDTH = 256;
const ENTRIES = -1;
const PATH = /^tile\/(entries|[0-9]{1,2})\/((?:x[0-9]{3}\/){0,6}[0-9]{3})(?:\.p\/([0-9]{1,3}))?$/;

export function tilePath({ level, index, width }) {
  const groups = [String(index % 1000).padStart(3, "0")];
  for (let rest = Math.floor(index / 1000); rest; rest = Math.floor(rest / 1000)) {
    groups.unshift(`x${String(rest % 1000).padStart(3, "0")}`);
  }
  const name = level === ENTRIES ? "entries" : level;
  return `tile/${name}/${groups.join("/")}${width === WIDTH ? "" : `.p/${width}`}`;
}

export function parseTilePath(path, place = "tile path") {
  const found = PATH.exec(path);
  if (found === null) throw new IntegrityError(place, "tile/<level>/<index>[.p/<width>]", shown(path));
  const tile = {
    level: found[1] === "entries" ? ENTRIES : Number(found[1]),
    index: Number(found[2].replace(/[x/]/g, "")),
    width: found[3] === undefined ? WIDTH : Number(found[3]),
  };
  const fits = tile.level <= 63 && tile.width >= 1 && tile.width <= WIDTH && tilePath(tile) === path;
  if (!fits) {
    const expected = "tile/<level>/<index>[.p/<width>] in its one spelling";
    throw new IntegrityError(place, expected, shown(path));
  }
  return tile;
}

// Tile `index` of `level` as wide as a tree of `size` leaves has it; null where it has none.
export function tileAt(level, index, size) {
  const width = Math.min(WIDTH, Math.floor(size / WIDTH ** Math.max(level, 0)) - index * WIDTH);
  return width < 1 ? null : { level, index, width };
}

export function* bundlesOf(size) {
  for (let index = 0; index * WIDTH < size; index += 1) yield tileAt(ENTRIES, index, size);
}

export const bundleOf = (position, size) => tileAt(ENTRIES, Math.floor(position / WIDTH), size);

// The entries of a bundle, each after its length in two bytes.
export function decodeBundle(bytes, place) {
  const entries = [];
  for (let at = 0; at < bytes.length; ) {
    const start = at + 2;
    at = start + ((bytes[at] << 8) | (bytes[at + 1] ?? 0));
    if (at > bytes.length) {
      throw new IntegrityError(`${place}, entry ${entries.length}`, `${at - start} bytes`, "the end of the bundle");
    }
    entries.push(bytes.subarray(start, at));
    if (entries.length > WIDTH) throw new IntegrityError(place, `at most ${WIDTH} entries`, "more");
  }
  if (entries.length === 0) throw new IntegrityError(place, "at least one entry", "none");
  return entries;
}

// The hashes of a tile, and above them the roots of every complete subtree inside of it.
async function rows(bytes, tile) {
  if (bytes.length !== tile.width * 32) {
    throw new IntegrityError(tilePath(tile), `${tile.width * 32} bytes`, bytes.length);
  }
  const found = [Array.from({ length: tile.width }, (_, i) => bytes.subarray(32 * i, 32 * i + 32))];
  for (let row = found[0]; row.length > 1; row = found.at(-1)) {
    const pairs = Array.from({ length: Math.floor(row.length / 2) }, (_, i) => [row[2 * i], row[2 * i + 1]]);
    found.push(await Promise.all(pairs.map(([left, right]) => nodeHash(left, right))));
  }
  return found;
}

// The hash tiles of one tree. `read(tile)` gives a tile's bytes, which are not trusted.
export class Tiles {
  constructor(size, read) {
    this.size = size;
    this.read = read;
    this.cache = new Map();
  }

  // The root of a complete subtree, as the tiles have it: it proves something only together with a root.
  async subtree(level, index) {
    const [row, height] = [Math.floor(level / 8), level % 8];
    const inTile = WIDTH / 2 ** height;
    const found = await this.rows(row, Math.floor(index / inTile));
    return found[height][index % inTile];
  }

  // Throws where the partial tiles at the right edge do not make `root`.
  async checkEdge(root) {
    const found = this.size ? await rangeRoot(0, this.size, (...at) => this.subtree(...at)) : root;
    if (!equal(found, root)) {
      throw new IntegrityError(`root of ${[...this.edge()].map(tilePath).join(", ")}`, hex(root), hex(found));
    }
  }

  // The leaf hashes below bundle `index`: each tile is used only after everything above it held.
  async trusted(level, index) {
    const tile = tileAt(level, index, this.size);
    const full = tile.width === WIDTH;
    const above = full ? await this.trusted(level + 1, Math.floor(index / WIDTH)) : null;
    const found = await this.rows(level, index);
    if (full && !equal(found[8][0], above[index % WIDTH])) {
      const expected = `a tile with root ${hex(above[index % WIDTH])}`;
      throw new IntegrityError(tilePath(tile), expected, hex(found[8][0]));
    }
    return found[0];
  }

  async fetched(tile) {
    return rows(await this.read(tile), tile);
  }

  *edge() {
    for (let level = 0; this.size >= WIDTH ** level; level += 1) {
      const count = Math.floor(this.size / WIDTH ** level);
      if (count % WIDTH) yield tileAt(level, Math.floor(count / WIDTH), this.size);
    }
  }

  // Whoever asks for a tile that is on its way waits for that one.
  rows(level, index) {
    const name = `${level}/${index}`;
    if (!this.cache.has(name)) {
      const tile = tileAt(level, index, this.size);
      if (tile === null) throw new IntegrityError("tile", `one of a tree of ${this.size} leaves`, name);
      if (this.cache.size > 64) this.cache.delete(this.cache.keys().next().value);
      this.cache.set(name, this.fetched(tile));
    }
    return this.cache.get(name);
  }
}
