// Step 9: blobs and policies that entries name are there, byte for byte, and none that no entry names; each
// disclosed text is what an entry committed to (docs/formats/export.md, sealed-fields.md).

import { IntegrityError, Unable, concat, hex, isHash, ofHex, shown, utf8 } from "./bytes.js";
import { decode, encode, has, isObject } from "./canonical.js";
import { sha256 } from "./crypto.js";
import { lines } from "./entries.js";
import { CHAINS, REFERENCES } from "./tally.js";

const DISCLOSURES = "disclosures.jsonl";

// What entries name outside the log, and what they commit to, found by its shape anywhere in their data.
export class References {
  constructor(kind) {
    this.policyPath = (sha) => (kind === "incident" ? `policy/${sha}` : blobPath(sha));
    this.files = new Map();
    this.commitments = new Map();
  }

  add(data, position) {
    for (const value of objects(data)) {
      const { blob, sealed } = value;
      if (isHash(value.policy_sha256)) this.name(this.policyPath(value.policy_sha256), value.policy_sha256, null, position);
      if (has(blob, "c", "kid", "sha256", "size")) {
        if (isHash(blob.sha256) && Number.isInteger(blob.size)) {
          this.name(blobPath(blob.sha256), blob.sha256, blob.size, position);
        }
        this.commit(blob, "blob");
      }
      if (has(sealed, "c", "kid")) this.commit(sealed, "sealed");
    }
  }

  name(path, sha, size, position) {
    if (!this.files.has(path)) this.files.set(path, { sha, position, sizes: new Map() });
    if (size !== null) this.files.get(path).sizes.set(size, position);
  }

  commit({ c, kid }, kind) {
    if (!isHash(c) || typeof kid !== "string") return;
    this.commitments.set(c, (this.commitments.get(c) ?? new Set()).add(kind));
  }

  async check(source, tally, progress) {
    tally.checked(REFERENCES, 0);
    let done = 0;
    for (const [path, named] of this.files) {
      await tally.collecting("blob", () => checkFile(source, path, named, tally));
      done += 1;
      await progress("blobs", done, this.files.size);
    }
    if (!tally.isComplete(CHAINS)) {
      tally.cutShort(REFERENCES);
      return;
    }
    for (const folder of source.kind === "incident" ? ["blobs/", "policy/"] : ["blobs/"]) {
      for (const { path } of source.files(folder)) {
        if (this.files.has(path)) continue;
        tally.finding({ kind: "blob", place: path, expected: "an entry that refers to it", found: "none" });
      }
    }
  }

  // Returns how many sealed texts are disclosed and how many are not; null where nobody can tell.
  async disclosures(source, tally) {
    if (!tally.isComplete(CHAINS)) {
      tally.cutShort(REFERENCES);
      return null;
    }
    let count = 0;
    await tally.collecting("disclosure", async () => {
      if (!source.has(DISCLOSURES)) return;
      let [before, number] = ["", 0];
      for (const line of lines(await source.read(DISCLOSURES), DISCLOSURES, 2 ** 24)) {
        number += 1;
        const place = `${DISCLOSURES}, line ${number}`;
        const item = parseDisclosure(line, place);
        if (!(before < item.c)) throw new IntegrityError(place, `a commitment after ${before}`, item.c);
        before = item.c;
        await tally.collecting("disclosure", async () => {
          await this.checkDisclosure(item);
          tally.checked(REFERENCES);
          count += 1;
        });
      }
    });
    return { disclosed: count, withheld: this.commitments.size - count };
  }

  async checkDisclosure({ c, salt, value }) {
    const [place, kinds] = [`${DISCLOSURES}, ${c}`, this.commitments.get(c)];
    if (kinds === undefined) throw new IntegrityError(place, "an entry that commits to it", "none");
    const content = utf8(encode(value));
    for (const kind of kinds) {
      if (hex(await sha256(concat(utf8(`tallystick/${kind}/v1\n`), ofHex(salt), content))) === c) return;
    }
    throw new IntegrityError(place, `salt and value with commitment ${c}`, "others");
  }
}

async function checkFile(source, path, { sha, position, sizes }, tally) {
  if (!source.has(path)) throw new Unable(path, `not in the export; entry ${position} refers to it`);
  const bytes = await source.read(path);
  const digest = hex(await sha256(bytes));
  if (digest !== sha) throw new IntegrityError(path, `bytes with SHA-256 ${sha}`, digest);
  for (const [size, at] of sizes) {
    if (size !== bytes.length) {
      throw new IntegrityError(`${path}, named by entry ${at}`, `${size} bytes`, bytes.length);
    }
  }
  tally.checked(REFERENCES);
}

function parseDisclosure(line, place) {
  const item = decode(line, place);
  if (!has(item, "c", "salt", "value") || !isHash(item.c) || !isHash(item.salt)) {
    throw new IntegrityError(place, "an object of c, salt and value", shown(line));
  }
  return item;
}

const blobPath = (sha) => `blobs/sha256/${sha.slice(0, 2)}/${sha}`;

function* objects(data) {
  const waiting = [data];
  while (waiting.length) {
    const value = waiting.pop();
    if (isObject(value)) yield value;
    if (typeof value === "object" && value !== null) waiting.push(...Object.values(value));
  }
}
