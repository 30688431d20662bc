// Step 1: the files of an export are those its SHA256SUMS lists, where they may be, as they were written
// (docs/formats/export.md). The sums are help, no evidence: they find damage, not forgery.

import { IntegrityError, Unable, hex, shown } from "./bytes.js";
import { sha256 } from "./crypto.js";
import { MAX_NOTE } from "./note.js";
import { CONTAINER, NotThere, Refused } from "./tally.js";
import { parseTilePath } from "./tiles.js";

const SUMS = "SHA256SUMS";
const SIDE_BY_SIDE = 64; // files hashed at once
const LARGEST = 2 ** 29; // bytes: WebCrypto hashes a file in one piece
const WORD = "[A-Za-z0-9]+(?:[_-][A-Za-z0-9]+)*";
const NAME = `(?:${WORD}/)?${WORD}(?:\\.[a-z0-9]+)+`;
const LABEL = 65536;
const ARTIFACT = 2 ** 28;

const FOLDERS = {
  blobs: [/^blobs\/sha256\/([0-9a-f]{2})\/(\1[0-9a-f]{62})$/, null],
  artifacts: [new RegExp(`^artifacts/([a-z0-9-]+)/(${NAME})$`), ARTIFACT],
  readable: [new RegExp(`^readable/([a-z0-9-]+)/(${NAME})$`), ARTIFACT],
  streams: [/^streams\/([a-z0-9-]+)\.(jsonl|idx)$/, null],
  proofs: [/^proofs\/(0|[1-9][0-9]{0,18})\.tlog-proof$/, MAX_NOTE + 4096],
  policy: [/^policy\/([0-9a-f]{64})$/, null],
};
const LABELS = { checkpoint: MAX_NOTE, "log.vkey": LABEL, "VERIFY.md": LABEL };
const LAYOUTS = {
  ledger: { folders: ["tile", "blobs", "artifacts"], files: LABELS },
  incident: {
    folders: ["streams", "proofs", "policy", "blobs", "artifacts", "readable"],
    files: { ...LABELS, "completeness.json": 2 ** 25, "disclosures.jsonl": null },
  },
};

// What a source has, without the files that step 1 refused.
export class Accepted {
  constructor(source) {
    this.source = source;
    this.refused = new Set();
    this.kind = [...source.files("streams/")].length ? "incident" : "ledger";
  }

  *files(under = "") {
    for (const file of this.source.files(under)) if (!this.refused.has(file.path)) yield file;
  }

  has(path) {
    return this.source.has(path);
  }

  // Returns a file's bytes, `limit` at most; null stands for as many as fit.
  async read(path, limit = null) {
    if (this.refused.has(path)) throw new Refused(path);
    const size = this.source.size(path);
    if (limit !== null && size > limit) throw new IntegrityError(path, `at most ${limit} bytes`, size);
    if (size > LARGEST) throw new Unable(path, `${size} bytes: too large for a browser`);
    return this.source.read(path);
  }
}

export async function checkContainer(source, tally, progress) {
  const accepted = new Accepted(source);
  const files = [...source.files()].filter(({ path }) => path !== SUMS);
  const stated = await sums(accepted, tally);
  const missing = new Map(stated);
  for (let start = 0; start < files.length; start += SIDE_BY_SIDE) {
    const some = files.slice(start, start + SIDE_BY_SIDE);
    const wrong = await Promise.all(some.map((file) => refusal(accepted, file, stated.get(file.path))));
    some.forEach(({ path }, i) => {
      missing.delete(path);
      if (wrong[i] === null) tally.checked(CONTAINER);
      else {
        tally.note(...wrong[i]);
        accepted.refused.add(path);
      }
    });
    await progress("files", Math.min(start + SIDE_BY_SIDE, files.length), files.length);
  }
  for (const path of missing.keys()) {
    tally.finding({ kind: "file", place: printable(path), expected: `a file, as ${SUMS} lists one`, found: "none" });
  }
  return accepted;
}

async function refusal(accepted, { path, size }, stated) {
  try {
    checkFile(accepted.kind, path, size);
  } catch (error) {
    return ["file", error];
  }
  try {
    if (stated === undefined) throw new IntegrityError(path, `a line in ${SUMS}`, "none");
    const digest = hex(await sha256(await accepted.read(path)));
    if (digest !== stated) throw new IntegrityError(path, stated, digest);
    return null;
  } catch (error) {
    return ["sum", error];
  }
}

// Returns when a file of this name and size may be in an export.
function checkFile(kind, path, size) {
  const { folders, files } = LAYOUTS[kind];
  const folder = path.split("/")[0];
  let limit = files[path];
  if (path.includes("/") && folders.includes(folder)) {
    if (folder === "tile") limit = parseTilePath(path, path).level < 0 ? 256 * 65537 : 8192;
    else {
      const [form, most] = FOLDERS[folder];
      if (!form.test(path)) throw new IntegrityError(printable(path), form.source, shown(path));
      limit = most;
    }
  } else if (!Object.hasOwn(files, path)) {
    throw new IntegrityError(printable(path), "no such file in an export", "a file");
  }
  if (limit !== null && size > limit) throw new IntegrityError(path, `at most ${limit} bytes`, size);
}

// The SHA-256 of each path; what is not in its one spelling ends the list.
async function sums(accepted, tally) {
  const stated = new Map();
  await tally.collecting("file", async () => {
    const whole = new TextDecoder().decode(await accepted.read(SUMS));
    let before = "";
    const lines = whole.split("\n");
    if (lines.at(-1) === "") lines.pop();
    lines.forEach((line, i) => {
      const [, sha256, path] = /^([0-9a-f]{64}) {2}([^\n]+)$/.exec(line.slice(0, 1024)) ?? [];
      const last = i === lines.length - 1 && !whole.endsWith("\n");
      if (line.length > 1024 || last || path === undefined || path === SUMS || !(before < path)) {
        const expected = "SHA-256, two spaces, path, in the order of paths";
        throw new IntegrityError(`${SUMS}, line ${i + 1}`, expected, shown(line));
      }
      before = path;
      stated.set(path, sha256);
    });
  });
  return stated;
}

const printable = (path) => shown(path, 200).slice(1).replace(/'$/, "");

// The files of a folder that was dropped or chosen, by their paths below it.
export class Folder {
  constructor(files) {
    this.byPath = new Map([...files].sort(([one], [other]) => (one < other ? -1 : 1)));
    this.repacked = false;
  }

  *files(under = "") {
    for (const [path, { size }] of this.byPath) if (path.startsWith(under)) yield { path, size };
  }

  has(path) {
    return this.byPath.has(path);
  }

  size(path) {
    return this.byPath.get(path)?.size ?? 0;
  }

  async read(path) {
    const file = this.byPath.get(path);
    if (file === undefined) throw new NotThere(path);
    try {
      return new Uint8Array(await file.arrayBuffer());
    } catch (error) {
      throw new Unable(path, `cannot be read: ${error.message}`);
    }
  }
}
