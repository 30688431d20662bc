// A ZIP read where it lies, never unpacked to anywhere (APPNOTE 6.3.10; docs/formats/zip.md).
//
// Exports are canonical ZIPs. One that was packed again, perhaps deflated, is read as the folder it would make
// and says so (`repacked`). Refused is what could be read in two ways: names twice or leading out, members over
// each other or with gaps between, sizes that differ, links, encryption, anything before or after.

import { IntegrityError, Unable, decodeUtf8, shown } from "./bytes.js";
import { NotThere } from "./tally.js";

const MAX_MEMBERS = 2 ** 20;
const WINDOW = 2 ** 22;
const FULL32 = 0xffffffff;
const NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;
const UNPACKED = 200; // how many times its size a ZIP may unpack to

const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
  return value;
});

export function crc32(bytes) {
  let value = FULL32;
  for (let i = 0; i < bytes.length; i += 1) value = (value >>> 8) ^ CRC[(value ^ bytes[i]) & 255];
  return ~value >>> 0;
}

// Reads a file in windows, so that thousands of small members are not thousands of requests to the disk.
class Windowed {
  constructor(file) {
    this.file = file;
    this.windows = new Map();
  }

  async read(offset, size, place) {
    if (offset + size > this.file.size) throw new IntegrityError(place, `${size} bytes`, "the end of the file");
    const first = Math.floor(offset / WINDOW);
    if (size === 0 || first !== Math.floor((offset + size - 1) / WINDOW)) {
      return new Uint8Array(await this.slice(offset, offset + size));
    }
    if (!this.windows.has(first)) {
      if (this.windows.size === 8) this.windows.delete(this.windows.keys().next().value);
      this.windows.set(first, this.slice(first * WINDOW, (first + 1) * WINDOW));
    }
    const start = offset - first * WINDOW;
    return new Uint8Array(await this.windows.get(first), start, size);
  }

  async slice(start, end) {
    try {
      return await this.file.slice(start, end).arrayBuffer();
    } catch (error) {
      throw new Unable("zip", `the file cannot be read: ${error.message}`);
    }
  }
}

export class Zip {
  static async open(file) {
    const zip = new Zip(file);
    await zip.index();
    return zip;
  }

  constructor(file) {
    this.file = new Windowed(file);
    this.length = file.size;
    this.members = new Map();
    this.repacked = false;
  }

  *files(under = "") {
    for (const [path, { size }] of this.members) if (path.startsWith(under)) yield { path, size };
  }

  has(path) {
    return this.members.has(path);
  }

  size(path) {
    return this.members.get(path)?.size ?? 0;
  }

  async read(path) {
    const member = this.members.get(path);
    if (member === undefined) throw new NotThere(path);
    const raw = await this.file.read(member.start, member.packed, path);
    const bytes = member.method === 0 ? raw : await inflated(raw, member.size, path);
    if (bytes.length !== member.size || crc32(bytes) !== member.crc) {
      const crc = member.crc.toString(16).padStart(8, "0");
      const expected = `${member.size} bytes with CRC-32 ${crc}`;
      throw new IntegrityError(`zip, ${path}`, expected, `${bytes.length} others`);
    }
    return bytes;
  }

  async index() {
    const end = await this.ending();
    const directory = await this.file.read(end.offset, end.size, "zip, central directory");
    const found = [];
    let at = 0;
    for (let count = 0; count < end.members; count += 1) {
      const header = central(directory, at);
      at += header.length;
      found.push(header);
    }
    if (at !== end.size) throw new IntegrityError("zip, central directory", `${at} bytes`, end.size);
    await this.locate(found, end.offset);
    const total = found.reduce((sum, { size }) => sum + size, 0);
    if (total > UNPACKED * this.length) {
      throw new IntegrityError("zip", `at most ${UNPACKED} times its size when unpacked`, total);
    }
    const names = found.map(({ name }) => name);
    this.repacked ||= found.some(({ plain }) => !plain) || names.some((name, i) => i > 0 && names[i - 1] > name);
    for (const member of found.sort((one, other) => (one.name < other.name ? -1 : 1))) {
      if (this.members.has(member.name)) {
        throw new IntegrityError(`zip, ${member.name}`, "each name once", "the same name again");
      }
      if (!member.folder) this.members.set(member.name, member);
    }
  }

  // Each member begins where the one before ends, with a local header that says what the central one says.
  async locate(members, directory) {
    let at = 0;
    for (const member of members.toSorted((one, other) => one.offset - other.offset)) {
      const place = `zip, ${member.name}`;
      if (member.offset !== at) {
        throw new IntegrityError(place, `a member at byte ${at}`, `at byte ${member.offset}`);
      }
      const fixed = await this.file.read(at, 30, place);
      const view = new DataView(fixed.buffer, fixed.byteOffset, 30);
      const [nameSize, extra] = [view.getUint16(26, true), view.getUint16(28, true)];
      const name = decodeUtf8(await this.file.read(at + 30, nameSize, place), `${place}, name`);
      const same =
        view.getUint32(0, true) === 0x04034b50 &&
        view.getUint16(6, true) === member.flags &&
        view.getUint16(8, true) === member.method &&
        view.getUint32(14, true) === member.crc &&
        view.getUint32(18, true) === member.packed &&
        view.getUint32(22, true) === member.size &&
        name === member.raw;
      if (!same) throw new IntegrityError(place, "a local header like the central one", "another");
      const plain = view.getUint16(4, true) === 20 && view.getUint32(10, true) === 0x00210000 && extra === 0;
      member.plain &&= plain;
      member.start = at + 30 + nameSize + extra;
      at = member.start + member.packed;
    }
    if (at !== directory) throw new IntegrityError("zip, central directory", `at byte ${at}`, directory);
  }

  async ending() {
    const place = "zip, end of central directory";
    const size = Math.min(98, this.length);
    if (size < 22) throw new IntegrityError(place, "22 bytes at least", size);
    const tail = await this.file.read(this.length - size, size, place);
    const view = new DataView(tail.buffer, tail.byteOffset, size);
    const at = size - 22;
    if (view.getUint32(at, true) !== 0x06054b50 || view.getUint16(at + 20, true) !== 0) {
      throw new IntegrityError(place, "504b0506, 22 bytes before the end", "other bytes");
    }
    let end = {
      members: view.getUint16(at + 10, true),
      size: view.getUint32(at + 12, true),
      offset: view.getUint32(at + 16, true),
    };
    let length = 22;
    if (end.members === 0xffff || end.size === FULL32 || end.offset === FULL32) {
      if (size < 98 || view.getUint32(0, true) !== 0x06064b50 || view.getUint32(56, true) !== 0x07064b50) {
        throw new IntegrityError(place, "a ZIP64 record before it", "none");
      }
      end = {
        members: Number(view.getBigUint64(32, true)),
        size: Number(view.getBigUint64(40, true)),
        offset: Number(view.getBigUint64(48, true)),
      };
      length = 98;
    }
    if (end.offset + end.size + length !== this.length) {
      throw new IntegrityError(place, `a directory that ends at ${this.length - length}`, end.offset + end.size);
    }
    if (end.members > MAX_MEMBERS) throw new Unable(place, `more than ${MAX_MEMBERS} members: too many for a browser`);
    return end;
  }
}

function central(directory, at) {
  const place = `zip, central directory, byte ${at}`;
  if (at + 46 > directory.length) throw new IntegrityError(place, "a central header", "the end");
  const view = new DataView(directory.buffer, directory.byteOffset + at, directory.length - at);
  const [nameSize, extraSize, comment] = [28, 30, 32].map((offset) => view.getUint16(offset, true));
  const length = 46 + nameSize + extraSize + comment;
  if (view.getUint32(0, true) !== 0x02014b50 || at + length > directory.length) {
    throw new IntegrityError(place, "a central header", "other bytes");
  }
  const raw = decodeUtf8(directory.subarray(at + 46, at + 46 + nameSize), `${place}, name`);
  const header = {
    raw,
    folder: raw.endsWith("/"),
    name: raw.endsWith("/") ? raw.slice(0, -1) : raw,
    flags: view.getUint16(8, true),
    method: view.getUint16(10, true),
    crc: view.getUint32(16, true),
    packed: view.getUint32(20, true),
    size: view.getUint32(24, true),
    offset: view.getUint32(42, true),
    length,
  };
  if (header.offset === FULL32) {
    if (extraSize !== 12 || view.getUint32(46 + nameSize, true) !== 0x00080001) {
      throw new IntegrityError(place, "its place in a ZIP64 field", "none");
    }
    header.offset = Number(view.getBigUint64(50 + nameSize, true));
  }
  const made = view.getUint16(4, true);
  const kind = made >> 8 === 3 ? view.getUint32(38, true) >>> 28 : 0; // of a file on Unix
  checkHeader(header, kind, place);
  header.plain =
    made === 0x0314 && header.flags === 0 && header.method === 0 && comment === 0 && !header.folder &&
    view.getUint32(12, true) === 0x00210000 && view.getUint32(38, true) === 0o100640 * 65536 &&
    (extraSize === 0 || header.offset >= FULL32);
  return header;
}

function checkHeader({ name, folder, flags, method, size, packed }, kind, place) {
  if (name.length > 255 || !NAME.test(name)) {
    throw new IntegrityError(`${place}, name`, "a relative path of letters, digits, . _ - and /", shown(name));
  }
  const regular = folder ? kind === 4 || kind === 0 : kind === 8 || kind === 0;
  if (!regular) throw new IntegrityError(`zip, ${name}`, "a regular file", "a link or something else");
  if ((flags & ~0x800) !== 0 || (method !== 0 && method !== 8)) {
    throw new IntegrityError(`zip, ${name}`, "stored or deflated, with its sizes before it", `flags ${flags}, method ${method}`);
  }
  if (size === FULL32 || packed === FULL32 || (method === 0 && size !== packed) || (folder && size !== 0)) {
    throw new IntegrityError(`zip, ${name}`, "one size below 4 GiB", `${packed} and ${size}`);
  }
}

// Reads no more than the size that was declared.
async function inflated(raw, size, path) {
  const reader = new Blob([raw]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const bytes = new Uint8Array(size);
  let at = 0;
  try {
    for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
      if (at + value.length > size) throw new IntegrityError(`zip, ${path}`, `${size} bytes`, "more");
      bytes.set(value, at);
      at += value.length;
    }
  } catch (error) {
    if (error instanceof IntegrityError) throw error;
    throw new IntegrityError(`zip, ${path}`, "deflated bytes", "others");
  } finally {
    reader.cancel().catch(() => {});
  }
  return bytes.subarray(0, at);
}
