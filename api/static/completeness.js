// Step 6: the streams of an export were not cut, as far as a heads fact claims to know (docs/formats/heads.md).
// What was recorded later nobody can tell from the export, and whether the fact tells the truth only from the
// whole log.

import { IntegrityError, decodeHash, isHash, ofHex, shown, utf8 } from "./bytes.js";
import { decode, has } from "./canonical.js";
import { isStream } from "./event.js";
import { leafHash, verifyInclusion } from "./merkle.js";
import { CHAINS, COMPLETENESS } from "./tally.js";

const PATH = "completeness.json";
const HEADS_RECORDED = "tallystick.heads-recorded.v1";

export class Heads {
  static async of(source, tally) {
    tally.checked(COMPLETENESS, 0);
    if (!source.has(PATH)) {
      tally.gap("completeness", PATH, "not in the export: its streams may have been cut");
      return new Heads(null, tally);
    }
    const read = async () => parse(await source.read(PATH, 2 ** 25));
    return new Heads(await tally.collecting("completeness", read), tally);
  }

  constructor(claimed, tally) {
    Object.assign(this, { claimed, tally, newest: null, seen: new Map() });
    this.heads = new Map((claimed?.streams ?? []).map((head) => [head.stream, head]));
  }

  // Notes an entry that holds, after those before it in its stream; throws where a heads fact is malformed.
  add({ subject, streamversion, type, data }, position, leaf) {
    if (!this.seen.has(subject)) {
      this.seen.set(subject, { first: position, leaf: null, position: null, after: null });
    }
    const seen = this.seen.get(subject);
    if (this.heads.get(subject)?.version === streamversion) Object.assign(seen, { leaf, position });
    else if (seen.position !== null && seen.after === null) seen.after = position;
    if (subject !== "heads" || type !== HEADS_RECORDED) return;
    const counts = [data.size, data.streams].every((count) => Number.isInteger(count) && count >= 0);
    if (!has(data, "size", "streams", "root") || !counts || !isHash(data.root)) {
      throw new IntegrityError(`entry ${position}`, `data of ${type}`, "another form");
    }
    this.newest = { position, fact: data };
  }

  // Returns how far every stream is complete, null where that does not hold or cannot be told.
  async check() {
    if (this.claimed === null) return null;
    if (!this.tally.isComplete(CHAINS)) {
      // Of a stream with an entry that was refused nobody can say where it ends.
      this.tally.cutShort(COMPLETENESS);
      return null;
    }
    return this.tally.collecting("completeness", async () => {
      const { position, fact } = this.fact();
      for (const stream of [...new Set([...this.seen.keys(), ...this.heads.keys()])].sort()) {
        await this.checkStream(stream, fact);
        this.tally.checked(COMPLETENESS);
      }
      return { size: fact.size, heads: position };
    });
  }

  fact() {
    if (this.newest?.position !== this.claimed.heads) {
      const newest = this.newest === null ? "none" : `entry ${this.newest.position}`;
      throw new IntegrityError(`${PATH}, heads`, `the newest heads fact here: ${newest}`, this.claimed.heads);
    }
    const { position, fact } = this.newest;
    if (fact.size > position) throw new IntegrityError(`entry ${position}, size`, `at most ${position}`, fact.size);
    return this.newest;
  }

  async checkStream(stream, { size, streams, root }) {
    const [head, seen] = [this.heads.get(stream), this.seen.get(stream)];
    const place = `${PATH}, ${stream}`;
    if (seen === undefined) throw new IntegrityError(place, "a stream of this export", "another");
    if (head === undefined) {
      if (seen.first < size) throw new IntegrityError(place, `a head, for entry ${seen.first} is one of its`, "none");
      return;
    }
    const record = utf8(`tallystick/head/v1\n${stream}\n${head.version}\n${head.leaf}\n`);
    const leaf = await leafHash(record);
    await verifyInclusion(leaf, head.index, streams, head.path, ofHex(root), `head of ${stream}`);
    checkEnd(head, seen, size);
  }
}

// Returns when the stream goes on to the proven head, and not further among the first `size` entries.
function checkEnd({ stream, version, leaf }, seen, size) {
  const place = `stream ${stream}, version ${version}`;
  if (seen.leaf !== leaf) {
    throw new IntegrityError(place, `leaf ${leaf}`, seen.leaf ?? "no such entry: the stream was cut");
  }
  if (seen.position >= size) {
    throw new IntegrityError(place, `one of the first ${size} entries`, `entry ${seen.position}`);
  }
  if (seen.after !== null && seen.after < size) {
    const expected = `the newest among ${size} entries`;
    throw new IntegrityError(place, expected, `version ${version + 1} among them`);
  }
}

function parse(bytes) {
  const fields = decode(bytes, PATH);
  if (!has(fields, "heads", "streams") || !Array.isArray(fields.streams)) {
    throw new IntegrityError(PATH, "an object of heads and streams", shown(bytes));
  }
  number(fields.heads, `${PATH}.heads`, 0);
  const streams = fields.streams.map((item, i) => parseHead(item, `${PATH}.streams[${i}]`));
  streams.forEach(({ stream }, i) => {
    if (i > 0 && !(streams[i - 1].stream < stream)) {
      throw new IntegrityError(PATH, `a stream after ${streams[i - 1].stream}`, stream);
    }
  });
  return { heads: fields.heads, streams };
}

function parseHead(item, place) {
  if (!has(item, "stream", "index", "version", "leaf", "path")) {
    throw new IntegrityError(place, "an object of index, leaf, path, stream, version", shown(item));
  }
  const { stream, leaf, path } = item;
  if (!isStream(stream)) throw new IntegrityError(`${place}.stream`, "[a-z0-9-]+", shown(stream));
  if (!isHash(leaf)) throw new IntegrityError(`${place}.leaf`, "64 hexadecimal characters", shown(leaf));
  if (!Array.isArray(path) || path.length > 63 || !path.every((text) => typeof text === "string")) {
    throw new IntegrityError(`${place}.path`, "an array of at most 63 hashes", shown(path));
  }
  number(item.version, `${place}.version`, 1);
  number(item.index, `${place}.index`, 0);
  return { ...item, path: path.map((text, i) => decodeHash(text, `${place}.path[${i}]`)) };
}

function number(value, place, least) {
  if (!Number.isInteger(value) || value < least) {
    throw new IntegrityError(place, `an integer from ${least} on`, shown(value));
  }
}
